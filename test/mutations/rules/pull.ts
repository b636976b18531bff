/** Rules that are kept in lambda/src/pull. */
import type { Rule } from "./rule.ts";

const crash = "drain/crash.test.ts";
const checkpoint = "drain/checkpoint.test.ts";

export const pullRules: readonly Rule[] = [
  {
    rule: "G1 the object is in S3 before the partner's file is touched",
    file: "pull/pull.ts",
    find: 'progress?.phase === "copied" || progress?.phase === "moving"',
    replace: "progress !== undefined",
    test: crash,
  },
  {
    rule: "G2 a pull that was stopped goes on behind whole parts without a hole",
    file: "pull/begin-upload.ts",
    find: "offset === checkpoint && parts.every((part, index) => part.number === index + 1)",
    replace: "parts.length >= 0",
    test: checkpoint,
  },
  {
    rule: "G3 the file is the same after it was read",
    file: "pull/copy.ts",
    find: "await task.unchanged(entry);",
    replace: "",
    test: "drain/races.test.ts",
  },
  {
    rule: "G4 an upload whose id was never recorded is found and aborted",
    file: "pull/pull.ts",
    find: "if (!next.upload_id) await abortUploads(known, place, context);",
    replace: "",
    test: checkpoint,
  },
  {
    rule: "G4b … also those that replaced a recorded one",
    file: "pull/begin-upload.ts",
    find: "if (repeated || progress.upload_id) await",
    replace: "if (repeated) await",
    test: "runs/sweep.test.ts",
  },
  {
    rule: "G5 what lies in .done unread is pulled out, also after a crash",
    file: "pull/finish.ts",
    find: 'progress.phase === "moving" && progress.path ? await finishMoved(entry, progress.path, context) : undefined',
    replace: "undefined",
    test: "drain/races.test.ts",
  },
  {
    rule: "G7 where a rename changes a file's time, its bytes tell whether it is what was copied",
    file: "pull/moved.ts",
    find: "found === undefined || found === sha256",
    replace: "true",
    test: "pull/moved.test.ts",
  },
  {
    rule: "G8 a file whose time was changed by the rename is known by its new one",
    file: "pull/purge.ts",
    find: "identity === found || moved === found",
    replace: "identity === found",
    test: "pull/moved.test.ts",
  },
  {
    rule: "G6 only what the journal has as delivered is purged",
    file: "pull/purge.ts",
    find: "if (entry && !isVerified(entry, file, time)) continue;",
    replace: "",
    test: "drain/races.test.ts",
  },
];
