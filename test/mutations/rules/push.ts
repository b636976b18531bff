/** Rules that are kept in lambda/src/push. */
import type { Rule } from "./rule.ts";

const crash = "drain/crash.test.ts";
const checkpoint = "drain/checkpoint.test.ts";
const once = "drain/read-once-more.test.ts";
const damaged = "journal/damaged.test.ts";
const paths = "transfer/paths.test.ts";

const marker = "push/marker.test.ts";
const names = "push/name.test.ts";

const prepare = "push/prepare.test.ts";

export const pushRules: readonly Rule[] = [
  {
    rule: "O1 a staged object is sent only where it is of this very version",
    file: "push/prepare.ts",
    find: "progress?.identity === source.identity && progress.staged",
    replace: "progress !== undefined && progress.staged",
    test: prepare,
  },
  {
    rule: "O2 what is staged goes with what is recorded through all phases, so that it is made once and removed once",
    file: "push/push.ts",
    find: "    staged: entry.progress?.staged,\n",
    replace: "",
    test: prepare,
  },
  {
    rule: "O3 a hop that no invocation has the time for isn't begun",
    file: "staging/time.ts",
    find: "if (needed > whole * share)",
    replace: "if (needed > whole * share && whole < 0)",
    test: prepare,
  },
  {
    rule: "P1 an upload has a name of its own",
    file: "push/push.ts",
    find: "uploadPathFor(final, push, nonce())",
    replace: "final",
    test: crash,
  },
  {
    rule: "P2 a name is recorded before the file is made, and removed by its successor",
    file: "push/push.ts",
    find: "const known = direct ? [] : temporariesOf(entry.progress, final, push);",
    replace: "const known: string[] = [];",
    test: crash,
  },
  {
    rule: "P3 `publishing` is recorded before the rename",
    file: "push/publish.ts",
    find: "const publishing = await journal.update(entry, { progress: complete });",
    replace: "const publishing = entry; void complete;",
    test: crash,
  },
  {
    rule: "P4 what is there under the final name counts as delivered only with the recorded size and time, or the same bytes",
    file: "push/published.ts",
    find: "if (isSameTime && isTold && ",
    replace: "if (isTold && ",
    test: "drain/races.test.ts",
  },
  {
    rule: "P4b … and where the version before has the same size, only with the same bytes",
    file: "push/published.ts",
    find: "const isSame = (await hashOf(final, context)) === progress.sha256;",
    replace: "const isSame = true;",
    test: "drain/races.test.ts",
  },
  {
    rule: "P5 an upload goes on only if its last bytes are the source's",
    file: "push/resume.ts",
    find: "if (there.equals(expected)) return",
    replace: "if (there.length >= 0) return",
    test: checkpoint,
  },
  {
    rule: "P6 an upload goes on only for the same version",
    file: "push/resume.ts",
    find: "progress.identity !== source.identity || ",
    replace: "",
    test: checkpoint,
  },
  {
    rule: "P9 an upload that went on is hashed as a whole, from S3, before it is shown",
    file: "push/push.ts",
    find: "resumed === undefined ? lightHasher(",
    replace: "resumed !== null ? lightHasher(",
    test: once,
  },
  {
    rule: "P10 … and only if S3 still has the version that was sent",
    file: "push/sum.ts",
    find: "if (!open) throw new VerificationError(",
    replace: "if (!open) return source.body; void (",
    test: once,
  },
  {
    rule: "P11 what was read once more is recorded when time is up",
    file: "transfer/sum-again.ts",
    find: "if (reasonOf(error, signal) instanceof OutOfTime) await save",
    replace: "if (bytes < offset) await save",
    test: once,
  },
  {
    rule: "P12 the state of an earlier version's hash is that of its checkpoint, and of no other",
    file: "journal/entry.ts",
    find: "const { hash_state, ...known } = value;",
    replace: "const { hash_state } = value; const known = value;",
    test: once,
  },
  {
    rule: "P7 time that is up is told from a failure, whatever error it comes as",
    file: "push/write.ts",
    find: "reasonOf(error, signal) instanceof OutOfTime",
    replace: "false",
    test: checkpoint,
  },
  {
    rule: "P8 only names of uploads are removed on a record's word",
    file: "push/temporary.ts",
    find: "isTemporary(nameOf(path)) && places.includes(directoryOf(path)) && ",
    replace: "",
    test: damaged,
  },
  {
    rule: "P13 a file that has its name is known by it, wherever it was written",
    file: "push/recover.ts",
    find: "!(isElsewhere || path === recorded[0])",
    replace: "!(path === recorded[0])",
    test: "push/work-directory.test.ts",
  },
  {
    rule: "N10 a name stays once an upload was begun with it",
    file: "push/name-for.ts",
    find: "known.target?.identity === identity && known.target.claimed",
    replace: "known.target === null",
    test: names,
  },
  {
    rule: "N11 a name that another file has isn't taken",
    file: "push/name-for.ts",
    find: "if (other) throw taken(other);",
    replace: "void other;",
    test: names,
  },
  {
    rule: "N12 a name is recorded before it is asked for",
    file: "journal/name-claims.ts",
    find: 'const isWanted = (isOpen(owner) || owner.state === "failed") && owner.target?.path === path;',
    replace: "const isWanted = false;",
    test: names,
  },
  {
    rule: "N13 what an older version is called is kept until a newer one has its name",
    file: "journal/journal.ts",
    find: "              target: known.target,\n",
    replace: "",
    test: names,
  },
  {
    rule: "J2 an older version never replaces a newer one in the journal",
    file: "push/intake.ts",
    find: "return !moved.includes(newest.identity);",
    replace: "return newest !== undefined;",
    test: "push/intake.test.ts",
  },
  {
    rule: "V1 no event says of itself that it is the newest: S3 does",
    file: "push/intake.ts",
    find: "(await isNewerInS3(known, object, deps))",
    replace: "false",
    test: "push/intake.test.ts",
  },
  {
    rule: "V2 a sequencer is hexadecimal",
    file: "push/s3-event.ts",
    find: ", v.regex(/^[0-9a-f]{1,64}$/i)",
    replace: "",
    test: "push/s3-event.test.ts",
  },
  {
    rule: "V3 nothing has happened in the future",
    file: "push/s3-event.ts",
    find: "Math.min(time, now)",
    replace: "time",
    test: "push/s3-event.test.ts",
  },
  {
    rule: "Z1 no push begins at a drive or at another machine",
    file: "transfer/paths.ts",
    find: "if (start) throw refusal(stream, what, start);",
    replace: "void start;",
    test: paths,
  },
  {
    rule: "Z2 no push below a log-in directory says who may log in",
    file: "transfer/paths.ts",
    find: "if (isSshDirectory(first))",
    replace: "if (first === undefined)",
    test: paths,
  },
  {
    rule: "Z3 … nor goes to a home directory",
    file: "transfer/paths.ts",
    find: "return isHome(first) ?",
    replace: "return first === undefined ?",
    test: paths,
  },
  {
    rule: "Z4 a log-in directory is one that isn't absolute, and the root of a chroot",
    file: "transfer/paths.ts",
    find: ' || directory === "/";',
    replace: ";",
    test: paths,
  },
  {
    rule: "H3 a push whose further connection is lost goes on from what was acknowledged",
    file: "push/write.ts",
    find: " || isHelperLost(error, context.remote)",
    replace: "",
    test: "drain/extra-connections.test.ts",
  },
  {
    rule: "Q1 after a crash behind the rename only the marker is written",
    file: "push/recover.ts",
    find: "let published = isMarking;",
    replace: "let published = false;",
    test: marker,
  },
  {
    rule: "Q2 an old marker is gone before a newer version shows",
    file: "push/publish.ts",
    find: "await removeOldMarker(final, context);",
    replace: "",
    test: marker,
  },
  {
    rule: "Q3 an object that would be taken for a marker isn't sent",
    file: "push/marker.ts",
    find: "const fault = mayBeFrom(marker.name, name)",
    replace: 'const fault = name === ""',
    test: marker,
  },
  {
    rule: "Q4 a time that was set is the one that the file is known by",
    file: "push/attributes.ts",
    find: "return closed && mtime !== undefined ? { ...closed, mtime } : closed;",
    replace: "return closed;",
    test: "push/attributes.test.ts",
  },
];
