// Python programs of the local stack (the AWS emulator, the SFTP server that checks passwords, the aws CLI) and the
// linters written in Python: each set in a virtual environment of its own, in the cache.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { cached, keyOf } from "./cache.mjs";
import { run, which } from "./run.mjs";

/** Returns the path of a Python that has the packages of the file `requirements`; `name` names the environment. */
export async function providePython(name, requirements, note) {
  const python = await interpreter();
  const key = keyOf(python.version, process.platform, process.arch, readFileSync(requirements));
  const folder = await cached(`python/${name}-${key}`, note, async (work) => {
    note("making a virtual environment");
    await makeEnvironment(python.path, work, note);
    await run(
      join(work, "bin/python"),
      ["-m", "pip", "install", "--disable-pip-version-check", "--no-input", "-r", requirements],
      { onLine: brief(note) },
    );
  });
  return join(folder, "bin/python");
}

async function interpreter() {
  const path = await which("python3");
  if (!path) throw new Error("python3 is not installed: install Python 3.10 or newer");
  const version = await run(path, [
    "-c",
    "import sys; print('%d.%d.%d %s' % (*sys.version_info[:3], sys.executable)); sys.exit(sys.version_info < (3, 10))",
  ]).catch(() => {
    throw new Error(`${path} is older than Python 3.10: install a newer one and put it first on PATH`);
  });
  return { path, version };
}

/** Debian ships the module `venv` without what it needs, in a package of its own. */
async function makeEnvironment(python, folder, note) {
  try {
    await run(python, ["-m", "venv", folder]);
  } catch (error) {
    if (process.getuid?.() !== 0 || !(await which("apt-get")))
      throw new Error(`${error.message}\nOn Debian and Ubuntu: apt-get install python3-venv`);
    note("installing python3-venv");
    await run("apt-get", ["install", "-y", "-qq", "python3-venv"], {
      env: { DEBIAN_FRONTEND: "noninteractive" },
      onLine: note,
    });
    await run(python, ["-m", "venv", "--clear", folder]);
  }
}

/** pip's lines name wheels and addresses at length; the first words say enough. */
function brief(note) {
  return (line) => {
    const match = /^\s*(Collecting|Downloading|Building|Installing)\S*( [A-Za-z0-9_.\-[\]]+)?/.exec(line);
    if (match) note(match[0].trim().toLowerCase());
  };
}
