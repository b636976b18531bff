// A real OpenSSH server. Where the machine has none, Debian's packages are unpacked into the cache instead of being
// installed: installing them would start a server on port 22 of the machine.
import { existsSync } from "node:fs";
import { join } from "node:path";
import { cached } from "./cache.mjs";
import { libraryFolder, unpackPackages } from "./debian.mjs";
import { run, which } from "./run.mjs";

const packages = [
  "openssh-server",
  "openssh-sftp-server",
  "openssh-client",
  "libwrap0",
  "libcbor0.8",
  "libfido2-1",
  "libedit2",
];
const remedy =
  "install OpenSSH's server (Debian, Ubuntu: apt-get install openssh-server; Fedora: dnf install openssh-server)";

/** Returns `{ sshd, keygen, sftp, libraries }`: paths of the programs, and a value for LD_LIBRARY_PATH or "". */
export async function provideOpenSsh(note) {
  return (await ofTheMachine()) ?? (await unpacked(note));
}

async function ofTheMachine() {
  const candidates = [await which("sshd"), "/usr/sbin/sshd", "/usr/local/sbin/sshd", "/usr/bin/sshd"];
  const sshd = candidates.find((path) => path && existsSync(path));
  const [keygen, sftp] = [await which("ssh-keygen"), await which("sftp")];
  return sshd && keygen && sftp ? { sshd, keygen, sftp, libraries: "" } : undefined;
}

async function unpacked(note) {
  const folder = await cached("openssh", note, async (work) => {
    await unpackPackages(work, packages, note, remedy);
    await tryOut(work);
  });
  return programsIn(folder);
}

function programsIn(folder) {
  return {
    sshd: join(folder, "root/usr/sbin/sshd"),
    keygen: join(folder, "root/usr/bin/ssh-keygen"),
    sftp: join(folder, "root/usr/bin/sftp"),
    libraries: libraryFolder(join(folder, "root"), /libwrap\.so/),
  };
}

/** A library that this machine lacks shows only when the programs run. */
async function tryOut(folder) {
  const { sshd, keygen, libraries } = programsIn(folder);
  const key = join(folder, "key");
  const env = { LD_LIBRARY_PATH: libraries };
  try {
    await run(keygen, ["-q", "-t", "ed25519", "-N", "", "-f", key], { env });
    await run(sshd, ["-t", "-f", "/dev/null", "-h", key], { env });
  } catch (error) {
    // Root's sshd wants an account of its own, which the installed package makes; the stack runs it as another user.
    if (!/Privilege separation user/.test(error.message))
      throw new Error(`the unpacked OpenSSH does not run (${error.message}): ${remedy}`);
  }
}
