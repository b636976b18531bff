/** GnuPG with a key ring of its own. */
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

export interface Ran {
  readonly status: number | null;
  readonly out: Buffer;
  /** What it says of signatures and keys, for programs (doc/DETAILS of GnuPG). */
  readonly said: string;
}

/** `time` as GnuPG has it for its own keys and messages, `20251201T000000`; left out, that of the machine. */
export const createKeyRing = (time?: string) => {
  // A socket's path may have 107 characters.
  const home = mkdtempSync(join(tmpdir(), "gpg-"));
  const run = (args: readonly string[], input?: Buffer | string): Ran => {
    const { status, stdout, stderr } = spawnSync(
      "gpg",
      [
        "--homedir",
        home,
        "--batch",
        "--yes",
        "--pinentry-mode",
        "loopback",
        "--trust-model",
        "always",
        ...(time === undefined ? [] : ["--faked-system-time", `${time}!`]),
        "--status-fd",
        "2",
        ...args,
      ],
      { input, maxBuffer: 256 * 1024 * 1024 },
    );
    return { status, out: stdout, said: stderr.toString() };
  };
  const must = (args: readonly string[], input?: Buffer | string): Buffer => {
    const { status, out, said } = run(args, input);
    if (status !== 0) throw new Error(`gpg ${args.join(" ")}: ${said}`);
    return out;
  };
  return {
    run,
    must,
    /** Makes a key to sign and to encrypt with, and gives both its texts. `expires` as in `1y`. */
    make(user: string, { passphrase = "", expires = "1y", kind = "future-default" } = {}) {
      must(["--passphrase", passphrase, "--quick-gen-key", user, kind, "default", expires]);
      return {
        public: must(["--armor", "--export", user]).toString(),
        private: must(["--passphrase", passphrase, "--armor", "--export-secret-keys", user]).toString(),
      };
    },
    remove() {
      spawnSync("gpgconf", ["--homedir", home, "--kill", "all"]);
      rmSync(home, { recursive: true, force: true });
    },
  };
};
