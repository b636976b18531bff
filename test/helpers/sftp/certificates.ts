import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { makeKey } from "./keys.ts";

export interface Signing {
  /** The line of the key that is certified. */
  readonly publicLine: string;
  readonly principals?: readonly string[];
  /** As `ssh-keygen -V` has it, as in `-1d:+1d`; without end unless said. */
  readonly validity?: string;
  readonly host?: boolean;
  /** Further arguments, such as `["-O", "force-command=x"]`. */
  readonly more?: readonly string[];
}

/** An authority of certificates; `sign` returns the line that ssh-keygen writes. */
export const makeAuthority = (type: "ed25519" | "rsa" | "ecdsa" = "ed25519") => {
  const pair = makeKey(type);
  return {
    ...pair,
    sign: ({ publicLine, principals, validity, host, more = [] }: Signing): string => {
      const directory = mkdtempSync(join(tmpdir(), "authority-"));
      try {
        const file = (name: string, text: string) => {
          writeFileSync(join(directory, name), text, { mode: 0o600 });
          return join(directory, name);
        };
        const args = ["-q", "-s", file("ca", pair.privateKey), "-I", "a test", "-z", "7"];
        if (host === true) args.push("-h");
        if (principals !== undefined) args.push("-n", principals.join(","));
        if (validity !== undefined) args.push("-V", validity);
        execFileSync("ssh-keygen", [...args, ...more, file("key.pub", `${publicLine}\n`)], { stdio: "pipe" });
        return readFileSync(join(directory, "key-cert.pub"), "utf8");
      } finally {
        rmSync(directory, { recursive: true });
      }
    },
  };
};
