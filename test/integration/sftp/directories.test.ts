import test from "ava";
import { parentOf } from "../../../lambda/src/sftp/directories.ts";
import { connected, remoteErrorOf, writeWhole } from "../../helpers/sftp/connected.ts";
import { directory, storedFile } from "../../helpers/sftp/files.ts";

const made = (requests: readonly string[]) => requests.filter((request) => request.startsWith("MKDIR"));

test("parents are made first, and nothing twice", async (t) => {
  const { server, remote } = await connected(t);
  await Promise.all(["/a/b/c", "/a/b/c", "/a/b/d", "/a/b"].map((path) => remote.ensureDirectory(path)));
  t.deepEqual(made(server.requests).toSorted(), ["MKDIR /a", "MKDIR /a/b", "MKDIR /a/b/c", "MKDIR /a/b/d"]);
  const before = server.requests.length;
  await remote.ensureDirectory("/a/b/c/");
  await remote.ensureDirectory("/a");
  t.is(server.requests.length, before, "they are known");
});

test("what is there costs one look, whatever its depth", async (t) => {
  const { server, remote } = await connected(t);
  for (const path of ["/a", "/a/b", "/a/b/c"]) server.files.set(path, directory());
  await remote.ensureDirectory("/a/b/c");
  t.deepEqual(server.requests, ["STAT /a/b/c"]);
});

test("another run may be quicker", async (t) => {
  const { server, remote } = await connected(t, {
    refuse: (request, path) => {
      if (request !== "MKDIR") return undefined;
      server.files.set(path, directory());
      return 4;
    },
  });
  await remote.ensureDirectory("/a/b");
  t.true(server.files.has("/a/b"));
});

test("a missing permission names the directory that lacks it", async (t) => {
  const { server, remote } = await connected(t, {
    refuse: (request, path) => (request === "MKDIR" && path === "/a/b" ? 3 : undefined),
  });
  const error = await remoteErrorOf(t, "permission", remote.ensureDirectory("/a/b/c"));
  t.regex(error.message, /cannot make the directory "\/a\/b": the user may not write to "\/a"/);
  server.files.set("/a/b", directory());
  await remote.ensureDirectory("/a/b/c");
  t.true(server.files.has("/a/b/c"), "a failure is not remembered");
});

test("a file in the way is told", async (t) => {
  const { server, remote } = await connected(t);
  server.files.set("/a", storedFile());
  await remoteErrorOf(t, "exists", remote.ensureDirectory("/a/b"));
  await remoteErrorOf(t, "exists", remote.ensureDirectory("/a"));
});

test("a directory that the partner removed is made again", async (t) => {
  const { server, remote } = await connected(t);
  await remote.ensureDirectory("/a/b");
  server.files.delete("/a/b");
  server.files.delete("/a");
  await remoteErrorOf(t, "missing", writeWhole(remote, "/a/b/f", Buffer.alloc(1)));
  await remote.ensureDirectory("/a/b");
  await writeWhole(remote, "/a/b/f", Buffer.alloc(1));
  t.true(server.files.has("/a/b/f"));
});

test("the login directory and the root need no making", async (t) => {
  const { server, remote } = await connected(t);
  for (const path of ["", ".", "/"]) await remote.ensureDirectory(path);
  t.deepEqual(server.requests, []);
  t.deepEqual(["", "a", "/", "/a", "/a/b", "a/b", "a/b/"].map(parentOf), ["", "", "", "/", "/a", "a", "a"]);
});

test("a directory of one name that the server finds nothing above is made by a name with a slash", async (t) => {
  const { server, remote } = await connected(t, {
    refuse: (request, path) => (request === "MKDIR" && path === "inbox" ? 2 : undefined),
  });
  server.files.set(".", directory());
  await remote.ensureDirectory("inbox");
  t.true(server.files.has("./inbox"));
});
