import type { ParsedKey } from "ssh2";

/** Algorithms of an RSA key, best first (RFC 8332), with what Node calls their hash. */
const ofRsa = [
  ["rsa-sha2-512", "sha512"],
  ["rsa-sha2-256", "sha256"],
] as const;
// Not the type's own name: by that ssh2 would look for what the server has announced, and take another one.
const sha1 = ["ssh-rsa (SHA-1)", "sha1"] as const;

/**
 * The key once for each algorithm that it may sign with; its `type` is the algorithm's name up to a blank. Servers announce what they take
 * (`server-sig-algs`), or don't, or announce one and refuse it: so each is tried.
 */
export const signers = (key: ParsedKey, allowSha1: boolean): readonly ParsedKey[] =>
  key.type !== "ssh-rsa"
    ? [key]
    : [...ofRsa, ...(allowSha1 ? [sha1] : [])].map(([type, hash]) =>
        Object.create(key, { type: { value: type }, sign: { value: (data: Buffer) => key.sign(data, hash) } }),
      );
