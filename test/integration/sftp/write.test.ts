import { setTimeout as sleep } from "node:timers/promises";
import test from "ava";
import fc from "fast-check";
import { RemoteError } from "../../../lambda/src/sftp/errors.ts";
import { connected, contentOf, remoteErrorOf, writeWhole } from "../../helpers/sftp/connected.ts";
import { directory, generatedFile, patternAt, storedFile } from "../../helpers/sftp/files.ts";

const chunkBytes = 1000;
const contentAt = (server: { readonly files: Map<string, unknown> }, path: string) =>
  (server.files.get(path) as ReturnType<typeof storedFile>).content;

test("a file of any size around the chunk borders arrives whole, in chunks of any size", async (t) => {
  const { server, remote } = await connected(t, {}, { chunkBytes, fileWindowBytes: 3 * chunkBytes });
  const sizes = fc.oneof(
    fc.integer({ min: 0, max: 6 * chunkBytes }),
    fc
      .tuple(fc.integer({ min: 0, max: 6 }), fc.integer({ min: -2, max: 2 }))
      .map(([n, d]) => Math.max(0, n * chunkBytes + d)),
  );
  let count = 0;
  await fc.assert(
    fc.asyncProperty(sizes, fc.integer({ min: 1, max: 3000 }), async (size, cut) => {
      count += 1;
      const path = `/f${count}`;
      const stat = await writeWhole(remote, path, patternAt(0, size), Math.max(cut, size / 200));
      t.true(contentAt(server, path).equals(patternAt(0, size)), `${size} bytes in chunks of ${cut}`);
      t.like(stat, { size, kind: "file" });
    }),
    { numRuns: 60 },
  );
  t.deepEqual(
    server.requests.filter((request) => /SETSTAT/.test(request)),
    [],
    "some servers refuse every SETSTAT",
  );
});

const openSsh = ["posix-rename", "statvfs", "fstatvfs", "hardlink", "fsync"].map((name) => `${name}@openssh.com`);

test("a small file takes OpenSSH two round trips: OPEN, then WRITE, FSTAT and CLOSE together", async (t) => {
  const extensions = Object.fromEntries(openSsh.map((name) => [name, () => 8]));
  const { server, remote } = await connected(t, { ident: "OpenSSH_9.9", delay: 100, extensions });
  await writeWhole(remote, "/f", Buffer.alloc(8192));
  t.deepEqual(server.trace, ["> OPEN", "< OPEN", "> WRITE", "> FSTAT", "> CLOSE", "< WRITE", "< FSTAT", "< CLOSE"]);
});

test("a thousand small files share one connection, many at a time", async (t) => {
  const { server, remote } = await connected(t, { ident: "OpenSSH_9.9", delay: 50 });
  let next = 0;
  await Promise.all(
    Array.from({ length: 250 }, async () => {
      for (let index = next++; index < 1000; index = next++) {
        await writeWhole(remote, `/f${index}.part`, patternAt(index, 1000));
        t.true(await remote.publish(`/f${index}.part`, `/f${index}`));
      }
    }),
  );
  t.true(
    Array.from({ length: 1000 }, (_, index) => contentAt(server, `/f${index}`).equals(patternAt(index, 1000))).every(
      Boolean,
    ),
  );
  t.is(server.sessions.most, 1);
});

test("create fails where something is, replace truncates, resume goes on", async (t) => {
  const { server, remote } = await connected(t);
  server.files.set("/f", storedFile(Buffer.from("0123456789")));
  const error = await remoteErrorOf(t, "exists", remote.openWrite("/f", { mode: "create" }));
  t.is(error.path, "/f");
  const resumed = await remote.openWrite("/f", { mode: "resume", offset: 4 });
  t.is(resumed.acknowledged, 4);
  await resumed.write(Buffer.from("abc"));
  await resumed.flush();
  t.is(resumed.acknowledged, 7);
  await resumed.close();
  t.is(contentAt(server, "/f").toString(), "0123abc789");
  const replaced = await remote.openWrite("/f", { mode: "replace" });
  await replaced.write(Buffer.from("new"));
  await replaced.close();
  t.is(contentAt(server, "/f").toString(), "new");
  await remoteErrorOf(t, "missing", remote.openWrite("/none", { mode: "resume" }));
});

test("a missing directory, a long name and a refusal are told apart", async (t) => {
  const { server, remote } = await connected(t, {
    refuse: (request, path) =>
      request !== "OPEN" ? undefined : path.startsWith("/locked") ? 3 : path.length > 255 ? 4 : undefined,
  });
  server.files.set("/locked", directory());
  t.regex(
    (await remoteErrorOf(t, "missing", remote.openWrite("/no/f", { mode: "create" }))).message,
    /its directory is not there/,
  );
  t.regex(
    (await remoteErrorOf(t, "permission", remote.openWrite("/locked/f", { mode: "create" }))).message,
    /"\/locked\/f"/,
  );
  t.regex(
    (await remoteErrorOf(t, "failure", remote.openWrite(`/${"x".repeat(300)}`, { mode: "create" }))).message,
    /more than 255 bytes/,
  );
});

test("what is acknowledged has no hole, whatever the order of the answers", async (t) => {
  const { server, remote } = await connected(t, { delay: () => Math.random() * 30 }, { chunkBytes });
  const writer = await remote.openWrite("/f", { mode: "create" });
  const seen: number[] = [];
  for (let index = 0; index < 60; index += 1) {
    await writer.write(patternAt(index * chunkBytes, chunkBytes));
    seen.push(writer.acknowledged);
    await sleep(1);
  }
  await writer.flush();
  t.is(writer.acknowledged, 60 * chunkBytes);
  t.true(seen.some((bytes) => bytes > 0 && bytes < 60 * chunkBytes));
  t.deepEqual(
    seen,
    seen.toSorted((a, b) => a - b),
  );
  t.like(await writer.close(), { size: 60 * chunkBytes });
  t.true(contentAt(server, "/f").equals(patternAt(0, 60 * chunkBytes)));
});

test("acknowledged stops before a write that has no answer", async (t) => {
  const { promise: third, resolve: answerThird } = Promise.withResolvers<number>();
  let writes = 0;
  const { server, remote } = await connected(
    t,
    {
      delay: (request) => {
        if (request === "WRITE") writes += 1;
        return request === "WRITE" && writes === 3 ? third : 0;
      },
    },
    { chunkBytes },
  );
  const writer = await remote.openWrite("/f", { mode: "create" });
  for (let index = 0; index < 8; index += 1) await writer.write(Buffer.alloc(chunkBytes));
  while (server.trace.filter((step) => step === "< WRITE").length < 7) await sleep(10);
  await remote.stat("/");
  t.is(writer.acknowledged, 2 * chunkBytes);
  answerThird(0);
  await writer.close();
  t.is(writer.acknowledged, 8 * chunkBytes);
});

test("a server that looks too early is asked again for the size", async (t) => {
  const { remote } = await connected(
    t,
    { ident: "Parallel", delay: (request) => (request === "WRITE" ? 50 : 0) },
    { chunkBytes },
  );
  t.like(await writeWhole(remote, "/f", Buffer.alloc(5 * chunkBytes)), { size: 5 * chunkBytes });
});

test("what is in flight stays within the window, over all files", async (t) => {
  let outstanding = 0;
  let most = 0;
  const { remote } = await connected(
    t,
    {
      delay: (request) => {
        if (request !== "WRITE") return 0;
        outstanding += 1;
        most = Math.max(most, outstanding);
        setTimeout(() => {
          outstanding -= 1;
        }, 19);
        return 20;
      },
    },
    { chunkBytes, windowBytes: 12 * chunkBytes, fileWindowBytes: 5 * chunkBytes },
  );
  const one = async (path: string) => {
    const writer = await remote.openWrite(path, { mode: "create" });
    for (let index = 0; index < 40; index += 1) await writer.write(Buffer.alloc(chunkBytes));
    await writer.close();
  };
  await one("/alone");
  t.true(most >= 4 && most <= 5, `${most} for one file`);
  most = 0;
  await Promise.all(["/a", "/b", "/c", "/d"].map(one));
  t.true(most >= 8 && most <= 12, `${most} for four`);
});

test("no more requests are under way for a file than any server bears", async (t) => {
  const { server, remote } = await connected(t, { delay: 20 }, { chunkBytes: 100 });
  await writeWhole(remote, "/f", patternAt(0, 30_000), 100);
  const reader = await remote.openRead("/f");
  t.true((await contentOf(reader)).equals(patternAt(0, 30_000)));
  for (const request of ["WRITE", "READ"]) {
    let outstanding = 0;
    let most = 0;
    for (const step of server.trace) {
      outstanding += step === `> ${request}` ? 1 : step === `< ${request}` ? -1 : 0;
      most = Math.max(most, outstanding);
    }
    t.is(most, 64, request);
  }
});

test("a full disk is told as such, and the handle is closed", async (t) => {
  const { server, remote } = await connected(t, { fullAfter: 5000 }, { chunkBytes });
  const error = await remoteErrorOf(t, "full", writeWhole(remote, "/f", Buffer.alloc(20_000), chunkBytes));
  t.regex(error.message, /cannot write "\/f": the server says "No space left on device"/);
  t.true(await remote.remove("/f"));
  const writer = await remote.openWrite("/g", { mode: "create" });
  await writer.write(Buffer.alloc(20_000)).catch(() => {});
  await remoteErrorOf(t, "full", writer.flush());
  await remoteErrorOf(t, "full", writer.write(Buffer.alloc(1)));
  await remoteErrorOf(t, "full", writer.close());
  t.true(server.requests.includes("CLOSE /g"));
});

test("a connection that drops in the middle rejects everything at once, with one reason", async (t) => {
  const { remote } = await connected(t, { dropAfter: 50_000 }, { chunkBytes });
  const files = await Promise.allSettled(
    ["/a", "/b", "/c"].map((path) => writeWhole(remote, path, Buffer.alloc(100_000), chunkBytes)),
  );
  const reasons = files.map((file) => (file.status === "rejected" ? (file.reason as RemoteError) : undefined));
  t.true(reasons.every((reason) => reason instanceof RemoteError && reason.kind === "lost"));
  t.true(remote.lost.aborted);
  await remoteErrorOf(t, "lost", remote.stat("/"));
  await remote.close();
});

test("a CLOSE that is never answered ends the connection within the deadline", async (t) => {
  const { remote } = await connected(t, { silent: new Set(["CLOSE"]) }, { config: { operationTimeoutSeconds: 5 } });
  const started = performance.now();
  const error = await remoteErrorOf(t, "lost", writeWhole(remote, "/f", Buffer.alloc(10)));
  t.regex(error.message, /no answer within 5 s to: close "\/f"/);
  t.true(performance.now() - started < 60_000);
  t.true(remote.lost.aborted);
});

test("closing waits for no server: a second or two, and the socket is gone", async (t) => {
  const { server, remote } = await connected(t, { silent: new Set(["STAT"]) });
  const pending = remoteErrorOf(t, "lost", remote.stat("/"));
  const started = performance.now();
  await remote.close();
  t.true(performance.now() - started < 20_000);
  t.regex((await pending).message, /has been closed/);
  await remoteErrorOf(t, "lost", remote.stat("/"));
  t.false(remote.lost.aborted, "it was not lost");
  await sleep(50);
  t.is(server.sessions.open, 0);
});

test("destroying it rejects what is under way with the reason", async (t) => {
  const { remote } = await connected(t, { silent: new Set(["STAT"]) });
  const pending = remoteErrorOf(t, "lost", remote.stat("/"));
  remote.destroy(new Error("the lease has lapsed"));
  t.regex((await pending).message, /given up: the lease has lapsed/);
  t.true(remote.lost.aborted);
});

test("a large file goes over several channels once there is a round-trip time", async (t) => {
  const size = 12 * 1024 * 1024 + 123;
  const { server, remote } = await connected(
    t,
    { ident: "OpenSSH_9.9", delay: (request) => (request === "WRITE" ? 20 : 0) },
    { spreadRoundTripMs: 0, spreadBytes: 1e6, fileWindowBytes: 1e6 },
  );
  const file = generatedFile();
  server.files.set("/f", file);
  const writer = await remote.openWrite("/f", { mode: "resume" });
  for (let at = 0; at < size; at += 100_000) await writer.write(patternAt(at, Math.min(100_000, size - at)));
  t.like(await writer.close(), { size });
  t.is(file.wrong, 0);
  t.is(writer.acknowledged, size);
  t.is(server.sessions.channels, 4);
  const count = (what: string) => server.requests.filter((request) => request === `${what} /f`).length;
  t.is(count("OPEN"), 4);
  t.is(count("CLOSE"), 4);

  const reader = await remote.openRead("/f");
  let at = 0;
  for await (const chunk of reader?.chunks(0) ?? []) {
    if (!patternAt(at, chunk.length).equals(chunk)) t.fail(`wrong at ${at}`);
    at += chunk.length;
  }
  t.is(at, size);
  await reader?.close();
  t.is(count("OPEN"), 8);
  t.is(count("CLOSE"), 8);
});

for (const [what, quirks] of Object.entries({
  refuses: { channels: 1 },
  "doesn't answer for": { channels: 1, channelRefusal: "ignore" },
  "won't have a file open twice on": { exclusive: true },
} as const))
  test(`a server that ${what} a second channel gets the file over one`, async (t) => {
    const size = 12 * 1024 * 1024;
    const { server, remote } = await connected(t, quirks, {
      spreadRoundTripMs: 0,
      spreadBytes: 1e6,
      fileWindowBytes: 1e6,
    });
    const file = generatedFile();
    server.files.set("/f", file);
    const writer = await remote.openWrite("/f", { mode: "resume" });
    for (let at = 0; at < size; at += 100_000) await writer.write(patternAt(at, Math.min(100_000, size - at)));
    t.like(await writer.close(), { size });
    t.is(file.wrong, 0);
    t.false(remote.lost.aborted);
  });
