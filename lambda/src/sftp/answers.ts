/**
 * The one place where a server's answers are checked for their shape, before anything makes use of them: each answers a
 * request that waits, is of a type that fits it, and is as long as it says. ssh2 1.17 checks none of that: it takes DATA
 * for a HANDLE, overlooks answers to nothing, and reads a length of 2^31 as a negative one.
 */
import type { SFTPWrapper } from "ssh2";
import { faultOfNames, type Names } from "./names.ts";
import { limitsOf } from "./ssh/hooks/early-session.ts";
import { innerOf } from "./ssh/hooks/inner.ts";

/** Types of answers (draft-ietf-secsh-filexfer-02, section 3). */
const packet = { status: 101, handle: 102, data: 103, name: 104, attributes: 105, extended: 201 } as const;
type Kind = keyof typeof packet | "names";
const namesOfTypes = new Map<number, string>([
  [2, "VERSION"],
  [101, "STATUS"],
  [102, "HANDLE"],
  [103, "DATA"],
  [104, "NAME"],
  [105, "ATTRS"],
  [201, "EXTENDED_REPLY"],
]);
const typeOf = (kind: Kind): number => packet[kind === "names" ? "name" : kind];

/** What answers each request of ssh2's, if it isn't refused. `name` is a NAME with one, `names` a NAME with any number. */
const kinds: Readonly<Record<string, Kind>> = {
  open: "handle",
  opendir: "handle",
  close: "status",
  read: "data",
  write: "status",
  readdir: "names",
  stat: "attributes",
  lstat: "attributes",
  fstat: "attributes",
  setstat: "status",
  fsetstat: "status",
  unlink: "status",
  rename: "status",
  mkdir: "status",
  rmdir: "status",
  symlink: "status",
  readlink: "name",
  realpath: "name",
  ext_openssh_rename: "status",
  ext_openssh_fsync: "status",
  ext_openssh_hardlink: "status",
  ext_openssh_lsetstat: "status",
  ext_openssh_statvfs: "extended",
  ext_openssh_fstatvfs: "extended",
  ext_openssh_expandPath: "name",
  ext_copy_data: "status",
  ext_home_dir: "name",
};

/** Longest packet, as in ssh2 and in OpenSSH (SFTP_MAX_MSG_LENGTH). Bytes. */
export const maxPacket = 256 * 1024;
/** Every answer has a type, an ID, and four bytes at least: a status code, a length, a count or flags. */
const leastPacket = 9;
/** The packet's length, and that. */
const headBytes = 4 + leastPacket;
/** Same draft, section 3. */
const maxHandle = 256;
const status = { ok: 0, eof: 1, failure: 4 } as const;

interface Expected {
  readonly kind: Kind;
  /** Bytes that were asked for. */
  readonly bytes: number;
}

/** A request of ssh2's; a READ has the memory that its bytes go to. */
interface Waiting {
  readonly cb?: (error: undefined, answer: Names | Buffer, count?: number) => void;
  readonly buffer?: Buffer;
}

/** What ssh2 keeps for itself. */
interface Internals {
  _writeReqid: number;
  _version: number;
  readonly _requests: Record<number, Waiting | undefined>;
  readonly _maxReadLen: number;
  push: (data: Buffer | null) => unknown;
}

/** Notes for each request what may answer it. */
const noteRequests = (sftp: SFTPWrapper, expected: Map<number, Expected>): void => {
  const methods = innerOf<Record<string, ((...given: unknown[]) => unknown) | undefined>>(sftp);
  const internals = innerOf<Internals>(sftp);
  for (const [name, kind] of Object.entries(kinds)) {
    const send = methods[name]?.bind(sftp);
    if (send === undefined) continue;
    methods[name] = (...given) => {
      const before = internals._writeReqid;
      const result = send(...given);
      const bytes = kind === "data" ? Math.min(Number(given[3]), internals._maxReadLen) : 0;
      if (internals._writeReqid !== before) expected.set(internals._writeReqid, { kind, bytes });
      return result;
    };
  }
};

/** Why this isn't the beginning of an answer to a request; undefined if it is. Takes the request off those that wait. */
const faultOfHead = (head: Buffer, expected: Map<number, Expected>): string | undefined => {
  const [length, type, id, field] = [head.readUInt32BE(0), head[4] ?? 0, head.readUInt32BE(5), head.readUInt32BE(9)];
  const name = namesOfTypes.get(type);
  if (name === undefined || type === 2) return `it sent a packet of type ${type}, which is no answer`;
  const wanted = expected.get(id);
  if (wanted === undefined) return `it sent ${name} with the ID ${id}, which nothing waits for`;
  expected.delete(id);
  if (type === packet.status) return undefined;
  if (type !== typeOf(wanted.kind))
    return `it answered with ${name} where ${namesOfTypes.get(typeOf(wanted.kind))} was due`;
  const rest = length - leastPacket;
  if (type === packet.handle && (field > maxHandle || field > rest)) return `it sent a handle of ${field} bytes`;
  if (type === packet.data && field > rest) return `it sent ${rest} bytes of data and said that they are ${field}`;
  if (type === packet.data && field > wanted.bytes)
    return `it sent ${field} bytes of data where ${wanted.bytes} were asked for`;
  if (wanted.kind === "name" && field !== 1) return `it sent ${field} names where one was asked for`;
  return undefined;
};

/**
 * What stands for a STATUS "OK" where something else was due, and which ssh2 would take for that: of a list its end, of all else a refusal.
 * `head` is that of a packet which fits its request.
 */
const insteadOfOk = (head: Buffer, kind: Kind | undefined): number | undefined => {
  if (head[4] !== packet.status || head.readUInt32BE(9) !== status.ok || kind === "status") return undefined;
  return kind === "names" ? status.eof : status.failure;
};

/**
 * Checks all that a server sends on this channel from now on; the first fault is told, and nothing is taken in behind it.
 * READDIR is answered with `Names`, which are read only when they are wanted: as objects, those of one answer can take
 * megabytes, and many answers wait. The bytes of a READ go to its memory as they come; ssh2 would gather the answer first. `release`
 * is told of pieces that nobody reads any more.
 */
export const checkAnswers = (
  sftp: SFTPWrapper,
  broke: (why: string) => void,
  release: (piece: Buffer) => void = () => {},
): void => {
  const internals = innerOf<Internals>(sftp);
  const push = internals.push.bind(sftp);
  const expected = new Map<number, Expected>();
  noteRequests(sftp, expected);
  // ssh2 has asked for the limits by itself, and nothing else.
  if (limitsOf(sftp) !== undefined) expected.set(internals._writeReqid, { kind: "extended", bytes: 0 });

  const head = Buffer.alloc(headBytes);
  /** Bytes of the head that came. */
  let have = 0;
  /** Bytes of the packet behind its head that are still to come. */
  let left = 0;
  let names: { readonly id: number; readonly count: number; readonly bytes: Buffer; filled: number } | undefined;
  /** What a READ is answered with: so many bytes, the first of what is to come. */
  let content: { readonly id: number; readonly count: number; readonly into: Buffer; filled: number } | undefined;
  let isBroken = false;

  const fail = (why: string): void => {
    isBroken = true;
    broke(why);
  };
  const answer = (id: number, what: Names | Buffer, count?: number): void => {
    const request = internals._requests[id];
    delete internals._requests[id];
    request?.cb?.(undefined, what, count);
  };
  const giveNames = ({ id, count, bytes }: NonNullable<typeof names>): void => {
    const fault = faultOfNames(bytes, count);
    if (fault !== undefined) {
      fail(fault);
      return;
    }
    answer(id, { count, bytes });
  };

  internals.push = (data) => {
    if (data === null) return push(null);
    /** What goes to ssh2 begins here. */
    let from = 0;
    let at = 0;
    /** What ssh2 has read may have its memory taken away; so what isn't the end of it goes there as a copy. */
    const pass = (to: number, isRest: boolean): void => {
      if (to <= from) return;
      const part = from === 0 && to === data.length ? data : data.subarray(from, to);
      push(isRest ? part : Buffer.from(part));
      from = to;
    };
    while (at < data.length && !isBroken) {
      if (left === 0 && have < headBytes) {
        const held = have;
        const begin = at;
        const taken = Math.min(headBytes - have, data.length - at);
        data.copy(head, have, at, at + taken);
        have += taken;
        at += taken;
        if (have >= 4) {
          const length = head.readUInt32BE(0);
          if (length < leastPacket)
            return fail(`it sent a packet of ${length} bytes, which is too short for any answer`);
          if (length > maxPacket) return fail(`it sent a packet of ${length} bytes; ${maxPacket} are the most`);
        }
        if (have < headBytes) {
          pass(begin, true);
          return;
        }
        const kind = expected.get(head.readUInt32BE(5))?.kind;
        const fault = faultOfHead(head, expected);
        if (fault !== undefined) return fail(fault);
        const instead = insteadOfOk(head, kind);
        // The head's last byte came with this piece, whatever came before.
        if (instead !== undefined) data[at - 1] = instead;
        left = head.readUInt32BE(0) - leastPacket;
        const [id, count] = [head.readUInt32BE(5), head.readUInt32BE(9)];
        const into = kind === "data" && head[4] === packet.data ? internals._requests[id]?.buffer : undefined;
        if (into !== undefined && count <= into.length) {
          pass(begin, false);
          from = at;
          content = { id, count, into, filled: 0 };
        } else if (kind === "names" && head[4] === packet.name) {
          pass(begin, false);
          from = at;
          names = { id, count, bytes: Buffer.alloc(left), filled: 0 };
        } else if (held > 0) push(Buffer.from(head.subarray(0, held)));
      }
      const taken = Math.min(left, data.length - at);
      if (names !== undefined) {
        data.copy(names.bytes, names.filled, at, at + taken);
        names.filled += taken;
        from = at + taken;
      }
      if (content !== undefined) {
        content.filled += data.copy(
          content.into,
          content.filled,
          at,
          at + Math.min(taken, content.count - content.filled),
        );
        from = at + taken;
      }
      at += taken;
      left -= taken;
      if (left > 0) continue;
      have = 0;
      const [list, bytes] = [names, content];
      names = undefined;
      content = undefined;
      if (list !== undefined) giveNames(list);
      if (bytes !== undefined) answer(bytes.id, bytes.into, bytes.count);
    }
    if (isBroken) return undefined;
    if (from === data.length) release(data);
    else pass(data.length, true);
    return undefined;
  };
};
