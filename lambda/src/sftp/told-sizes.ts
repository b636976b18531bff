/**
 * Whether the sizes that a server tells are those of the files. One that isn't may be half a file, or one that grows; where several
 * files in a row hold still and have another size, and none has the size that was told, it is the server's habit.
 */
import { keptBy } from "../kept-by.ts";
import type { Traits } from "../traits/traits.ts";

/** What tells a size in blocks from the size of half a file: it is a multiple, and less than one block is missing. Bytes. */
const blocks = Array.from({ length: 8 }, (_, power) => 512 << power);
const isInBlocks = (told: number, given: number): boolean =>
  blocks.some((block) => told % block === 0 && told - given < block);

/** Files of another size than was told before that is believed to be the server's habit. */
const enough = 3;

interface Seen {
  readonly wrong: Set<string>;
  right: boolean;
}
const seenOf = keptBy<Traits, Seen>(() => ({ wrong: new Set(), right: false }));

/**
 * Notes what the file at `path` had, read to its end while it held still. Fewer bytes than were told count only as they
 * come of sizes in blocks.
 */
export const noteSize = (traits: Traits, path: string, told: number, given: number): void => {
  const seen = seenOf(traits);
  if (told === given) seen.right ||= told % 512 !== 0;
  else if (given > told || isInBlocks(told, given)) seen.wrong.add(path);
  if (seen.right || seen.wrong.size < enough) return;
  const why = `${seen.wrong.size} files had another size than was told, such as ${given} bytes where ${told} were`;
  traits.learn("exact_sizes", false, why);
};
