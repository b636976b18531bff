/** All rules, by the folder of the code that keeps them. */

import { configRules } from "./config.ts";
import { drainRules } from "./drain.ts";
import { eventsRules } from "./events.ts";
import { journalRules } from "./journal.ts";
import { operatorRules } from "./operator.ts";
import { pullRules } from "./pull.ts";
import { pushRules } from "./push.ts";
import type { Rule } from "./rule.ts";
import { runsRules } from "./runs.ts";
import { sftpRules } from "./sftp.ts";
import { writeRules } from "./write.ts";

export type { Rule };

export const rules: readonly Rule[] = [
  ...pushRules,
  ...journalRules,
  ...pullRules,
  ...drainRules,
  ...runsRules,
  ...configRules,
  ...sftpRules,
  ...writeRules,
  ...eventsRules,
  ...operatorRules,
];
