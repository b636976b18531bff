/** Which lines are written, by the names and the order that Powertools gives to levels. */
const levels = { TRACE: 6, DEBUG: 8, INFO: 12, WARN: 16, ERROR: 20, CRITICAL: 24, SILENT: 28 } as const;

export type Level = "DEBUG" | "INFO" | "WARN" | "ERROR";

const known = (name: string | undefined): number | undefined => {
  const level = name?.trim().toUpperCase();
  if (level === "FATAL") return levels.CRITICAL;
  return level !== undefined && Object.hasOwn(levels, level) ? levels[level as keyof typeof levels] : undefined;
};

/**
 * Whether lines of a level are written: by Lambda's logging controls, else by the variables that Powertools reads, else from INFO on. Its own
 * Logger would say the same for 26 KB that every start reads.
 */
export const writes = (environment: Readonly<Record<string, string | undefined>>): ((level: Level) => boolean) => {
  const { AWS_LAMBDA_LOG_LEVEL: byLambda, POWERTOOLS_LOG_LEVEL: byPowertools, LOG_LEVEL: plain } = environment;
  const least = known(byLambda) ?? known(byPowertools || plain) ?? levels.INFO;
  return (level) => levels[level] >= least;
};
