/** Rules that are kept in lambda/src/actions. */
import type { Rule } from "./rule.ts";

const handOut = "actions/hand-out.test.ts";

export const actionsRules: readonly Rule[] = [
  {
    rule: "T1 a tick drains so many partners, and starts invocations for the others",
    file: "actions/hand-out.ts",
    find: "inGroups(free.slice(partnersAtOnce))",
    replace: "inGroups(free.slice(partnersAtOnce).slice(0, 0))",
    test: handOut,
  },
  {
    rule: "T2 those that are due for longest come first",
    file: "actions/hand-out.ts",
    find: ".sort(([, one], [, other]) => one - other)",
    replace: "",
    test: handOut,
  },
  {
    rule: "T3 a tick starts so many invocations and no more",
    file: "actions/hand-out.ts",
    find: "groups.slice(0, mostStarted)",
    replace: "groups.slice(0)",
    test: handOut,
  },
  {
    rule: "T5b … but it is rung",
    file: "actions/hand-out.ts",
    find: "const own = [...held, ",
    replace: "const own = [",
    test: handOut,
  },
  {
    rule: "T6 what Lambda doesn't take the tick drains",
    file: "actions/hand-out.ts",
    find: "left.push(...group);",
    replace: "",
    test: handOut,
  },
  {
    rule: "T6b … with what it would have left to the next",
    file: "actions/hand-out.ts",
    find: "return [...own, ...left, ...beyond];",
    replace: "return [...own, ...left];",
    test: handOut,
  },
  {
    rule: "T6c Lambda isn't asked again in the same tick",
    file: "actions/hand-out.ts",
    find: "if (failure === undefined) {",
    replace: "if (failure !== null) {",
    test: handOut,
  },
  {
    rule: "T7 an invocation that was started starts none",
    file: "actions/drain.ts",
    find: "await drainAll(invocation, due.flat());",
    replace:
      'const { handOut } = await import("./hand-out.ts");\n  const all = new Map([...partners.keys()].map((id) => [id, 0] as const));\n  await drainAll(invocation, [...due.flat(), ...(await handOut(invocation, all))]);',
    test: handOut,
  },
  {
    rule: "T8 … and takes no more partners than it drains at one time",
    file: "actions/dispatch.ts",
    find: "v.minLength(1), v.maxLength(partnersAtOnce)",
    replace: "v.minLength(1)",
    test: handOut,
  },
  {
    rule: "T9 … tells of those that aren't configured",
    file: "actions/drain.ts",
    find: "if (unknown.length > 0)",
    replace: "if (unknown.length > 1_000)",
    test: handOut,
  },
  {
    rule: "T10 … and connects to nobody who has nothing due",
    file: "actions/drain.ts",
    find: "(await hasWork(deps, partner)) ? [partner.id] : []",
    replace: "(await hasWork(deps, partner)) || true ? [partner.id] : []",
    test: handOut,
  },
];
