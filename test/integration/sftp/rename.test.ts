import test from "ava";
import { connected, recordingLog, remoteErrorOf } from "../../helpers/sftp/connected.ts";
import { directory, storedFile } from "../../helpers/sftp/files.ts";

const file = (text: string) => storedFile(Buffer.from(text));
const textOf = (server: { readonly files: ReadonlyMap<string, unknown> }, path: string) =>
  (server.files.get(path) as ReturnType<typeof storedFile> | undefined)?.content.toString();

test("publish renames, and replaces where the server does", async (t) => {
  const { server, remote } = await connected(t, { rename: "replaces" });
  server.files.set("/new", file("new"));
  server.files.set("/final", file("old"));
  t.true(await remote.publish("/new", "/final"));
  t.is(textOf(server, "/final"), "new");
  t.false(server.requests.includes("REMOVE /final"));
});

test("a file that is under neither name once it was renamed is warned of, once", async (t) => {
  const log = recordingLog();
  const { server, remote } = await connected(t, { rename: "loses" }, { log });
  for (const name of ["a", "b"]) {
    server.files.set(`/${name}.tmp`, file("new"));
    t.true(await remote.publish(`/${name}.tmp`, `/${name}`));
  }
  t.deepEqual(
    log.lines.filter((line) => /^warn: /.test(line)).map((line) => /under neither of its names/.test(line)),
    [true],
  );
});

test("where the server won't replace, publish unlinks first and says so", async (t) => {
  const log = recordingLog();
  const { server, remote } = await connected(t, { rename: "refuses-existing" }, { log });
  server.files.set("/new", file("new"));
  server.files.set("/final", file("old"));
  t.true(await remote.publish("/new", "/final"));
  t.is(textOf(server, "/final"), "new");
  t.false(server.files.has("/new"));
  t.regex(log.lines.join("\n"), /warn: .*unlinking it first/);
});

test("out of another directory, what is there is unlinked only once the new file was seen to get there", async (t) => {
  const { server, remote } = await connected(t, { rename: "refuses-existing" });
  server.files.set("/work", directory());
  server.files.set("/work/new", file("new"));
  server.files.set("/final", file("old"));
  t.true(await remote.publish("/work/new", "/final"));
  t.is(textOf(server, "/final"), "new");
  t.deepEqual(
    [...server.files.keys()].filter((path) => path.includes("new")),
    [],
  );
});

test("a work directory on another file system is told with the remedy, and the old file stays", async (t) => {
  const { server, remote } = await connected(t, { rename: "refuses-existing", renamesWithin: true });
  server.files.set("/work", directory());
  server.files.set("/work/new", file("new"));
  const first = await remoteErrorOf(t, "failure", remote.publish("/work/new", "/final"));
  t.regex(first.message, /same file system .* push\.work_directory/);
  server.files.set("/final", file("old"));
  t.regex((await remoteErrorOf(t, "failure", remote.publish("/work/new", "/final"))).message, /push\.work_directory/);
  t.is(textOf(server, "/final"), "old");
  t.is(textOf(server, "/work/new"), "new");
});

test("what is missing is false, and the old file stays", async (t) => {
  const { server, remote } = await connected(t, { rename: "refuses-existing" });
  server.files.set("/final", file("old"));
  t.false(await remote.publish("/new", "/final"));
  t.false(await remote.move("/new", "/other"));
  t.is(textOf(server, "/final"), "old");
});

test("a missing directory of the new name is an error that says so", async (t) => {
  const { server, remote } = await connected(t);
  server.files.set("/new", file("new"));
  t.regex(
    (await remoteErrorOf(t, "missing", remote.publish("/new", "/none/final"))).message,
    /directory it should go to/,
  );
  await remoteErrorOf(t, "missing", remote.move("/new", "/none/final"));
});

test("a server without rename is told with the remedy", async (t) => {
  const { server, remote } = await connected(t, { rename: "refuses" });
  server.files.set("/new", file("new"));
  const error = await remoteErrorOf(t, "unsupported", remote.publish("/new", "/final"));
  t.regex(error.message, /upload = "direct"/);
  t.is(textOf(server, "/new"), "new");
});

test("a rename without permission is told, and nothing is unlinked", async (t) => {
  const { server, remote } = await connected(t, { refuse: (request) => (request === "RENAME" ? 3 : undefined) });
  server.files.set("/new", file("new"));
  await remoteErrorOf(t, "permission", remote.publish("/new", "/final"));
  server.files.set("/final", directory());
  t.regex((await remoteErrorOf(t, "exists", remote.publish("/new", "/final"))).message, /a directory has that name/);
  t.false(server.requests.some((request) => request.startsWith("REMOVE")));
});

for (const rename of ["replaces", "refuses-existing"] as const)
  test(`move never replaces, although the server ${rename}`, async (t) => {
    const { server, remote } = await connected(t, { rename });
    server.files.set("/a", file("a"));
    server.files.set("/b", file("b"));
    t.is((await remoteErrorOf(t, "exists", remote.move("/a", "/b"))).path, "/a");
    t.is(textOf(server, "/b"), "b");
    t.true(await remote.move("/a", "/c"));
    t.is(textOf(server, "/c"), "a");
  });

test("OpenSSH's plain rename needs no look before", async (t) => {
  const { server, remote } = await connected(t, { ident: "OpenSSH_9.9", rename: "refuses-existing" });
  server.files.set("/a", file("a"));
  server.files.set("/b", file("b"));
  t.true(await remote.move("/a", "/c"));
  t.deepEqual(server.requests, ["RENAME /a"]);
  await remoteErrorOf(t, "exists", remote.move("/c", "/b"));
});

test("removing tells whether it was there", async (t) => {
  const { server, remote } = await connected(t);
  server.files.set("/f", file(""));
  server.files.set("/d", directory());
  t.true(await remote.remove("/f"));
  t.false(await remote.remove("/f"));
  t.true(await remote.removeDirectory("/d"));
  t.false(await remote.removeDirectory("/d"));
});

test("stat and lstat of what is missing are undefined", async (t) => {
  const { remote } = await connected(t);
  t.is(await remote.stat("/none"), undefined);
  t.is(await remote.lstat("/none"), undefined);
  t.like(await remote.stat("/"), { kind: "directory" });
});
