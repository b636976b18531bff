// PuTTY's key program: keys in its format are made and converted with it in tests. A Debian package, unpacked into the cache
// where the machine has none.
import { join } from "node:path";
import { cached } from "./cache.mjs";
import { unpackPackages } from "./debian.mjs";
import { run, which } from "./run.mjs";

const remedy =
  "install PuTTY's tools (Debian, Ubuntu: apt-get install putty-tools; Fedora: dnf install putty; brew install putty)";

/** The path of `puttygen`. */
export async function providePuttygen(note) {
  const found = await which("puttygen");
  if (found) return found;
  const folder = await cached("putty", note, async (work) => {
    await unpackPackages(work, ["putty-tools"], note, remedy);
    await run(join(work, "root/usr/bin/puttygen"), ["--version"]).catch((error) => {
      throw new Error(`the unpacked puttygen does not run (${error.message}): ${remedy}`);
    });
  });
  return join(folder, "root/usr/bin/puttygen");
}
