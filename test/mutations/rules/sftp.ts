/** Rules that are kept in lambda/src/sftp and around it, against a server that means harm. */
import type { Rule } from "./rule.ts";

const answers = "sftp/answers.test.ts";
const walk = "pull/walk.test.ts";

const allowed = "sftp/ssh/allowed-addresses.test.ts";
const sentAhead = "sftp/sent-ahead.test.ts";
const jump = "sftp/ssh/via/jump-host-key.test.ts";

export const sftpRules: readonly Rule[] = [
  {
    rule: "K3 an address outside of the allowed ranges isn't connected to",
    file: "sftp/ssh/allowed-addresses.ts",
    find: "if (outside.length === 0) return addresses;",
    replace: "if (outside.length < addresses.length + 1) return addresses;",
    test: allowed,
  },
  {
    rule: "K3b … nor by a proxy, which gets the address that was compared",
    file: "sftp/ssh/connect.ts",
    find: "if (via !== undefined && allowed === undefined) return [host];",
    replace: "if (via !== undefined) return [host];",
    test: allowed,
  },
  {
    rule: "K4 a jump host whose key isn't pinned gets no log-in",
    file: "sftp/ssh/via/jump.ts",
    find: "insecureIgnoreHostKey: false },\n        credentials,\n        key,\n        certificate,\n        pins,",
    replace:
      "insecureIgnoreHostKey: true },\n        credentials,\n        key,\n        certificate,\n        pins: [],",
    test: jump,
  },
  {
    rule: "K4b what comes through a jump host is the partner only if the partner's key is pinned",
    file: "sftp/ssh/host-key-check.ts",
    find: "if (isPinned(pins, shown) ||",
    replace: "if (shown.length > 0 ||",
    test: jump,
  },
  {
    rule: "K9 what a server has disliked when it was sent ahead isn't sent ahead again",
    file: "sftp/ssh/hurry.ts",
    find: "const note = () => traits.learn(suspect, false, why);",
    replace: "const note = () => {};",
    test: sentAhead,
  },
  {
    rule: "K9b … and a refusal of a log-in isn't asked for twice",
    file: "sftp/ssh/hurry.ts",
    find: 'if (error.kind !== "authentication") return note;',
    replace: "if (error.kind !== undefined) return note;",
    test: sentAhead,
  },
  {
    rule: "K9d … a server that ends connections before its greeting isn't asked twice each time",
    file: "sftp/ssh/hurry.ts",
    find: '(step === "greeting" && !mayAskAgain(partner, performance.now()))',
    replace: "partner === undefined",
    test: sentAhead,
  },
  {
    rule: "K9e … and never where it says that it lets nobody in just now",
    file: "sftp/ssh/hurry.ts",
    find: "if (saysNotNow(error) || ",
    replace: "if (",
    test: sentAhead,
  },
  {
    rule: "K9c … to a server that was never logged in to nothing is sent ahead, unless its kind is known",
    file: "sftp/ssh/hurry.ts",
    find: "traits.can(ability) ?? (exchange !== undefined || takesAhead(software));",
    replace: "traits.can(ability) ?? true;",
    test: sentAhead,
  },
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
  {
    rule: "A7 a poll looks at so many names",
    file: "pull/walk.ts",
    find: "Math.max(names, counts.names) > limits.names",
    replace: "false",
    test: walk,
  },
  {
    rule: "A8 … and so many directories",
    file: "pull/walk.ts",
    find: "!isWalked && ++counts.directories > limits.directories",
    replace: "false",
    test: walk,
  },
  {
    rule: "A9 … so deep in one another",
    file: "pull/walk.ts",
    find: 'path.split("/").length > limits.depth',
    replace: "false",
    test: walk,
  },
  {
    rule: "A10 … each for so long",
    file: "pull/walk.ts",
    find: "if (steady() - began <= limits.listingMs) return false;",
    replace: "return false;",
    test: walk,
  },
  {
    rule: "N40 what is listed before a list breaks off is pulled",
    file: "pull/walk.ts",
    find: "names === 0 || isLost(error)",
    replace: "names >= 0 || isLost(error)",
    test: "pull/odd-servers.test.ts",
  },
  {
    rule: "N41 … and that it broke off is told",
    file: "sftp/list.ts",
    find: 'if (traits.can("ends_lists") !== false) throw brokeOff(deed, error);',
    replace: 'if (traits.can("ends_lists") === true) throw brokeOff(deed, error);',
    test: "pull/odd-servers.test.ts",
  },
  {
    rule: "U13 a blank or a NUL behind a listed name is looked at, and no part of it where only the name without is known",
    file: "sftp/entry-kinds.ts",
    find: "!isPadded(said) && !lacks(told)",
    replace: "!lacks(told)",
    test: "pull/odd-servers.test.ts",
  },
  {
    rule: "A11 whoever walks can stop behind every batch",
    file: "pull/walk.ts",
    find: "yield { directory, files: isWalked ? [] : found.files, hasDone: false, isWalked };",
    replace:
      "if (found.files.length > 0) yield { directory, files: isWalked ? [] : found.files, hasDone: false, isWalked };",
    test: walk,
  },
  {
    rule: "A12 a directory whose files fit into no key isn't walked",
    file: "pull/walk.ts",
    find: "const fault = limits.faultOf?.(path);",
    replace: "const fault = undefined as string | undefined;",
    test: walk,
  },
  {
    rule: "A13 so many files of a stream are open",
    file: "pull/room.ts",
    find: "if (taken < (await room)) {",
    replace: "if (taken < Number.POSITIVE_INFINITY) {",
    test: walk,
  },
  {
    rule: "A14 a part is no larger than the memory allows",
    file: "pull/begin-upload.ts",
    find: "entry.progress?.part_size ?? 0) > sizes.maxPart)",
    replace: "entry.progress?.part_size ?? 0) > Number.POSITIVE_INFINITY)",
    test: "pull/begin-upload.test.ts",
  },
  {
    rule: "A16 a partner over which a process died is alone in the next one",
    file: "drain/drain.ts",
    find: "if (options.shared && health !== undefined && health.deaths > 0) return",
    replace: "if (false) return",
    test: "runs/isolation.test.ts",
  },
  {
    rule: "A17 … with pauses that grow",
    file: "journal/partner-health.ts",
    find: "deaths > innocentDeaths ?",
    replace: "false ?",
    test: "runs/isolation.test.ts",
  },
  {
    rule: "A18 so many packets wait to be sent",
    file: "sftp/ssh/unsent.ts",
    find: "if (unsent > most)",
    replace: "if (false)",
    test: "sftp/unsent.test.ts",
  },
  {
    rule: "A15 a line of the log is shorter than an event of CloudWatch",
    file: "telemetry/bounds.ts",
    find: "if (bytes <= maxLine) return all;",
    replace: "if (bytes > 0) return all;",
    test: "telemetry/bounds.test.ts",
  },
];
