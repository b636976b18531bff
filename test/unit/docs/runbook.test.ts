import { readFileSync } from "node:fs";
import test from "ava";
import { readArguments } from "../../../bridge/src/arguments.ts";

const read = (path: string) => readFileSync(new URL(`../../../${path}`, import.meta.url), "utf8");
const runbook = read("docs/runbook.md");
const alarms = read("modules/monitoring/alarms.tf");

const between = (from: string, to: string) => alarms.slice(alarms.indexOf(from), alarms.indexOf(to));
const keys = (text: string, indent: number) =>
  [...text.matchAll(new RegExp(`^ {${indent}}([a-z-]+) = \\{$`, "gm"))].map(([, key]) => key ?? "");

/** The sections that alarms name, as modules/monitoring makes the names. */
const named = new Set([
  ...keys(between("stream_alarms =", "count_alarms ="), 8).map((kind) => kind.replace(/-(push|pull)$/, "")),
  "at-least",
  "rules",
  ...keys(between("bridge_alarms =", "expects ="), 4).map((kind) => `bridge-${kind}`),
  "bridge-expectations",
  "bridge-unsent-events",
]);

test("every alarm has its section, and every section an alarm", (t) => {
  t.true(named.size >= 16, [...named].join());
  const sections = [...runbook.matchAll(/^## (.+)$/gm)].map(([, heading]) => heading);
  t.deepEqual([...sections].sort(), [...named].sort());
});

test("every section says what it means, what to do, and how to know that it is over", (t) => {
  for (const section of runbook.split(/^## /m).slice(1)) {
    const [heading] = section.split("\n");
    for (const part of ["**Means**", "**Do**", "**Over**"]) t.true(section.includes(part), `${heading}: ${part}`);
  }
});

test("every command is one that `bridge` understands", (t) => {
  const commands = [...runbook.matchAll(/^bridge .*$/gm), ...runbook.matchAll(/`(bridge [a-z-]+ --[^`]+)`/g)].map(
    ([line, inline]) => inline ?? line,
  );
  t.true(commands.length > 20);
  for (const command of commands)
    t.notThrows(() => readArguments(command.split(" ").slice(1), { BRIDGE_FUNCTION: "f" }), command);
});

test("links lead to sections", (t) => {
  for (const [, target] of runbook.matchAll(/\]\(#([^)]+)\)/g)) t.true(named.has(target ?? ""), target);
});

test("saved queries that the runbook and alarms name are there", (t) => {
  const queries = [...read("modules/monitoring/queries.tf").matchAll(/^ {4}([a-z-]+) += <<-EOT$/gm)].map(
    ([, name]) => name,
  );
  for (const [, name] of [
    ...runbook.matchAll(/saved query `([a-z-]+)`/g),
    ...alarms.matchAll(/\$\{var\.name\}\/([a-z-]+-[a-z]+|errors)\b/g),
  ])
    t.true(queries.includes(name ?? ""), name);
});

test("monitoring.off takes every alarm of the bridge as a whole", (t) => {
  const variables = read("variables.monitoring.tf");
  for (const name of [...named].filter((section) => section.startsWith("bridge-"))) {
    const alarm = name.slice("bridge-".length);
    t.true(variables.includes(`"${alarm}"`), `the check of ${alarm}`);
    t.true(variables.includes(`\`${alarm}\``), `the description of ${alarm}`);
  }
});
