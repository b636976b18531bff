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
