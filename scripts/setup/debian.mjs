// Debian's packages, unpacked into a folder instead of being installed: installing a server would start it on its usual
// port of the machine, and needs root.
import { existsSync, mkdirSync, readdirSync } from "node:fs";
import { dirname, join } from "node:path";
import { cached } from "./cache.mjs";
import { run, which } from "./run.mjs";

/**
 * Downloads `packages` and unpacks them into the folder `root` of `work`. Names of libraries change with the release, so one that doesn't
 * exist is no fault; the first package has to be there. Throws with `remedy`.
 */
export async function unpackPackages(work, packages, note, remedy) {
  const [needed] = packages;
  if (!(await which("apt-get")) || !(await which("dpkg-deb")))
    throw new Error(`${needed} is not on this machine: ${remedy}`);
  const download = join(work, "packages");
  mkdirSync(download);
  note(`downloading ${needed}'s packages`);
  if (!(await fetchPackages(download, packages))) {
    if (process.getuid?.() !== 0)
      throw new Error(`apt-get knows no package ${needed}: run apt-get update as root, or ${remedy}`);
    note("apt-get update");
    await run("apt-get", ["update", "-qq"]);
    if (!(await fetchPackages(download, packages))) throw new Error(`apt-get has no package ${needed}: ${remedy}`);
  }
  for (const name of readdirSync(download)) await run("dpkg-deb", ["-x", join(download, name), join(work, "root")]);
}

/**
 * The path of `program`: the machine's own, else out of a package that needs no other one, in the cache as `folder`. `probe` are arguments
 * with which it has to run. Throws with `remedy`.
 */
export async function unpackedProgram({ program, package: name, folder = name, probe, remedy }, note) {
  const found = await which(program);
  if (found) return found;
  const path = (work) => join(work, "root/usr/bin", program);
  const unpacked = await cached(folder, note, async (work) => {
    await unpackPackages(work, [name], note, remedy);
    await run(path(work), probe).catch((error) => {
      throw new Error(`the unpacked ${program} does not run (${error.message}): ${remedy}`);
    });
  });
  return path(unpacked);
}

async function fetchPackages(folder, packages) {
  // One call for those that this release knows: apt-get takes seconds to begin, and refuses all for the sake of one.
  const policy = await run("apt-cache", ["policy", ...packages]).catch(() => "");
  const known = packages.filter((name) => new RegExp(`^${name}:\\n.*\\n  Candidate: \\d`, "m").test(policy));
  if (known.length > 0) await run("apt-get", ["download", "-qq", ...known], { cwd: folder }).catch(() => undefined);
  return readdirSync(folder).some((name) => name.startsWith(`${packages[0]}_`));
}

/** The folder below `root`/usr/lib that holds a library whose name matches, as a value for LD_LIBRARY_PATH; "" for none. */
export function libraryFolder(root, library) {
  const lib = join(root, "usr/lib");
  const name = existsSync(lib) ? readdirSync(lib, { recursive: true }).find((path) => library.test(path)) : undefined;
  return name ? dirname(join(lib, name)) : "";
}
