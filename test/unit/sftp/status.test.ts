import test from "ava";
import { RemoteError } from "../../../lambda/src/sftp/errors.ts";
import { printable, without } from "../../../lambda/src/sftp/printable.ts";
import { saysInUse, statusCode, toRemoteError } from "../../../lambda/src/sftp/status.ts";

const deed = { partner: "us@host:22", action: "open for writing", path: "in/a\nb" };
const status = (code: number, message: string) => Object.assign(new Error(message), { code });

for (const [code, message, kind] of [
  [2, "No such file", "missing"],
  [3, "Permission denied", "permission"],
  [4, "Failure", "failure"],
  [4, "No space left on device", "full"],
  [4, "write: Disk quota exceeded", "full"],
  [4, "Out of disk space", "full"],
  [4, "File already exists", "exists"],
  [4, "No such path", "missing"],
  [5, "Bad message", "failure"],
  [7, "Connection lost", "lost"],
  [8, "Operation unsupported", "unsupported"],
  [10, "no such path", "missing"],
  [11, "exists", "exists"],
  [14, "no space", "full"],
  [15, "quota", "full"],
  [99, "from the future", "failure"],
] as const)
  test(`status ${code} "${message}" is ${kind}`, (t) => t.is(toRemoteError(status(code, message), deed).kind, kind));

test("a code of a later version that comes without words has its own; a lock is nothing that is in the way", (t) => {
  const error = toRemoteError(status(14, "Unknown status"), deed);
  t.is(error.kind, "full");
  t.regex(error.message, /the server says "no space is left on the file system"/);
  t.regex(toRemoteError(status(99, "Unknown status"), deed).message, /the server says "status 99"/);
  t.true(saysInUse(toRemoteError(status(17, ""), deed)));
  t.false(saysInUse(toRemoteError(status(18, ""), deed)));
});

test("an error without a status is the connection's loss", (t) => {
  t.is(toRemoteError(new Error("No response from server"), deed).kind, "lost");
  t.is(statusCode(Object.assign(new Error("x"), { code: "ECONNRESET" })), undefined);
});

test("the message names partner, deed, path and the server's words, on one line", (t) => {
  const error = toRemoteError(status(3, "Permission\u0007 denied\nreally"), deed);
  t.is(error.path, "in/a\nb");
  t.regex(
    error.message,
    /^us@host:22: cannot open for writing "in\/a\\nb": the server says "Permission denied really"\. /,
  );
  t.false(error.message.includes("\n"));
});

test("an error that is one already stays as it is", (t) => {
  const error = new RemoteError("changed", "x");
  t.is(toRemoteError(error, deed), error);
});

test("a server's words are cut, and secrets taken out of them", (t) => {
  t.is(printable(`a${"b".repeat(300)}`).length, 201);
  t.is(without("password is hunter2!", ["hunter2", undefined, "is"]), "password is ***!");
});
