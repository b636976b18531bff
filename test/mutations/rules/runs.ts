/** Rules that are kept in lambda/src/runs and dispatch. */
import type { Rule } from "./rule.ts";

const fanOut = "runs/fan-out.test.ts";

export const runsRules: readonly Rule[] = [
  {
    rule: "T1 a tick drains so many partners, and starts invocations for the others",
    file: "runs/fan-out.ts",
    find: "inGroups(free.slice(partnersAtOnce))",
    replace: "inGroups(free.slice(partnersAtOnce).slice(0, 0))",
    test: fanOut,
  },
  {
    rule: "T2 those that are due for longest come first",
    file: "runs/fan-out.ts",
    find: ".sort(([, one], [, other]) => one - other)",
    replace: "",
    test: fanOut,
  },
  {
    rule: "T3 a tick starts so many invocations and no more",
    file: "runs/fan-out.ts",
    find: "groups.slice(0, maxStarted)",
    replace: "groups.slice(0)",
    test: fanOut,
  },
  {
    rule: "T5b … but it is rung",
    file: "runs/fan-out.ts",
    find: "const own = [...held, ",
    replace: "const own = [",
    test: fanOut,
  },
  {
    rule: "T6 what Lambda doesn't take the tick drains",
    file: "runs/fan-out.ts",
    find: "left.push(...group);",
    replace: "",
    test: fanOut,
  },
  {
    rule: "T6b … with what it would have left to the next",
    file: "runs/fan-out.ts",
    find: "return [...own, ...left, ...beyond];",
    replace: "return [...own, ...left];",
    test: fanOut,
  },
  {
    rule: "T6c Lambda isn't asked again in the same tick",
    file: "runs/fan-out.ts",
    find: "if (failure === undefined) {",
    replace: "if (failure !== null) {",
    test: fanOut,
  },
  {
    rule: "T7 an invocation that was started starts none",
    file: "runs/drain.ts",
    find: "await drainAll(invocation, due.flat());",
    replace:
      'const { handOut } = await import("./fan-out.ts");\n  const all = new Map([...partners.keys()].map((id) => [id, 0] as const));\n  await drainAll(invocation, [...due.flat(), ...(await handOut(invocation, all))]);',
    test: fanOut,
  },
  {
    rule: "T8 … and takes no more partners than it drains at one time",
    file: "dispatch.ts",
    find: "v.minLength(1), v.maxLength(partnersAtOnce)",
    replace: "v.minLength(1)",
    test: fanOut,
  },
  {
    rule: "T9 … tells of those that aren't configured",
    file: "runs/drain.ts",
    find: "if (unknown.length > 0)",
    replace: "if (unknown.length > 1_000)",
    test: fanOut,
  },
  {
    rule: "T10 … and connects to nobody who has nothing due",
    file: "runs/drain.ts",
    find: "(await hasWork(deps, partner)) ? [partner.id] : []",
    replace: "(await hasWork(deps, partner)) || true ? [partner.id] : []",
    test: fanOut,
  },
  {
    rule: "E1 a new push is compared with its journal, once its bucket's events have begun",
    file: "runs/due-comparisons.ts",
    find: "firstOf(stream, facts, now) ?? regularOf",
    replace: "regularOf",
    test: "runs/first-comparison.test.ts",
  },
  {
    rule: "E2 its objects are those since the apply, and not since the first tick",
    file: "runs/due-comparisons.ts",
    find: "Math.min(writtenAt, now) : now",
    replace: "now : now",
    test: "runs/first-comparison.test.ts",
  },
  {
    rule: "E3 a new journal of an old bridge takes no old object for a new one",
    file: "runs/due-comparisons.ts",
    find: "now - writtenAt < freshConfig",
    replace: "writtenAt > 0",
    test: "runs/first-comparison.test.ts",
  },
  {
    rule: "W1 an alias offers so much and no more",
    file: "aliases.ts",
    find: "if (offered.includes(request)) return;",
    replace: 'if (offered.includes(request) || alias === "schedule") return;',
    test: "aliases.test.ts",
  },
  {
    rule: "W1b … and one that the module doesn't make offers nothing",
    file: "aliases.ts",
    find: ": [];",
    replace: ": aliases.operate;",
    test: "aliases.test.ts",
  },
  {
    rule: "W2 an action that changes something isn't one that reads",
    file: "operator/actions.ts",
    find: 'request["dry_run"] === true',
    replace: 'request["dry_run"] !== undefined',
    test: "aliases.test.ts",
  },
];
