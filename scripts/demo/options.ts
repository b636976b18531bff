// What `npm run demo -- …` takes.

/** What the demo can break on purpose. */
export const breakNames = ["password", "hostkey", "disk", "offline"] as const;
export type BreakName = (typeof breakNames)[number];

export type Options = {
  /** Leave everything running until Ctrl-C. */
  readonly keep: boolean;
  /** What to break, if anything. */
  readonly breaks?: BreakName;
};

/** Reads the arguments; throws with what there is where one isn't known. */
export function readOptions(args: readonly string[]): Options {
  let options: Options = { keep: false };
  const left = args.flatMap((argument) => (argument.startsWith("--break=") ? argument.split(/=(.*)/s, 2) : [argument]));
  for (let argument = left.shift(); argument !== undefined; argument = left.shift()) {
    if (argument === "--keep") options = { ...options, keep: true };
    else if (argument === "--break") options = { ...options, breaks: breakNamed(left.shift()) };
    else
      throw new Error(
        `The demo knows no ${argument}. There is --keep: leave everything running until Ctrl-C; and --break ${breakNames.join("|")}: see an alarm turn red, and green again.`,
      );
  }
  return options;
}

function breakNamed(name: string | undefined): BreakName {
  const found = breakNames.find((one) => one === name);
  if (found === undefined) throw new Error(`--break takes one of ${breakNames.join(", ")}, not ${name ?? "nothing"}.`);
  return found;
}
