// Finds in committed files what belongs to one machine: its folders, and the hosts that its package managers ask.
import { homedir } from "node:os";
import { dirname } from "node:path";
import { run } from "./setup/run.mjs";

/** Throws with the places where a committed file names a registry's host or a folder of this machine. */
export async function findStrays(root) {
  const marks = [...(await hosts()), ...folders(root)];
  const pattern = marks
    .map((mark) => `(^|[^A-Za-z0-9_.-])${mark.replaceAll(/[.+*?^$(){}|[\]\\]/g, "\\$&")}([^A-Za-z0-9_-]|$)`)
    .join("|");
  // git grep fails with status 1 and prints nothing where it finds nothing.
  const found = await run("git", ["grep", "-nIE", "-e", pattern, "--", ".", ":!lambda/dist"], { cwd: root }).catch(
    (error) => {
      if (/failed with status 1$/.test(error.message)) return "";
      throw error;
    },
  );
  if (found !== "") throw new Error(`these lines name a registry's host or a folder of this machine:\n${found}`);
}

/** Asked from the programs themselves, so that this file names none. */
async function hosts() {
  const ask = (command, ...args) => run(command, args).catch(() => "");
  const addresses = await Promise.all([
    ask("npm", "config", "get", "registry"),
    ask("go", "env", "GOPROXY", "GOSUMDB"),
    ask("python3", "-c", "from pip._internal.models.index import PyPI; print(PyPI.url, PyPI.file_storage_domain)"),
    ask("pip", "config", "get", "global.index-url"),
  ]);
  return [
    ...new Set(
      addresses
        .join("\n")
        .split(/[\s,]+/)
        .map(
          (address) =>
            address
              .replace(/^[a-z]+:\/\//, "")
              .replace(/^[^/]*@/, "")
              .split("/")[0],
        ),
    ),
  ].filter((host) => host.includes("."));
}

/** The home and the folder that holds the clone; "/" and "/tmp" would be no mark of a machine. */
function folders(root) {
  const candidates = [homedir(), dirname(root.replace(/\/$/, ""))];
  return candidates.filter((folder) => !["/", "/tmp"].includes(folder)).map((folder) => `${folder}/`);
}
