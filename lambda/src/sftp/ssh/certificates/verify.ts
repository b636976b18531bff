import { createPublicKey, type KeyObject, verify } from "node:crypto";
import { readStrings, unsigned } from "../wire.ts";

const curves: Readonly<Record<string, readonly [name: string, bytes: number, hash: string]>> = {
  "ecdsa-sha2-nistp256": ["P-256", 32, "sha256"],
  "ecdsa-sha2-nistp384": ["P-384", 48, "sha384"],
  "ecdsa-sha2-nistp521": ["P-521", 66, "sha512"],
};

const base64 = (bytes: Buffer): string => bytes.toString("base64url");

const keyObject = (key: Buffer): KeyObject | undefined => {
  const [name, first, second] = readStrings(key);
  const type = name?.toString("latin1") ?? "";
  if (first === undefined) return undefined;
  if (type === "ssh-ed25519")
    return createPublicKey({ key: { kty: "OKP", crv: "Ed25519", x: base64(first) }, format: "jwk" });
  if (second === undefined) return undefined;
  if (type === "ssh-rsa")
    return createPublicKey({
      key: { kty: "RSA", e: base64(unsigned(first)), n: base64(unsigned(second)) },
      format: "jwk",
    });
  const [crv, bytes = 0] = curves[type] ?? [];
  if (crv === undefined || second[0] !== 4 || second.length !== 1 + 2 * bytes) return undefined;
  const [x, y] = [second.subarray(1, 1 + bytes), second.subarray(1 + bytes)];
  return createPublicKey({ key: { kty: "EC", crv, x: base64(x), y: base64(y) }, format: "jwk" });
};

/** An ECDSA signature as Node takes it: both numbers in full length. */
const fixed = (signature: Buffer, bytes: number): Buffer | undefined => {
  const [r, s] = readStrings(signature).map(unsigned);
  if (r === undefined || s === undefined || r.length > bytes || s.length > bytes) return undefined;
  const both = Buffer.alloc(2 * bytes);
  r.copy(both, bytes - r.length);
  s.copy(both, 2 * bytes - s.length);
  return both;
};

/** Not SHA-1 (RFC 8332). */
const rsaHashes: Readonly<Record<string, string>> = { "rsa-sha2-512": "sha512", "rsa-sha2-256": "sha256" };

/**
 * Is this the signature of the key's owner over the data? Key and signature in SSH's wire format. Undefined where it can't be
 * told: a type of key that isn't known here, or a signature with SHA-1.
 */
export const isSignedBy = (key: Buffer, data: Buffer, signature: Buffer): boolean | undefined => {
  const [algorithm, value] = readStrings(signature);
  const [type] = readStrings(key);
  if (algorithm === undefined || value === undefined || type === undefined) return false;
  const [name, keyType] = [algorithm.toString("latin1"), type.toString("latin1")];
  try {
    const object = keyObject(key);
    if (object === undefined) return undefined;
    if (keyType === "ssh-rsa") {
      const hash = rsaHashes[name];
      return hash === undefined ? undefined : verify(hash, data, object, value);
    }
    if (name !== keyType) return false;
    if (keyType === "ssh-ed25519") return verify(null, data, object, value);
    const [, bytes = 0, hash = ""] = curves[keyType] ?? [];
    const both = fixed(value, bytes);
    return both !== undefined && verify(hash, data, { key: object, dsaEncoding: "ieee-p1363" }, both);
  } catch {
    // A key that is none: a point that isn't on the curve.
    return false;
  }
};
