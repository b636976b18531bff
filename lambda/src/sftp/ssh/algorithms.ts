import { RemoteError } from "../errors.ts";
import { hasMlKem, mlKem } from "./hooks/ml-kem.ts";

export type AlgorithmKind = "kex" | "serverHostKey" | "cipher" | "hmac";

/**
 * What is offered unless a stream's `options.algorithms` changes it: what OpenSSH 10 offers, as far as ssh2 has it. No SHA-1
 * (RFC 9142 for key exchanges, RFC 8332 for signatures): not for the proof of who the server is, nor for logging in.
 */
export const defaultAlgorithms: Readonly<Record<AlgorithmKind, readonly string[]>> = {
  kex: [
    ...(hasMlKem ? [mlKem] : []),
    "curve25519-sha256",
    "curve25519-sha256@libssh.org",
    "ecdh-sha2-nistp256",
    "ecdh-sha2-nistp384",
    "ecdh-sha2-nistp521",
    "diffie-hellman-group-exchange-sha256",
    "diffie-hellman-group14-sha256",
    "diffie-hellman-group15-sha512",
    "diffie-hellman-group16-sha512",
    "diffie-hellman-group17-sha512",
    "diffie-hellman-group18-sha512",
  ],
  serverHostKey: [
    "ssh-ed25519",
    "ecdsa-sha2-nistp256",
    "ecdsa-sha2-nistp384",
    "ecdsa-sha2-nistp521",
    "rsa-sha2-512",
    "rsa-sha2-256",
  ],
  cipher: [
    "aes128-gcm@openssh.com",
    "aes256-gcm@openssh.com",
    "aes128-ctr",
    "aes192-ctr",
    "aes256-ctr",
    "chacha20-poly1305@openssh.com",
  ],
  hmac: ["hmac-sha2-256-etm@openssh.com", "hmac-sha2-512-etm@openssh.com", "hmac-sha2-256", "hmac-sha2-512"],
};

/** Is it a key exchange that a quantum computer doesn't break? */
export const isPostQuantum = (kex: string): boolean => /^(mlkem|sntrup)/.test(kex);

/** Does a name stand for SHA-1? */
export const usesSha1 = (name: string): boolean => /sha1\b|^ssh-(rsa|dss)\b/.test(name);

const names = (value: unknown): readonly string[] =>
  (Array.isArray(value) ? value : value === undefined || value === null ? [] : [value]).map(String);

/**
 * A list as an option changes it: a list of names instead, or `{ append, prepend, remove }`. Throws a `RemoteError` of kind
 * `handshake` where it is neither.
 */
export const changedBy = (list: readonly string[], option: unknown, kind: string): readonly string[] => {
  if (option === undefined) return list;
  if (typeof option !== "object" || option === null)
    throw new RemoteError(
      "handshake",
      `options.algorithms.${kind} must be a list of names, or an object with append, prepend or remove.`,
    );
  if (Array.isArray(option)) return names(option);
  const { append, prepend, remove } = option as Readonly<Record<string, unknown>>;
  const gone = new Set(names(remove));
  return [...new Set([...names(prepend), ...list, ...names(append)])].filter((name) => !gone.has(name));
};

const rests: Readonly<Record<AlgorithmKind, string>> = {
  kex: "the keys of the connection, and the proof of who the server is, rest on SHA-1",
  serverHostKey: "the proof of who the server is, and of who we are, may rest on SHA-1",
  cipher: "what is sent is encrypted with a cipher that is no longer thought safe",
  hmac: "it rests on SHA-1 that nothing is changed on the way",
};

/** How to allow an algorithm that isn't offered, and what that means. */
export const sha1Meaning = (kind: AlgorithmKind, name: string): string =>
  `options.algorithms.${kind} = { append = ["${name}"] } allows it for this stream, and makes it less safe: ${rests[kind]}, which whoever has the means can forge (RFC 9142, RFC 8332). Ask the partner for an update first.`;
