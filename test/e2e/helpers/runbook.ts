// The runbook as a person follows it: the commands of each section, before anything is mended, then to go on, then to see that it is over.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { repository } from "../../stack/tools.ts";

export type Section = {
  readonly heading: string;
  /** To see what it is. */
  readonly look: readonly string[];
  /** What **Do** says. */
  readonly act: readonly string[];
  /** What **Over** says. */
  readonly over: readonly string[];
};

/** Commands of a text, in its order: lines of its code blocks, those that go on in the next line joined; and `bridge …` in the text. */
function commandsIn(text: string): string[] {
  return [...text.matchAll(/^```sh\n([\s\S]*?)^```$|`(bridge [a-z-]+ --[^`]+)`/gm)].flatMap(([, block, inline]) =>
    inline === undefined ? (block ?? "").split(/(?<![|\\])\n/).filter((line) => line.trim() !== "") : [inline],
  );
}

/** The sections of docs/runbook.md, one for each alarm. */
export function readRunbook(): Section[] {
  const text = readFileSync(join(repository, "docs/runbook.md"), "utf8");
  return text
    .split(/^## /m)
    .slice(1)
    .map((section) => {
      const [, heading = ""] = /^(.+)\n/.exec(section) ?? [];
      const [before = "", after = ""] = section.split("**Do**");
      const [act = "", over = ""] = after.split("**Over**");
      return { heading, look: commandsIn(before), act: commandsIn(act), over: commandsIn(over) };
    });
}
