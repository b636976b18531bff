// GnuPG: what is encrypted for partners is decrypted with it in tests, and the other way round. Debian packages, unpacked into
// the cache where the machine has none.
import { chmodSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { cached } from "./cache.mjs";
import { libraryFolder, unpackPackages } from "./debian.mjs";
import { run, which } from "./run.mjs";

const remedy = "install GnuPG (Debian, Ubuntu: apt-get install gnupg; Fedora: dnf install gnupg2; brew install gnupg)";

const packages = [
  "gpg",
  "gpg-agent",
  "libassuan0",
  "libassuan9",
  "libgcrypt20",
  "libgpg-error0",
  "libksba8",
  "libnpth0",
  "libnpth0t64",
];

/** The path of `gpg`. */
export async function provideGnupg(note) {
  const found = await which("gpg");
  if (found) return found;
  const folder = await cached("gnupg", note, async (work) => {
    await unpackPackages(work, packages, note, remedy);
  });
  // The agent, which has the private keys, is found beside it and not below /usr.
  const root = join(folder, "root");
  const program = join(folder, "gpg");
  const libraries = libraryFolder(root, /libgcrypt\.so/);
  const agent = join(root, "usr/bin/gpg-agent");
  writeFileSync(
    program,
    `#!/bin/sh\nLD_LIBRARY_PATH='${libraries}' exec '${join(root, "usr/bin/gpg")}' --agent-program '${agent}' "$@"\n`,
  );
  chmodSync(program, 0o755);
  await run(program, ["--version"]).catch((error) => {
    throw new Error(`the unpacked gpg does not run (${error.message}): ${remedy}`);
  });
  return program;
}
