/** The HCL with what is to be told above it. */
import { type Comments, renderBody } from "./hcl.ts";
import type { Rule } from "./rules.ts";
import type { Migrated } from "./stream.ts";
import type { Migration } from "./types.ts";

const comment = (line: string): string =>
  line
    .split(/[\r\n]+/)
    .map((part) => `# ${part}`.trimEnd())
    .join("\n");

/** `schedule_rules`, where there are some, and `streams`: arguments of the module, or a file of variables. */
export const render = (
  streams: readonly Migrated[],
  kept: readonly Rule[],
  source: string,
  told: Pick<Migration, "left" | "remarks" | "steps">,
): string => {
  const section = (title: string, lines: readonly string[]) =>
    lines.length === 0 ? [] : ["", title, ...lines.map((line) => `- ${line}`)];
  const head = [
    `The streams of ${source}, for the module's variables \`streams\` and \`schedule_rules\`.`,
    ...section("Not carried over:", told.left),
    ...section("Good to know:", told.remarks),
    ...section("To do:", told.steps),
  ].map(comment);
  const bodyOf = (some: readonly Migrated[]) => Object.fromEntries(some.map(({ name, body }) => [name, body]));
  const comments: Comments = new Map(
    streams.flatMap(({ name, original }) =>
      name === original ? [] : [[name, [`${JSON.stringify(original)} in the original`]] as const],
    ),
  );
  const live = renderBody(bodyOf(streams.filter(({ paused }) => !paused)), comments, "", "  ");
  const paused = renderBody(bodyOf(streams.filter((one) => one.paused)), comments, "", "  ").map(
    (line) => `  # ${line.slice(2)}`,
  );
  return [
    ...head,
    "",
    ...(kept.length === 0 ? [] : [...renderBody({ schedule_rules: kept.map(({ name }) => name) }), ""]),
    "streams = {",
    ...live,
    ...paused,
    "}",
    "",
  ].join("\n");
};
