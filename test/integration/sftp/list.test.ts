import test, { type ExecutionContext } from "ava";
import type { Remote } from "../../../lambda/src/sftp/remote.ts";
import type { Quirks } from "../../helpers/sftp/adversary.ts";
import { connected, remoteErrorOf } from "../../helpers/sftp/connected.ts";
import { directory, generatedFile, storedFile, symlink } from "../../helpers/sftp/files.ts";

const listed = async (remote: Remote, path: string) => {
  const entries = [];
  for await (const batch of remote.list(path)) entries.push(...batch);
  return entries;
};

test("entries have kind, size and time from their attributes, not from the long name", async (t) => {
  const { server, remote } = await connected(t);
  server.files.set("/d", directory());
  server.files.set("/d/file", generatedFile(7));
  server.files.set("/d/link", symlink());
  server.files.set("/d/sub", directory());
  server.files.set("/d/sub/deep", storedFile());
  const entries = await listed(remote, "/d");
  t.deepEqual(
    entries.map(({ name, kind }) => [name, kind]),
    [
      ["file", "file"],
      ["link", "symlink"],
      ["sub", "directory"],
    ],
    "the long names all say directory",
  );
  t.like(entries[0], { size: 7, mtime: server.files.get("/d/file")?.mtime });
});

test("the directory and the one above it are left out; whatever else can't be a name is handed on unchecked", async (t) => {
  const names = ["../etc/passwd", "a/b", "..a", ".hidden", "/abs", "sp ace", "naïve ☃"];
  const { server, remote } = await connected(t, { names: ["../", "./", "/d", "/d/", "/d/..", "/", ...names] });
  server.files.set("/d", directory());
  t.deepEqual(
    (await listed(remote, "/d")).map(({ name }) => name),
    names,
  );
});

test("whole paths, a leading ./ and a slash at the end stand for the name itself", async (t) => {
  const { server, remote } = await connected(t, { names: ["/d/one", "./two", "sub/", ".//three", "/home/us/d/four"] });
  for (const path of ["/d", "/d/sub"]) server.files.set(path, directory());
  server.files.set("/d/four", storedFile());
  const names = (await listed(remote, "/d")).map(({ name }) => name);
  t.deepEqual([...new Set(names)].sort(), ["four", "one", "sub", "three", "two"]);
});

test("20,000 entries come once each, with many READDIRs under way and a bounded number waiting", async (t) => {
  const { server, remote } = await connected(t, {
    names: Array.from({ length: 20_000 }, (_, index) => `file-${index}`),
    delay: 20,
  });
  const names = new Set<string>();
  let batches = 0;
  for await (const batch of remote.list("/")) {
    batches += 1;
    for (const { name } of batch) names.add(name);
  }
  t.is(names.size, 20_000);
  t.is(batches, 201);
  let outstanding = 0;
  let most = 0;
  for (const step of server.trace) {
    outstanding += step === "> READDIR" ? 1 : step === "< READDIR" ? -1 : 0;
    most = Math.max(most, outstanding);
  }
  t.true(most > 32 && most <= 64, `${most} at once`);
});

test("a small directory costs two READDIRs, and tells the round trip", async (t) => {
  const { server, remote } = await connected(t, { delay: 20 });
  server.files.set("/d", directory());
  t.is(remote.roundTripMs, undefined);
  await listed(remote, "/d");
  t.true((remote.roundTripMs ?? 0) >= 19);
  t.is(server.requests.filter((request) => request.startsWith("READDIR")).length, 2);
});

test("answers in another order lose nothing, also behind the end", async (t) => {
  const { remote } = await connected(t, {
    names: Array.from({ length: 500 }, (_, index) => `${index}`),
    batch: 10,
    delay: () => Math.random() * 20,
  });
  t.is(new Set((await listed(remote, "/")).map(({ name }) => name)).size, 500);
});

test("stopping early closes the directory", async (t) => {
  const { server, remote } = await connected(t, { names: Array.from({ length: 5000 }, (_, index) => `${index}`) });
  for await (const _ of remote.list("/")) break;
  await remote.stat("/");
  t.true(server.requests.includes("CLOSE /"));
  const asked = server.requests.filter((request) => request.startsWith("READDIR")).length;
  t.true(asked <= 64, `${asked} READDIRs`);
});

test("attributes that are left out are asked for", async (t) => {
  const { server, remote } = await connected(t, { bareListing: true });
  server.files.set("/d", directory());
  server.files.set("/d/f", generatedFile(9));
  server.files.set("/d/s", directory());
  t.deepEqual(
    (await listed(remote, "/d")).map(({ name, kind, size }) => [name, kind, size]),
    [
      ["f", "file", 9],
      ["s", "directory", 4096],
    ],
  );
  t.true(server.requests.includes("LSTAT /d/f"));
});

test("a missing directory and one that may not be read are told apart", async (t) => {
  const { server, remote } = await connected(t, {
    refuse: (request, path) => (request === "OPENDIR" && path === "/locked" ? 3 : undefined),
  });
  server.files.set("/locked", directory());
  t.is((await remoteErrorOf(t, "missing", listed(remote, "/none"))).path, "/none");
  await remoteErrorOf(t, "permission", listed(remote, "/locked"));
});

test("an error in the middle is an error, not an end", async (t) => {
  let reads = 0;
  const { remote } = await connected(t, {
    names: Array.from({ length: 1000 }, (_, index) => `${index}`),
    refuse: (request) => {
      if (request !== "READDIR") return undefined;
      reads += 1;
      return reads === 5 ? 4 : undefined;
    },
  });
  await remoteErrorOf(t, "failure", listed(remote, "/"));
});

test("the login directory is the empty path", async (t) => {
  const { remote } = await connected(t, { names: ["x"] });
  t.deepEqual(
    (await listed(remote, "")).map(({ name }) => name),
    ["x"],
  );
});

/** The kinds of what lies in `/d`, of which no type is told: a file, an empty one, and directories with nothing and with a file in them. */
const kindsOf = async (t: ExecutionContext, quirks: Quirks) => {
  const attributes = ({ mtime, atime, size }: { mtime: number; atime: number; size: number }) => ({
    mtime,
    atime,
    size,
  });
  const { server, remote } = await connected(t, { ...quirks, attributes });
  for (const path of ["/d", "/d/none", "/d/some"]) server.files.set(path, directory());
  server.files.set("/d/file", storedFile(Buffer.from("content")));
  server.files.set("/d/empty", storedFile());
  server.files.set("/d/some/file", storedFile());
  return Object.fromEntries((await listed(remote, "/d")).map(({ name, kind }) => [name, kind]));
};

test("where whatever is asked for can be opened as a directory, what can be read is a file, if no type is told", async (t) => {
  const told = { file: "file", empty: "file", none: "directory", some: "directory" };
  t.deepEqual(await kindsOf(t, { opensAnything: true }), told);
  t.deepEqual(await kindsOf(t, {}), told);
});

test("a directory that reads as an empty file is one if it has entries, or if what isn't there doesn't open as one", async (t) => {
  const told = { file: "file", empty: "file", none: "directory", some: "directory" };
  t.deepEqual(await kindsOf(t, { readsDirectories: true }), told);
  t.deepEqual(await kindsOf(t, { readsDirectories: true, opensAnything: true }), { ...told, none: "file" });
});
