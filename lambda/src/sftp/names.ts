/** SSH_FXP_NAME, the answer to READDIR (draft-ietf-secsh-filexfer-02, section 7), read entry by entry when it is wanted. */
import { type Attributes, typeMask } from "./attributes.ts";

/** An answer that was found to be whole. */
export interface Names {
  readonly count: number;
  /** What follows the count. */
  readonly bytes: Buffer;
}

export interface NamedAttributes {
  readonly filename: string;
  readonly attrs: Attributes;
  /** As a line of `ls -l` mostly, whose form is the server's; only where the attributes don't tell a type. */
  readonly longname?: string;
}

/** Flags of ATTRS, same draft, section 5. */
const flag = { size: 0x1, owner: 0x2, permissions: 0x4, times: 0x8, extended: 0x80000000 };

/** The place behind a string that begins here; NaN where there is none, as everything is that is computed from it. */
const behindString = (bytes: Buffer, at: number): number => {
  if (!(at + 4 <= bytes.length)) return Number.NaN;
  const end = at + 4 + bytes.readUInt32BE(at);
  return end <= bytes.length ? end : Number.NaN;
};

/** The same for attributes. */
const behindAttributes = (bytes: Buffer, start: number): number => {
  if (!(start + 4 <= bytes.length)) return Number.NaN;
  const flags = bytes.readUInt32BE(start);
  let at = start + 4;
  if (flags & flag.size) at += 8;
  if (flags & flag.owner) at += 8;
  if (flags & flag.permissions) at += 4;
  if (flags & flag.times) at += 8;
  if (flags & flag.extended) {
    if (!(at + 4 <= bytes.length)) return Number.NaN;
    const pairs = bytes.readUInt32BE(at);
    at += 4;
    for (let pair = 0; pair < pairs && !Number.isNaN(at); pair++) at = behindString(bytes, behindString(bytes, at));
  }
  return at <= bytes.length ? at : Number.NaN;
};

/** Why these bytes don't hold so many entries; undefined if they do. */
export const faultOfNames = (bytes: Buffer, count: number): string | undefined => {
  let at = 0;
  for (let entry = 0; entry < count; entry++) {
    at = behindAttributes(bytes, behindString(bytes, behindString(bytes, at)));
    if (Number.isNaN(at)) return `it sent a list of ${count} names that ends within the one after ${entry}`;
  }
  return undefined;
};

const readAttributes = (bytes: Buffer, start: number): Attributes => {
  const flags = bytes.readUInt32BE(start);
  let at = start + 4;
  // Without a BigInt for each: the sum is rounded once, as `Number` rounds one.
  const size = flags & flag.size ? bytes.readUInt32BE(at) * 2 ** 32 + bytes.readUInt32BE(at + 4) : undefined;
  if (flags & flag.size) at += 8;
  if (flags & flag.owner) at += 8;
  const mode = flags & flag.permissions ? bytes.readUInt32BE(at) : undefined;
  if (flags & flag.permissions) at += 4;
  // The first of two is when it was last read.
  const mtime = flags & flag.times ? bytes.readUInt32BE(at + 4) : undefined;
  return { size, mode, mtime };
};

/** Are they the same names in the same order, whatever is told of each? */
export const haveSameNames = (one: Names, other: Names): boolean => {
  if (one.count !== other.count) return false;
  let [at, there] = [0, 0];
  for (let entry = 0; entry < one.count; entry++) {
    const [end, otherEnd] = [behindString(one.bytes, at), behindString(other.bytes, there)];
    if (one.bytes.compare(other.bytes, there, otherEnd, at, end) !== 0) return false;
    at = behindAttributes(one.bytes, behindString(one.bytes, end));
    there = behindAttributes(other.bytes, behindString(other.bytes, otherEnd));
  }
  return true;
};

/** The entries, without `.` and `..`. Nothing here is made by a generator or a spread: of a hundred thousand names each costs. */
export const readNames = ({ count, bytes }: Names): NamedAttributes[] => {
  const entries: NamedAttributes[] = [];
  let at = 0;
  for (let entry = 0; entry < count; entry++) {
    const behindName = behindString(bytes, at);
    const attributes = behindString(bytes, behindName);
    const filename = bytes.toString("utf8", at + 4, behindName);
    at = behindAttributes(bytes, attributes);
    if (filename === "." || filename === "..") continue;
    const attrs = readAttributes(bytes, attributes);
    if (((attrs.mode ?? 0) & typeMask) !== 0) entries.push({ filename, attrs });
    else entries.push({ filename, attrs, longname: bytes.toString("utf8", behindName + 4, attributes) });
  }
  return entries;
};
