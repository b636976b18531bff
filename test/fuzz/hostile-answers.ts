/** What a server of the fuzzer answers: what is right, and from there on what chance makes of it. */
import * as p from "../helpers/sftp/packets.ts";
import type { RawRequest } from "../helpers/sftp/raw-server.ts";
import type { Random } from "./random.ts";

const numbers = [0, 1, 4, 5, 8, 9, 255, 256, 257, 1_000, 34_000, 262_144, 262_145, 0x7fffffff, 0x80000000, 0xffffffff];
const sizes = [0n, 1n, 5n, 1_000n, 300_000n, 2n ** 32n, 2n ** 40n, 2n ** 53n, 2n ** 63n, 2n ** 64n - 1n];

const name = (random: Random): string | Buffer =>
  random.pick<() => string | Buffer>([
    () => `f${random.below(50)}`,
    () => random.bytes(random.below(60)),
    () => "",
    () => ".",
    () => "..",
    () => "../x",
    () => "a/b",
    () => ".done",
    () => "x\u0000y",
    () => "\u001b[2J\nTask timed out after 900.00 seconds",
    () => "n".repeat(random.pick([255, 256, 5_000, 60_000])),
    () => "\ufffd☃𝒳",
    () => "__proto__",
    () => "C:\\x",
  ])();

/** Attributes with any flags, whole or not. */
const attributes = (random: Random): Buffer => {
  if (random.chance(0.6)) {
    const mode = random.pick([p.modes.file, p.modes.directory, p.modes.symlink, 0o644, 0, 0o010644, 0xffffffff]);
    return p.attributes(mode, random.pick(sizes), random.pick([0, 1, 1_000_000_000, 0xffffffff]));
  }
  const flags = random.pick([0, 1, 2, 4, 8, 15, 0x80000000, 0x8000000f, 0xffffffff, random.below(2 ** 32)]);
  const parts = [p.u32(flags)];
  if (flags & 1) parts.push(p.u64(random.pick(sizes)));
  if (flags & 2) parts.push(p.u64(0n));
  if (flags & 4) parts.push(p.u32(random.below(2 ** 32)));
  if (flags & 8) parts.push(p.u64(random.pick(sizes)));
  if (flags & 0x80000000) {
    const pairs = random.pick([0, 1, 3, 0xffffffff]);
    parts.push(p.u32(pairs));
    for (let pair = 0; pair < Math.min(pairs, 3); pair++) parts.push(p.text("__proto__"), p.text(random.bytes(5)));
  }
  const whole = Buffer.concat(parts);
  return random.chance(0.8) ? whole : whole.subarray(0, random.below(whole.length + 1));
};

const names = (random: Random, id: number): Buffer => {
  const count = random.pick([0, 1, 2, 40, 300, 3_000]);
  const entries: (readonly [string | Buffer, Buffer])[] = [];
  let bytes = 0;
  for (let at = 0; at < count && bytes < 200_000; at++) {
    const entry = [count > 50 ? `g${random.below(1e6)}` : name(random), attributes(random)] as const;
    bytes += entry[0].length + entry[1].length + 8;
    entries.push(entry);
  }
  return p.names(id, entries);
};

/** An answer to a request as it should be. The tree: two files and a directory in each directory, of 1,000 bytes each. */
export const decent = ({ type, id, path, body }: RawRequest, listed: Set<string>): Buffer => {
  const file = p.attributes(p.modes.file, 1_000);
  if (type === "OPEN" || type === "OPENDIR") return p.handle(id, `${type}${path}`.slice(0, 200));
  if (type === "READDIR") {
    if (listed.has(path) || path.split("/").length > 3) return p.status(id, p.codes.eof);
    listed.add(path);
    const sub = p.attributes(p.modes.directory, 0);
    return p.names(id, [
      [".", sub],
      ["..", sub],
      ["a.csv", file],
      ["b.csv", file],
      ["sub", sub],
    ]);
  }
  if (type === "READ") {
    const [offset, length] = [Number(body.readBigUInt64BE(body.length - 12)), body.readUInt32BE(body.length - 4)];
    if (offset >= 1_000) return p.status(id, p.codes.eof);
    return p.data(id, Buffer.alloc(Math.min(length, 1_000 - offset), 66));
  }
  if (type === "STAT" || type === "LSTAT" || type === "FSTAT")
    return /tmp|new|\.done/.test(path) ? p.status(id, p.codes.missing) : p.attrs(id, file);
  if (type === "EXTENDED") return p.status(id, p.codes.unsupported);
  return p.status(id, p.codes.ok);
};

type Twist = (right: Buffer, request: RawRequest) => readonly Buffer[];

/** What chance may make of a right answer, as the packets that are sent instead. */
export const twists = (random: Random): Readonly<Record<string, Twist>> => ({
  "another type": (right) => {
    const bytes = Buffer.from(right);
    bytes[4] = random.pick([1, 2, 3, 100, 101, 102, 103, 104, 105, 106, 200, 201, 255, random.below(256)]);
    return [bytes];
  },
  "another ID": (right) => {
    const bytes = Buffer.from(right);
    bytes.writeUInt32BE(random.pick([0, 1, bytes.readUInt32BE(5) + 1, random.below(2 ** 32), 0xffffffff]) >>> 0, 5);
    return [bytes];
  },
  "another length": (right) => {
    const bytes = Buffer.from(right);
    bytes.writeUInt32BE(random.pick([...numbers, right.length - 5, right.length - 3, random.below(2 ** 32)]) >>> 0, 0);
    return [bytes];
  },
  "an end that is missing": (right) => {
    const end = 4 + random.below(right.length - 3);
    const bytes = Buffer.from(right.subarray(0, end));
    if (random.chance(0.5)) bytes.writeUInt32BE(end - 4, 0);
    return [bytes];
  },
  "a byte that is wrong": (right) => {
    const bytes = Buffer.from(right);
    bytes[random.below(bytes.length)] = random.below(256);
    return [bytes];
  },
  "a field that is wrong": (right) => {
    const bytes = Buffer.from(right);
    if (bytes.length >= 13) bytes.writeUInt32BE(random.pick(numbers), 9);
    return [bytes];
  },
  "bytes of chance": () => [random.bytes(1 + random.below(60))],
  "more behind it": (right) => {
    const bytes = Buffer.concat([right, random.bytes(random.below(40))]);
    bytes.writeUInt32BE(bytes.length - 4, 0);
    return [bytes];
  },
  "the same twice": (right) => [right, right],
  silence: () => [],
  status: (_, { id }) => [
    p.packet(
      101,
      p.u32(id),
      p.u32(random.pick([...Array.from({ length: 32 }, (_unused, code) => code), ...numbers])),
      ...(random.chance(0.8) ? [p.text(name(random)), p.text("")] : []),
    ),
  ],
  handle: (_, { id }) => [p.handle(id, random.bytes(random.pick([0, 1, 40, 256, 257, 300])))],
  data: (_, { id }) => [p.data(id, Buffer.alloc(random.pick([0, 1, 100, 999, 1_000, 1_001, 32_768, 200_000]), 7))],
  names: (_, { id }) => [names(random, id)],
  attributes: (_, { id }) => [p.attrs(id, attributes(random))],
  extended: (_, { id }) => [p.packet(201, p.u32(id), random.bytes(random.pick([0, 4, 60])))],
  "an answer and many more": (right) => [
    right,
    ...Array.from({ length: random.pick([10, 500]) }, () => p.status(random.below(100), random.below(9))),
  ],
});
