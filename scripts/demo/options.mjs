// What `npm run demo -- …` takes. Plain JavaScript, since it is read before there is a Node that reads more.

/** What the demo can break on purpose. */
export const breakNames = ["password", "hostkey", "disk", "offline"];

/** Reads the arguments; throws with what there is where one isn't known. */
export function readOptions(args) {
  let options = { keep: false };
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

function breakNamed(name) {
  if (!breakNames.includes(name))
    throw new Error(`--break takes one of ${breakNames.join(", ")}, not ${name ?? "nothing"}.`);
  return name;
}
