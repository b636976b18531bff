import { createPublicKey, generateKeyPairSync } from "node:crypto";
import { sshString } from "../../lambda/src/sftp/ssh/wire.ts";

export const keyTypes = ["ed25519", "rsa-4096"] as const;
export type KeyType = (typeof keyTypes)[number];

/** A number that is never negative: a zero in front where its first bit is set. */
const mpint = (bytes: Buffer): Buffer =>
  sshString((bytes[0] ?? 0) > 127 ? Buffer.concat([Buffer.from([0]), bytes]) : bytes);

/** The public half as a line of `authorized_keys`, without a comment (RFC 4253, section 6.6; RFC 8709). */
const lineOf = (privateKey: string, passphrase: string | undefined): string => {
  const key = createPublicKey({ key: privateKey, format: "pem", ...(passphrase !== undefined && { passphrase }) });
  const { x = "", e = "", n = "" } = key.export({ format: "jwk" });
  const number = (value: string) => mpint(Buffer.from(value, "base64url"));
  const type = key.asymmetricKeyType === "rsa" ? "ssh-rsa" : "ssh-ed25519";
  const parts = type === "ssh-rsa" ? [number(e), number(n)] : [sshString(Buffer.from(x, "base64url"))];
  return `${type} ${Buffer.concat([sshString(type), ...parts]).toString("base64")}`;
};

/** A new key pair: the private half as PKCS#8 PEM, encrypted where there is a passphrase, the public half as a line without a comment. */
export const makeKeyPair = (
  type: KeyType,
  passphrase: string | undefined,
): { readonly privateKey: string; readonly line: string } => {
  const encoding = {
    type: "pkcs8",
    format: "pem",
    ...(passphrase !== undefined && { cipher: "aes-256-cbc", passphrase }),
  } as const;
  const publicKeyEncoding = { type: "spki", format: "pem" } as const;
  const { privateKey } =
    type === "ed25519"
      ? generateKeyPairSync("ed25519", { privateKeyEncoding: encoding, publicKeyEncoding })
      : generateKeyPairSync("rsa", { modulusLength: 4096, privateKeyEncoding: encoding, publicKeyEncoding });
  return { privateKey, line: lineOf(privateKey, passphrase) };
};
