/** Rules that are kept for the sake of lambda/src/operator. */
import type { Rule } from "./rule.ts";

const skip = "operator/skip.test.ts";

export const operatorRules: readonly Rule[] = [
  {
    rule: "X1 what was skipped is sent by no late event",
    file: "push/intake.ts",
    find: "newest.lastModified <= (skippedByOperator(known) ?? 0)",
    replace: "false",
    test: skip,
  },
  {
    rule: "X2 … nor by a comparison",
    file: "push/standing.ts",
    find: "version.lastModified <= skippedAt",
    replace: "false",
    test: skip,
  },
  {
    rule: "X3 … nor pulled by a poll",
    file: "pull/decide.ts",
    find: 'if (known.state === "skipped" && same)',
    replace: "if (false)",
    test: skip,
  },
];
