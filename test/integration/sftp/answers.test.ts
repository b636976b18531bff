/** Every answer of a server is checked for its shape; what doesn't fit ends the connection with a plain error. */
import { randomBytes } from "node:crypto";
import test, { type ExecutionContext } from "ava";
import { RemoteError } from "../../../lambda/src/sftp/errors.ts";
import { openRemote } from "../../../lambda/src/sftp/open.ts";
import type { Remote } from "../../../lambda/src/sftp/remote.ts";
import { contentOf } from "../../helpers/sftp/connected.ts";
import * as p from "../../helpers/sftp/packets.ts";
import { type RawOptions, type RawRequest, startRaw } from "../../helpers/sftp/raw-server.ts";

const file = p.attributes(p.modes.file, 100);

/** What a decent server says. */
const decent = ({ type, id, send }: RawRequest): void => {
  if (type === "OPEN" || type === "OPENDIR") send(p.handle(id));
  else if (type === "READDIR" || type === "READ") send(p.status(id, p.codes.eof));
  else if (["STAT", "LSTAT", "FSTAT"].includes(type)) send(p.attrs(id, file));
  else send(p.status(id, p.codes.ok));
};

const open = async (
  t: ExecutionContext,
  wrong: (request: RawRequest) => Buffer | undefined,
  options?: RawOptions,
): Promise<Remote> => {
  const server = await startRaw((request) => {
    const answer = wrong(request);
    if (answer === undefined) decent(request);
    else request.send(answer);
  }, options);
  t.teardown(() => server.stop());
  const remote = await openRemote(server.config, { password: "secret" });
  t.teardown(() => remote.close());
  return remote;
};

const list = async (remote: Remote) => {
  for await (const _ of remote.list("/")) {
    // All of it.
  }
};
const read = async (remote: Remote) => {
  const reader = await remote.openRead("/f", { size: 100 });
  for await (const _ of reader?.chunks(0) ?? []) {
    // All of it.
  }
};
const write = async (remote: Remote) => {
  const writer = await remote.openWrite("/f", { mode: "create" });
  await writer.write(Buffer.alloc(10));
  await writer.close();
};
const deeds: Readonly<Record<string, (remote: Remote) => Promise<unknown>>> = {
  OPENDIR: list,
  READDIR: list,
  OPEN: read,
  READ: read,
  FSTAT: read,
  WRITE: write,
  CLOSE: write,
  STAT: (remote) => remote.stat("/f"),
  LSTAT: (remote) => remote.lstat("/f"),
  REMOVE: (remote) => remote.remove("/f"),
  RENAME: async (remote) => remote.publish("/a", "/b"),
  RMDIR: (remote) => remote.removeDirectory("/d"),
  MKDIR: (remote) => remote.ensureDirectory("/d"),
};
/** Before its own request, this is asked for; missing, so that it comes to that. */
const missingFirst: Readonly<Record<string, string>> = { MKDIR: "STAT" };

const answers: Readonly<Record<string, (id: number) => Buffer>> = {
  "STATUS ok": (id) => p.status(id, p.codes.ok),
  HANDLE: (id) => p.handle(id),
  DATA: (id) => p.data(id, Buffer.from("x")),
  NAME: (id) => p.names(id, [["n", file]]),
  ATTRS: (id) => p.attrs(id, file),
  EXTENDED: (id) => p.packet(201, p.u32(id), p.u64(0n)),
  VERSION: () => p.version(),
  "a request": (id) => p.packet(3, p.u32(id), p.text("x")),
};
const fitting: Readonly<Record<string, string>> = {
  OPENDIR: "HANDLE",
  OPEN: "HANDLE",
  READDIR: "NAME",
  READ: "DATA",
  STAT: "ATTRS",
  LSTAT: "ATTRS",
  FSTAT: "ATTRS",
};

const failure = async (t: ExecutionContext, deed: Promise<unknown>): Promise<RemoteError> => {
  const error = await deed.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  if (!(error instanceof RemoteError)) throw error ?? new Error("nothing failed");
  t.is(error.kind, "lost");
  t.regex(error.message, /us@127\.0\.0\.1:\d+.*the server broke the protocol: it/, error.message);
  t.notRegex(error.message, /TypeError|undefined|Cannot read/);
  return error;
};

for (const [request, deed] of Object.entries(deeds))
  test(`${request} answered with what doesn't fit is a broken protocol`, async (t) => {
    for (const [name, answer] of Object.entries(answers)) {
      // An OK that isn't due has its own test.
      if (name === fitting[request] || name === "STATUS ok") continue;
      const remote = await open(t, ({ type, id }) => {
        if (type === missingFirst[request]) return p.status(id, p.codes.missing);
        return type === request ? answer(id) : undefined;
      });
      // Of FSTAT and the first READ of a file either may be looked at first, and both fail.
      await failure(t, deed(remote));
      t.true(remote.lost.aborted, name);
    }
  });

const malformed: Readonly<Record<string, readonly [request: string, answer: (id: number) => Buffer, words: RegExp]>> = {
  "an ID that nothing waits for": ["STAT", (id) => p.status(id + 7, 2), /nothing waits for/],
  "an answer that comes twice": [
    "STAT",
    (id) => Buffer.concat([p.status(id, 2), p.status(id, 2)]),
    /nothing waits for/,
  ],
  "a length of nothing": ["STAT", () => p.u32(0), /0 bytes, which is too short/],
  "a length of 2^31, negative to who shifts": ["STAT", () => p.u32(0x80000000), /2147483648 bytes/],
  "a length of 2^32 - 1": ["STAT", () => p.u32(0xffffffff), /4294967295 bytes/],
  "a packet that is too long": ["STAT", () => p.u32(256 * 1024 + 1), /262145 bytes/],
  "a packet without a status": ["STAT", (id) => p.packet(101, p.u32(id)), /too short/],
  "a handle of 257 bytes": ["OPEN", (id) => p.handle(id, Buffer.alloc(257)), /handle of 257/],
  "a handle longer than its packet": ["OPEN", (id) => p.packet(102, p.u32(id), p.u32(200)), /handle of 200/],
  "more data than was asked for": ["READ", (id) => p.data(id, Buffer.alloc(5_000)), /5000 bytes of data where 4096/],
  "data longer than its packet": [
    "READ",
    (id) => p.packet(103, p.u32(id), p.u32(50), Buffer.alloc(3)),
    /3 bytes of data and said that they are 50/,
  ],
  "names that end too soon": ["READDIR", (id) => p.packet(104, p.u32(id), p.u32(9)), /list of 9 names/],
  "a name longer than its packet": [
    "READDIR",
    (id) => p.packet(104, p.u32(id), p.u32(1), p.u32(0xfffffff0)),
    /list of 1 names/,
  ],
  "attributes that end too soon": ["LSTAT", (id) => p.packet(105, p.u32(id), p.u32(1)), /Malformed ATTRS/],
};
for (const [name, [request, answer, words]] of Object.entries(malformed))
  test(`${name} is a broken protocol`, async (t) => {
    const remote = await open(t, ({ type, id }) => (type === request ? answer(id) : undefined));
    const error = await deeds[request]?.(remote).then(
      // The second of two answers may come when the first has been believed.
      () => remote.stat("/").catch((reason: unknown) => reason),
      (reason: unknown) => reason,
    );
    if (!(error instanceof RemoteError)) throw error;
    t.regex(error.message, words);
    t.regex(error.message, /the server broke the protocol/);
  });

test("OK where something else is due is no answer: of a list its end, of all else a refusal", async (t) => {
  for (const cut of [1, 12, 1000]) {
    const asked = new Set<string>();
    const server = await startRaw((request) => {
      const { id, type, send } = request;
      asked.add(type);
      if (!["OPEN", "READ", "STAT", "LSTAT", "READDIR"].includes(type) || (type === "OPEN" && asked.has("LSTAT")))
        return decent(request);
      const bytes = p.status(id, p.codes.ok);
      for (let at = 0; at < bytes.length; at += cut) send(bytes.subarray(at, at + cut));
    });
    t.teardown(() => server.stop());
    const remote = await openRemote(server.config, { password: "secret" });
    t.teardown(() => remote.close());
    await t.throwsAsync(read(remote), { message: /cannot open for reading/ }, `in pieces of ${cut}`);
    t.deepEqual(await remote.stat("/f"), { kind: undefined, size: undefined, mtime: undefined });
    await t.notThrowsAsync(list(remote));
    await t.throwsAsync(read(remote), { message: /cannot read/ });
    t.false(remote.lost.aborted);
  }
});

test("attributes with endless pairs of nothing end where the packet does", async (t) => {
  const remote = await open(t, ({ type, id }) =>
    type === "READDIR"
      ? p.packet(104, p.u32(id), p.u32(1), p.text("n"), p.text(""), p.u32(0x80000000), p.u32(0xffffffff))
      : undefined,
  );
  await failure(t, list(remote));
});

test("answers are understood however they are cut, several in one piece among them", async (t) => {
  for (const cut of [7, 13, 14, 1000, 100_000]) {
    let given = 0;
    const waiting: Buffer[] = [];
    const server = await startRaw((request) => {
      const { id, type, send } = request;
      let answer: Buffer | undefined;
      if (type === "READDIR" && given++ < 3)
        answer = p.names(
          id,
          Array.from({ length: 40 }, (_, at) => [`f${given}-${at}`, p.attributes(p.modes.file, at)]),
        );
      const catching = (bytes: Buffer) => {
        answer = bytes;
      };
      if (answer === undefined) decent({ ...request, send: catching });
      waiting.push(answer ?? Buffer.alloc(0));
      setImmediate(() => {
        const bytes = Buffer.concat(waiting.splice(0));
        for (let at = 0; at < bytes.length; at += cut) send(bytes.subarray(at, at + cut));
      });
    });
    const remote = await openRemote(server.config, { password: "secret" });
    const found = [];
    for await (const batch of remote.list("/")) found.push(...batch);
    t.is(new Set(found.map(({ name }) => name)).size, 120, `in pieces of ${cut}`);
    t.is(found[41]?.size, 1);
    t.is((await remote.stat("/"))?.size, 100);
    await remote.close();
    server.stop();
  }
});

test("the bytes of a file are those that came, however answers are cut, and whatever stands behind them", async (t) => {
  const content = randomBytes(4_000);
  for (const cut of [7, 13, 14, 1000, 100_000]) {
    const waiting: Buffer[] = [];
    const server = await startRaw((request) => {
      const { id, type, body, send } = request;
      const catching = (bytes: Buffer) => void waiting.push(bytes);
      if (type === "FSTAT" || type === "STAT") catching(p.attrs(id, p.attributes(p.modes.file, content.length)));
      else if (type === "READ") {
        const at = Number(body.readBigUInt64BE(body.length - 12));
        const some = content.subarray(at, Math.min(at + 1_500, at + body.readUInt32BE(body.length - 4)));
        if (some.length === 0) catching(p.status(id, p.codes.eof));
        else catching(p.packet(103, p.u32(id), p.text(some), Buffer.alloc(at % 7)));
      } else decent({ ...request, send: catching });
      setImmediate(() => {
        const bytes = Buffer.concat(waiting.splice(0));
        for (let from = 0; from < bytes.length; from += cut) send(bytes.subarray(from, from + cut));
      });
    });
    const remote = await openRemote(server.config, { password: "secret" });
    t.true((await contentOf(await remote.openRead("/f"))).equals(content), `in pieces of ${cut}`);
    await remote.close();
    server.stop();
  }
});
