import test from "ava";
import fc from "fast-check";
import { RefusedError } from "../../../lambda/src/transfer/errors.ts";
import {
  isTemporary,
  joinRemote,
  keyFor,
  nameOf,
  remotePathFor,
  temporaryPathFor,
} from "../../../lambda/src/transfer/paths.ts";

const refused = [
  ["../x", /leave its directory/],
  ["a/../x", /leave its directory/],
  ["a/./x", /leave its directory/],
  ["..\\..\\x", /leave its directory/],
  ["/x", /empty segment/],
  ["a//x", /empty segment/],
  ["a/", /empty segment/],
  ["a\0b", /NUL/],
  [`${"ä".repeat(128)}`, /256 bytes/],
] as const;

for (const [path, reason] of refused) {
  test(`refused on either side, by stream, name and reason: ${JSON.stringify(path).slice(0, 30)}`, (t) => {
    for (const make of [remotePathFor, keyFor]) {
      const error = t.throws(() => make("acme", "root", path), { instanceOf: RefusedError });
      t.regex(error.message, reason);
      t.regex(error.message, /Stream acme/);
    }
  });
}

/** Refused on the way to the partner only, whatever the directory: servers on Windows read these as another place. */
const elsewhere = [
  ["C:\\Windows\\x", /drive letter "C:"/],
  ["C:/Windows/x", /drive letter "C:"/],
  ["c:x", /drive letter "c:"/],
  ["Z:", /drive letter "Z:"/],
  ["\\\\host\\share\\x", /begins with a backslash/],
  ["\\\\?\\C:\\x", /begins with a backslash/],
  ["\\Windows\\x", /begins with a backslash/],
] as const;

/** Refused below a log-in directory, which may be a home. */
const atHome = [
  [".ssh/authorized_keys", /decides who may log in/],
  [".SSH/authorized_keys", /decides who may log in/],
  [".Ssh\\authorized_keys", /decides who may log in/],
  [".ssh", /decides who may log in/],
  [".ssh./rc", /decides who may log in/],
  [".ssh . /rc", /decides who may log in/],
  [".ssh::$INDEX_ALLOCATION/rc", /decides who may log in/],
  ["SSH~1/authorized_keys", /decides who may log in/],
  [".s\u200csh/authorized_keys", /decides who may log in/],
  [".\u017f\uff53h/authorized_keys", /decides who may log in/],
  ["~", /take for a home directory/],
  ["~/x", /take for a home directory/],
  ["~root/x", /take for a home directory/],
  ["~\\x", /take for a home directory/],
] as const;

for (const [path, reason] of elsewhere)
  test(`refused at the partner, wherever the stream's directory is: ${JSON.stringify(path)}`, (t) => {
    for (const directory of ["", "/", "inbox", "/upload"]) {
      const error = t.throws(() => remotePathFor("acme", directory, path), { instanceOf: RefusedError });
      t.regex(error.message, reason);
      t.regex(error.message, /^Stream acme: the S3 key .* Rename it/);
      t.notRegex(error.message, /absolute push\.sftp/, "no directory lets it through");
    }
    t.is(keyFor("acme", "in/", path), `in/${path}`, "to S3 it is a name like others");
  });

for (const [path, reason] of atHome)
  test(`refused below a log-in directory, and sent below an absolute one: ${JSON.stringify(path)}`, (t) => {
    for (const directory of ["", "/", "inbox", "us/inbox"]) {
      const error = t.throws(() => remotePathFor("acme", directory, path), { instanceOf: RefusedError });
      t.regex(error.message, reason);
      t.regex(error.message, /^Stream acme: .* absolute push\.sftp \(not "\/"\) .* less safe/);
    }
    t.is(remotePathFor("acme", "/home/us", path), `/home/us/${path}`);
    t.is(keyFor("acme", "in/", path), `in/${path}`, "to S3 it is a name like others");
  });

test("names that only resemble those are taken, in the log-in directory too", (t) => {
  for (const path of [
    "x/.ssh/y",
    "x/~/y",
    "x/C:/y",
    ".sshd/x",
    ".ssh2",
    "ssh/x",
    "~$report.docx",
    "a~",
    "ab:c",
    "1:2",
    "xy:stream",
    "ä:x",
  ])
    for (const directory of ["", "inbox"]) t.is(remotePathFor("acme", directory, path), joinRemote(directory, path));
});

test("names that look odd and aren't dangerous are taken as they are", (t) => {
  for (const name of ["a b", "-rf", ".hidden", "...", "a+b%20#c", "ünï", "a\\b", `${"n".repeat(255)}`]) {
    t.is(remotePathFor("acme", "in", `x/${name}`), `in/x/${name}`);
  }
});

test("a key may have 1,024 bytes", (t) => {
  const path = Array.from({ length: 10 }, () => "d".repeat(101)).join("/");
  t.is(keyFor("acme", "1234/", path).length, 1024);
  t.throws(() => keyFor("acme", "12345/", path), { message: /1025 bytes/ });
});

test("no path that is taken leaves its root", (t) => {
  const segment = fc.oneof(fc.string(), fc.constantFrom("..", ".", "", "\\..", "..\\", "/", "a"));
  t.notThrows(() =>
    fc.assert(
      fc.property(fc.array(segment), (segments) => {
        let path: string;
        try {
          path = remotePathFor("acme", "/upload", segments.join("/"));
        } catch (error) {
          return error instanceof RefusedError;
        }
        const parts = path.split("/").slice(2);
        return (
          path.startsWith("/upload/") && parts.length > 0 && parts.every((part) => !["", ".", ".."].includes(part))
        );
      }),
      { numRuns: 2_000 },
    ),
  );
});

test("joining to the log-in directory, the root and others", (t) => {
  t.is(joinRemote("", "a/b"), "a/b");
  t.is(joinRemote("/", "a/b"), "/a/b");
  t.is(joinRemote("/x", "a/b"), "/x/a/b");
});

test("a temporary name lies beside the final one, is known as one, and is short whatever the final one is", (t) => {
  t.is(temporaryPathFor("a", "n"), ".s3-sftp-bridge-n.tmp");
  t.is(temporaryPathFor("/a", "n"), "/.s3-sftp-bridge-n.tmp");
  const path = temporaryPathFor(`dir/${"x".repeat(255)}`, "nonce");
  t.true(path.startsWith("dir/"));
  t.true(isTemporary(nameOf(path)));
  t.true(nameOf(path).length < 60);
});
