// SSH keys, made with OpenSSH's own tool.
import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { tools } from "./tools.ts";

export type KeyPair = {
  /** Path of the private key. */
  readonly path: string;
  /** Text of the private key, in OpenSSH's format. */
  readonly privateKey: string;
  /** The line of the `.pub` file. */
  readonly publicKey: string;
  /** `SHA256:…`, as `ssh-keygen -l` prints it. */
  readonly fingerprint: string;
};

export type KeyOptions = {
  readonly type?: "ed25519" | "ecdsa" | "rsa";
  readonly passphrase?: string;
};

/** Makes a key pair in `folder` under `name`. */
export function makeKey(folder: string, name: string, options: KeyOptions = {}): KeyPair {
  const { openssh } = tools();
  const path = join(folder, name);
  const args = ["-q", "-t", options.type ?? "ed25519", "-N", options.passphrase ?? "", "-C", name, "-f", path];
  execFileSync(openssh.keygen, args, { env: sshEnvironment(), stdio: ["ignore", "ignore", "pipe"] });
  const publicKey = readFileSync(`${path}.pub`, "utf8").trim();
  return { path, privateKey: readFileSync(path, "utf8"), publicKey, fingerprint: fingerprintOf(publicKey) };
}

/** The fingerprint of a public key line (RFC 4253 blob, SHA-256, base64 without padding). */
export function fingerprintOf(publicKey: string): string {
  const blob = Buffer.from(publicKey.split(" ")[1] ?? "", "base64");
  return `SHA256:${createHash("sha256").update(blob).digest("base64").replace(/=+$/, "")}`;
}

/** Environment for OpenSSH's programs, which may be unpacked beside their libraries. */
export function sshEnvironment(): NodeJS.ProcessEnv {
  const { openssh } = tools();
  const path = process.env["PATH"] ?? "/usr/bin:/bin";
  return openssh.libraries === "" ? { PATH: path } : { PATH: path, LD_LIBRARY_PATH: openssh.libraries };
}
