// Run by a test as a program of its own: starts one of everything, prints the folders as a line of JSON, and waits to be
// ended; with the argument `throw` it ends itself.
import { dirname } from "node:path";
import { startPasswordServer, startSshd, startStack } from "../../stack/index.ts";

const [stack, sshd, small, passwords] = await Promise.all([
  startStack(),
  startSshd(),
  startSshd({ diskBytes: 1024 * 1024 }),
  startPasswordServer(),
]);
const folders = [stack.folder, dirname(sshd.root), dirname(small.root), dirname(passwords.files.path("."))];
console.log(JSON.stringify(folders));
if (process.argv[2] === "throw") {
  await new Promise((resolve) => setTimeout(resolve, 2000));
  throw new Error("as the test wants it");
}
await new Promise((resolve) => setTimeout(resolve, 120_000));
