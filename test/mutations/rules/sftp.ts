/** Rules that are kept in lambda/src/sftp and around it, against a server that means harm. */
import type { Rule } from "./rule.ts";

const answers = "sftp/answers.test.ts";

export const sftpRules: readonly Rule[] = [
  {
    rule: "A1 an answer is of a type that fits its request",
    file: "sftp/answers.ts",
    find: "if (type !== typeOf(wanted.kind))",
    replace: "if (false)",
    test: answers,
  },
  {
    rule: "A2 an answer answers a request that waits, once",
    file: "sftp/answers.ts",
    find: "if (wanted === undefined) return",
    replace: "if (wanted === undefined) return undefined; if (false) return",
    test: answers,
  },
  {
    rule: "A3 a length is one that a packet can have",
    file: "sftp/answers.ts",
    find: "if (length > maxPacket)",
    replace: "if (false)",
    test: answers,
  },
  {
    rule: "A4 no more bytes come than were asked for",
    file: "sftp/answers.ts",
    find: "field > wanted.bytes",
    replace: "false",
    test: answers,
  },
  {
    rule: "A5 a list has as many names as it says",
    file: "sftp/answers.ts",
    find: "if (fault !== undefined) {",
    replace: "if (false) {",
    test: answers,
  },
  {
    rule: "A6 what fails where nobody waits ends the partner's session",
    file: "drain/session.ts",
    find: "contain(contained, work)",
    replace: "work()",
    test: "drain/uncaught.test.ts",
  },
];
