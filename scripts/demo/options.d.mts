/** See options.mjs. */
export type BreakName = "password" | "hostkey" | "disk" | "offline";
/** See options.mjs. */
export const breakNames: readonly BreakName[];

export type Options = {
  /** Leave everything running until Ctrl-C. */
  readonly keep: boolean;
  /** What to break, if anything. */
  readonly breaks?: BreakName;
};

/** See options.mjs. */
export function readOptions(args: readonly string[]): Options;
