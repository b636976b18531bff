import { createDecipheriv, createHash, getCipherInfo } from "node:crypto";
import { dataKey, encryptAgain, fromBase64 } from "./data-key.ts";
import { UnusableSecret } from "./failure.ts";
import type { Envelope } from "./types.ts";

// The format of node-s3-encryption-client: the body is base64 of OpenSSL's password encryption as Node's createCipher did
// it (gone since Node 22), with the base64 text of the data key as password. The same as
// `openssl enc -aes-256-cbc -a -nosalt -md md5 -pass pass:<base64 data key>`. Metadata: x-amz-key is the wrapped data key,
// cipher-algorithm the OpenSSL name (default aes-256-cbc), decrypted-encoding that of the text (default utf8).

/** OpenSSL's EVP_BytesToKey with MD5, no salt and one iteration: D1 = MD5(password), Dn = MD5(Dn-1 ‖ password). */
const bytesToKey = (password: Buffer, length: number): Buffer => {
  let derived = Buffer.alloc(0);
  let block = Buffer.alloc(0);
  while (derived.length < length) {
    block = createHash("md5").update(block).update(password).digest();
    derived = Buffer.concat([derived, block]);
  }
  return derived.subarray(0, length);
};

const encodings = ["utf8", "utf-8", "ascii", "latin1", "binary", "base64", "hex", "utf16le", "ucs2"];

const isEncoding = (name: string): name is BufferEncoding => encodings.includes(name);

/** Opens an object in the format of node-s3-encryption-client. Throws an UnusableSecret, or what KMS answered. */
export const openLegacy = async ({ metadata, body, source, clients }: Envelope): Promise<string> => {
  const algorithm = metadata["cipher-algorithm"] ?? "aes-256-cbc";
  const cipher = getCipherInfo(algorithm);
  if (cipher === undefined || !["cbc", "ctr", "cfb", "ofb", "ecb"].includes(cipher.mode))
    throw new UnusableSecret(
      `was encrypted with cipher-algorithm "${algorithm}", which this format can't be opened with`,
      encryptAgain,
    );
  const encoding = metadata["decrypted-encoding"] ?? "utf8";
  if (!isEncoding(encoding))
    throw new UnusableSecret(`has an unknown decrypted-encoding, "${encoding}", in its metadata`, encryptAgain);
  const ciphertext = fromBase64(Buffer.from(body).toString("latin1"));
  if (ciphertext === undefined || ciphertext.length === 0)
    throw new UnusableSecret("has a damaged or truncated body: it isn't base64", encryptAgain);

  const wrapped = { name: "x-amz-key", value: metadata["x-amz-key"] ?? "" };
  const plainKey = await dataKey({ clients }, wrapped, source.encryptionContext);
  const password = Buffer.from(plainKey.toString("base64"), "latin1");
  const ivLength = cipher.ivLength ?? 0;
  const derived = bytesToKey(password, cipher.keyLength + ivLength);
  const key = derived.subarray(0, cipher.keyLength);
  const iv = ivLength === 0 ? null : derived.subarray(cipher.keyLength);
  try {
    const decipher = createDecipheriv(algorithm, key, iv);
    return Buffer.concat([decipher.update(ciphertext), decipher.final()]).toString(encoding);
  } catch (error) {
    // OpenSSL's reason says nothing about the text: "wrong final block length", "bad decrypt", "unsupported".
    const reason = error instanceof Error ? error.message : String(error);
    throw new UnusableSecret(
      `can't be decrypted (${reason}): its body is damaged or truncated, or was encrypted with another data key or cipher`,
      encryptAgain,
      { cause: error },
    );
  }
};
