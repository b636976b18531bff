import { setTimeout as sleep } from "node:timers/promises";
import test from "ava";
import fc from "fast-check";
import { connected, contentOf, remoteErrorOf } from "../../helpers/sftp/connected.ts";
import { directory, generatedFile, patternAt, storedFile } from "../../helpers/sftp/files.ts";

const chunkBytes = 1000;

test("a file of any size around the chunk borders is read whole, from any offset, with and without hint", async (t) => {
  const { server, remote } = await connected(t, {}, { chunkBytes, fileWindowBytes: 3 * chunkBytes });
  const sizes = fc.oneof(
    fc.integer({ min: 0, max: 6 * chunkBytes }),
    fc
      .tuple(fc.integer({ min: 0, max: 6 }), fc.integer({ min: -2, max: 2 }))
      .map(([n, d]) => Math.max(0, n * chunkBytes + d)),
  );
  await fc.assert(
    fc.asyncProperty(
      sizes,
      fc.double({ min: 0, max: 1, noNaN: true }),
      fc.option(fc.integer({ min: 0, max: 3000 })),
      async (size, part, hint) => {
        const offset = Math.floor(size * part);
        server.files.set("/f", generatedFile(size));
        const reader = await remote.openRead("/f", hint === null ? { size } : { size: hint });
        t.is(reader?.stat.size, size);
        t.true(
          (await contentOf(reader, offset)).equals(patternAt(offset, size - offset)),
          `${size} bytes from ${offset}, hint ${hint}`,
        );
        t.is((await reader?.restat())?.size, size);
        await reader?.close();
      },
    ),
    {
      numRuns: 60,
      examples: [
        [0, 0, null],
        [chunkBytes, 0, null],
        [2 * chunkBytes, 0, null],
        [chunkBytes - 1, 0, 5000],
      ],
    },
  );
});

test("where chunks are used again, each keeps its bytes until the next one is asked for, however late that is", async (t) => {
  const { server, remote } = await connected(t, {}, { chunkBytes, fileWindowBytes: 5 * chunkBytes });
  server.files.set("/f", generatedFile(50 * chunkBytes));
  const buffers = new Set<ArrayBufferLike>();
  let at = 0;
  for await (const chunk of (await remote.openRead("/f"))?.chunks(0, { reuse: true }) ?? []) {
    await sleep(5);
    t.true(patternAt(at, chunk.length).equals(chunk), `at ${at}`);
    buffers.add(chunk.buffer);
    at += chunk.length;
  }
  t.is(at, 50 * chunkBytes);
  t.true(buffers.size < 10, "buffers are used again");
});

test("files that are read side by side in large chunks lend each other memory, and each keeps its bytes", async (t) => {
  const { server, remote } = await connected(t, { limits: [262_144n, 261_120n, 261_120n, 100n] });
  const size = 24 * 252 * 1024;
  for (const path of ["/a", "/b", "/c"]) server.files.set(path, generatedFile(size));
  const memory = new Set<ArrayBufferLike>();
  const read = async (path: string, late: number) => {
    let at = 0;
    for await (const chunk of (await remote.openRead(path))?.chunks(0, { reuse: true }) ?? []) {
      await sleep(late);
      t.true(patternAt(at, chunk.length).equals(chunk), `${path} at ${at}`);
      memory.add(chunk.buffer);
      at += chunk.length;
    }
    t.is(at, size);
  };
  await Promise.all([read("/a", 15), read("/b", 0)]);
  const { size: before } = memory;
  await read("/c", 1);
  t.is(memory.size, before, "no further memory");
});

test("else a chunk is the reader's to keep", async (t) => {
  const { server, remote } = await connected(t, {}, { chunkBytes, fileWindowBytes: 5 * chunkBytes });
  server.files.set("/f", generatedFile(50 * chunkBytes));
  const kept: Uint8Array[] = [];
  for await (const chunk of (await remote.openRead("/f"))?.chunks(0) ?? []) kept.push(chunk);
  t.true(Buffer.concat(kept).equals(patternAt(0, 50 * chunkBytes)));
});

test("short answers leave no hole, whatever their length", async (t) => {
  for (const shortReads of [1, 333, 999, 5000]) {
    const { server, remote } = await connected(
      t,
      { shortReads },
      { chunkBytes: shortReads > 4096 ? 20_000 : chunkBytes },
    );
    const size = shortReads === 1 ? 50 : 61_234;
    server.files.set("/f", generatedFile(size));
    t.true((await contentOf(await remote.openRead("/f"))).equals(patternAt(0, size)), `at most ${shortReads}`);
  }
});

test("a server that gives less than it is believed to give is soon asked for no more than that", async (t) => {
  const lengths: number[] = [];
  const { server, remote } = await connected(
    t,
    { shortReads: 5000, onRead: (_path, _offset, length) => void lengths.push(length) },
    { chunkBytes: 20_000, fileWindowBytes: 60_000 },
  );
  server.files.set("/f", generatedFile(1_000_000));
  t.is((await contentOf(await remote.openRead("/f"))).length, 1_000_000);
  t.is(Math.max(...lengths.slice(-100)), 5000);
});

test("a small file takes two round trips: OPEN, then READ with the looks before and after together", async (t) => {
  const { server, remote } = await connected(t, { ident: "OpenSSH_9.9", delay: 100 });
  server.files.set("/f", generatedFile(8192));
  const reader = await remote.openRead("/f", { size: 8192 });
  t.is((await contentOf(reader)).length, 8192);
  t.is((await reader?.restat())?.size, 8192);
  t.is((await reader?.restatPath())?.size, 8192);
  void reader?.close();
  t.deepEqual(server.trace.slice(0, 10), [
    "> OPEN",
    "< OPEN",
    "> FSTAT",
    "> READ",
    "> FSTAT",
    "> STAT",
    "< FSTAT",
    "< READ",
    "< FSTAT",
    "< STAT",
  ]);
});

test("a server that may change the order is asked for the state after reading, not before", async (t) => {
  const { server, remote } = await connected(t, {
    ident: "Parallel",
    delay: (request) => (request === "READ" ? 50 : 0),
  });
  server.files.set("/f", generatedFile(10));
  const reader = await remote.openRead("/f", { size: 10 });
  await contentOf(reader);
  await reader?.restat();
  await reader?.restatPath();
  t.true(server.trace.lastIndexOf("> FSTAT") > server.trace.lastIndexOf("< READ"));
  t.true(server.trace.indexOf("> STAT") > server.trace.lastIndexOf("< READ"));
});

test("a missing file is undefined, and a directory a refusal", async (t) => {
  const { server, remote } = await connected(t);
  t.is(await remote.openRead("/none"), undefined);
  server.files.set("/d", directory());
  t.regex((await remoteErrorOf(t, "failure", remote.openRead("/d"))).message, /cannot read "\/d": it is a directory/);
});

test("no permission is told, with the path", async (t) => {
  const { server, remote } = await connected(t, {
    refuse: (request, path) => (request === "OPEN" && path === "/f" ? 3 : undefined),
  });
  server.files.set("/f", storedFile());
  const error = await remoteErrorOf(t, "permission", remote.openRead("/f"));
  t.is(error.path, "/f");
  t.regex(error.message, /cannot open for reading "\/f": the server says "Permission denied"/);
});

test("a file that shrinks while it is read is an error, not an end", async (t) => {
  const size = 20 * chunkBytes;
  const file = generatedFile(size);
  const { server, remote } = await connected(
    t,
    {
      onRead: (_path, offset) => {
        if (offset === 4 * chunkBytes) file.size = 7 * chunkBytes + 10;
      },
    },
    { chunkBytes, fileWindowBytes: 3 * chunkBytes },
  );
  server.files.set("/f", file);
  const error = await remoteErrorOf(
    t,
    "changed",
    remote.openRead("/f").then((reader) => contentOf(reader)),
  );
  t.regex(error.message, /ended after 7010 bytes; the server said 20000 at first, and now 7010/);
});

test("a file that grows while it is read is an error, not endless", async (t) => {
  const file = generatedFile(5 * chunkBytes);
  const { server, remote } = await connected(
    t,
    {
      onRead: () => {
        file.size += 700;
      },
    },
    { chunkBytes },
  );
  server.files.set("/f", file);
  await remoteErrorOf(
    t,
    "changed",
    remote.openRead("/f").then((reader) => contentOf(reader)),
  );
});

test("a size that was never true: too small is read to the real end, too large is refused", async (t) => {
  for (const claimed of [0, 999, 1000, 1001, 4999]) {
    const { server, remote } = await connected(t, { size: () => claimed }, { chunkBytes });
    server.files.set("/f", generatedFile(5000));
    t.true((await contentOf(await remote.openRead("/f"))).equals(patternAt(0, 5000)), `claims ${claimed}`);
  }
  const { server, remote } = await connected(t, { size: () => 5001 }, { chunkBytes });
  server.files.set("/f", generatedFile(5000));
  await remoteErrorOf(
    t,
    "changed",
    remote.openRead("/f").then((reader) => contentOf(reader)),
  );
});

test("a server without FSTAT is asked by path, and its handle tells nothing", async (t) => {
  const { server, remote } = await connected(t, { refuse: (request) => (request === "FSTAT" ? 8 : undefined) });
  server.files.set("/f", generatedFile(100));
  const reader = await remote.openRead("/f", { size: 50 });
  t.is(reader?.size, 100);
  t.is((await contentOf(reader)).length, 100);
  t.is((await reader?.restat())?.size, undefined);
  t.is((await reader?.restatPath())?.size, 100);
});

test("what is read ahead stays within the window, and is given back when the reader stops early", async (t) => {
  const { server, remote } = await connected(
    t,
    {},
    { chunkBytes, windowBytes: 10 * chunkBytes, fileWindowBytes: 4 * chunkBytes },
  );
  server.files.set("/f", generatedFile(1000 * chunkBytes));
  for (let round = 0; round < 8; round += 1) {
    const reader = await remote.openRead("/f");
    const before = server.requests.length;
    for await (const chunk of reader?.chunks(0) ?? []) {
      t.is(chunk.length, chunkBytes);
      await sleep(20);
      break;
    }
    await reader?.close();
    const reads = server.requests.slice(before).filter((request) => request.startsWith("READ")).length;
    t.true(reads >= 4 && reads <= 6, `${reads} READs ahead`);
  }
});

test("a reader whose bytes nobody takes doesn't starve the others", async (t) => {
  const { server, remote } = await connected(
    t,
    {},
    { chunkBytes, windowBytes: 4 * chunkBytes, fileWindowBytes: 4 * chunkBytes },
  );
  server.files.set("/f", generatedFile(100 * chunkBytes));
  const slow = (await remote.openRead("/f"))?.chunks(0)[Symbol.asyncIterator]();
  await slow?.next();
  const others = await Promise.all(
    Array.from({ length: 5 }, async () => (await contentOf(await remote.openRead("/f"))).length),
  );
  t.deepEqual(
    others,
    Array.from({ length: 5 }, () => 100 * chunkBytes),
  );
});

test("a connection that is lost in the middle rejects the read with the reason", async (t) => {
  const { server, remote } = await connected(
    t,
    { silent: new Set(["CLOSE"]) },
    { chunkBytes, fileWindowBytes: 2 * chunkBytes },
  );
  server.files.set("/f", generatedFile(100 * chunkBytes));
  const reader = await remote.openRead("/f");
  const error = await remoteErrorOf(
    t,
    "lost",
    (async () => {
      for await (const _ of reader?.chunks(0) ?? []) server.drop();
    })(),
  );
  t.true(remote.lost.aborted);
  t.is(remote.lost.reason, error);
  await reader?.close();
  await remoteErrorOf(t, "lost", remote.openRead("/f"));
});
