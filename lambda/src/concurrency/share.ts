/** Less isn't reckoned with: what waits for answers takes no processor. */
const leastCores = 0.25;

/** The share of one processor that there is, as at least `least` and at most all of it. */
export const shareOfCore = (cores: number, least: number): number => Math.min(1, Math.max(least, cores));

/**
 * As much of what a whole processor can keep busy as this share of one can: with a third of one a third as many files are done a second, so
 * that a third as many under way fill the same round trip. More would only wait, in memory that V8 has to go over again and again.
 */
export const shareOf = (most: number, cores = 1): number => Math.ceil(most * shareOfCore(cores, leastCores));
