import { createDecipheriv } from "node:crypto";
import { dataKey, encryptAgain, fromBase64 } from "./data-key.ts";
import type { Envelope, Metadata } from "./envelope.ts";
import { UnusableSecret } from "./failure.ts";

// The format that the AWS S3 encryption clients (Go, Java, .NET, Ruby, PHP, C++) write in their version 2: the body is
// AES-256-GCM with the 16 bytes of its tag at the end. Metadata: x-amz-key-v2 is the data key wrapped by KMS, x-amz-iv the
// 12-byte nonce, x-amz-cek-alg "AES/GCM/NoPadding", x-amz-wrap-alg "kms+context", x-amz-tag-len "128" (bits), and
// x-amz-matdesc the KMS encryption context as JSON, which holds aws:x-amz-cek-alg so that KMS vouches for the algorithm.

const contextAlgorithm = "aws:x-amz-cek-alg";
const tagLength = 16;

const expected: Metadata = {
  "x-amz-cek-alg": "AES/GCM/NoPadding",
  "x-amz-wrap-alg": "kms+context",
};

const field = (metadata: Metadata, name: string): string => {
  const value = metadata[name];
  if (value === undefined)
    throw new UnusableSecret(`is client-side encrypted, but its metadata has no ${name}`, encryptAgain);
  return value;
};

const contextOf = (metadata: Metadata): Readonly<Record<string, string>> => {
  let context: unknown;
  try {
    context = JSON.parse(field(metadata, "x-amz-matdesc"));
  } catch (error) {
    if (error instanceof UnusableSecret) throw error;
    throw new UnusableSecret("has damaged metadata: x-amz-matdesc isn't JSON", encryptAgain, { cause: error });
  }
  const valid =
    typeof context === "object" &&
    context !== null &&
    Object.values(context).every((value) => typeof value === "string");
  if (!valid) throw new UnusableSecret("has damaged metadata: x-amz-matdesc isn't a map of strings", encryptAgain);
  return context as Readonly<Record<string, string>>;
};

/** Opens an object in version 2 of the AWS S3 encryption clients' format. Throws an UnusableSecret, or what KMS answered. */
export const openGcm = async ({ metadata, body, source, clients }: Envelope): Promise<string> => {
  for (const [name, value] of Object.entries(expected)) {
    const found = field(metadata, name);
    if (found !== value)
      throw new UnusableSecret(`was encrypted with ${name} "${found}"; only "${value}" can be read`, encryptAgain);
  }
  const context = contextOf(metadata);
  // What the object's writer put into its metadata is not to be believed where KMS doesn't vouch for it.
  if (context[contextAlgorithm] !== expected["x-amz-cek-alg"])
    throw new UnusableSecret(`has an encryption context without ${contextAlgorithm}`, encryptAgain);
  for (const [name, value] of Object.entries(source.encryptionContext ?? {}))
    if (context[name] !== value)
      throw new UnusableSecret(
        `was encrypted with another encryption context: "${name}" differs`,
        "Correct encryption_context",
      );
  const iv = fromBase64(field(metadata, "x-amz-iv"));
  if (iv?.length !== 12)
    throw new UnusableSecret("has damaged metadata: x-amz-iv isn't 12 bytes of base64", encryptAgain);
  if (body.length < tagLength) throw new UnusableSecret("has a truncated body", encryptAgain);

  const wrapped = { name: "x-amz-key-v2", value: field(metadata, "x-amz-key-v2") };
  const key = await dataKey({ clients }, wrapped, context);
  try {
    const decipher = createDecipheriv("aes-256-gcm", key, iv, { authTagLength: tagLength });
    decipher.setAuthTag(body.subarray(body.length - tagLength));
    const text = Buffer.concat([decipher.update(body.subarray(0, body.length - tagLength)), decipher.final()]);
    return text.toString("utf8");
  } catch (error) {
    throw new UnusableSecret("was changed since it was encrypted, or is truncated", encryptAgain, { cause: error });
  }
};
