/** Rules of writing to a server that nobody knows: lambda/src/sftp and lambda/src/push. */
import type { Rule } from "./rule.ts";

const handles = "push/several-handles.test.ts";
const fallBacks = "push/fall-backs.test.ts";
const crowd = "sftp/crowd.test.ts";

export const writeRules: readonly Rule[] = [
  {
    rule: "W1 a further handle writes only after what the first wrote is seen through it",
    file: "sftp/several-handles.ts",
    find: "if (await sees(channel, handle, path, sample)) continue;",
    replace: "if (sample.bytes.length > 0) continue;",
    test: handles,
  },
  {
    rule: "W2 … and what it wrote after the further one was opened",
    file: "sftp/several-handles.ts",
    find: "[witness.next, witness.earlier]",
    replace: "[witness.earlier]",
    test: handles,
  },
  {
    rule: "W3 the first file over several handles is compared by content before it is shown",
    file: "sftp/several-handles.ts",
    find: "if (first) doubt ??=",
    replace: "if (!first) doubt ??=",
    test: handles,
  },
  {
    rule: "W4 a refused write is sent again at once, with more care",
    file: "push/manner.ts",
    find: "error instanceof TooBold ? error.care",
    replace: "error instanceof TooBold ? undefined",
    test: handles,
  },
  {
    rule: "W5 what has helped is used from the first request of the next run",
    file: "push/manner.ts",
    find: '  if (care === "one-request") traits.learn("pipelined_writes", false, surprise);\n',
    replace: "",
    test: handles,
  },
  {
    rule: "W6 other bytes are never shown where the content is compared",
    file: "push/content.ts",
    find: "if (there === copy.sha256) {",
    replace: "if (there !== undefined) {",
    test: "push/content.test.ts",
  },
  {
    rule: "W17 another size than was sent is accepted only with the same content",
    file: "push/told-size.ts",
    find: "!== copy.sha256) return false;",
    replace: '=== "") return false;',
    test: "push/content.test.ts",
  },
  {
    rule: "W19 a session that ended with a closed file is made anew, and the others go on",
    file: "sftp/open.ts",
    find: 'if (traits.can("goes_on_after_close") !== false) return first;',
    replace: "if (traits !== undefined) return first;",
    test: "pull/odd-servers.test.ts",
  },
  {
    rule: "W20 a connection that ended later than with a closed file says nothing of closed files",
    file: "sftp/connection.ts",
    find: "sentAtClose === undefined || requests.lastAnswered > sentAtClose",
    replace: "sentAtClose === undefined",
    test: "pull/odd-servers.test.ts",
  },
  {
    rule: "W21 a session that is seen to go on behind a closed file is kept, and that is learned",
    file: "sftp/anew.ts",
    find: "if (goesOn) traits.learn",
    replace: "if (!goesOn && false) traits.learn",
    test: "pull/odd-servers.test.ts",
  },
  {
    rule: "W7 nothing is unlinked for a rename that the server doesn't have",
    file: "sftp/rename.ts",
    find: "!(await hasRename(connection, from, to))",
    replace: "false",
    test: fallBacks,
  },
  {
    rule: "W14 … nor for a rename out of another directory that can't get there",
    file: "sftp/rename.ts",
    find: "  await assertReaches(connection, from, to);\n",
    replace: "",
    test: "sftp/rename.test.ts",
  },
  {
    rule: "W8 a rename that says OK is looked at before it is believed",
    file: "sftp/rename.ts",
    find: "isBefore: source !== undefined && source !== noAnswer && target === undefined",
    replace: "isBefore: source === null",
    test: fallBacks,
  },
  {
    rule: "W9 uploads that are taken at CLOSE are sent twice, and no more",
    file: "push/taken.ts",
    find: "if (Math.max(taken, all) >= often)",
    replace: "if (often < 0)",
    test: fallBacks,
  },
  {
    rule: "W10 a refused OPEN is the file's failure only once fewer files were open",
    file: "sftp/open-handle.ts",
    find: "opens.turn.then(() => (handles.total < total ? undefined : openWithFewer(before, error)))",
    replace: "Promise.reject<undefined>(error)",
    test: fallBacks,
  },
  {
    rule: "W11 no more requests wait for an answer than the server bears",
    file: "sftp/requests.ts",
    find: "if (waiting.size < most && unsent.length === 0) go();",
    replace: "if (waiting.size < Number.POSITIVE_INFINITY) go();",
    test: crowd,
  },
  {
    rule: "W12 a READ that is one of too many is sent once more",
    file: "sftp/crowd.ts",
    find: "if (others < fewRequests || !mayBeLimit(error)) throw error;",
    replace: "if (others >= 0) throw error;",
    test: crowd,
  },
  {
    rule: "W13 a connection that ends again and again while many requests wait gets fewer",
    file: "traits/traits.ts",
    find: "current > seen ? seen",
    replace: "current > 0 ? seen",
    test: crowd,
  },
];
