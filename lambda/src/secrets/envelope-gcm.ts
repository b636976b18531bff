import { createDecipheriv, hkdfSync, timingSafeEqual } from "node:crypto";
import { dataKey, encryptAgain, fromBase64 } from "./data-key.ts";
import { UnusableSecret } from "./failure.ts";
import type { Envelope, Metadata } from "./types.ts";

// What the AWS S3 encryption clients write, their versions 2 and 3: AES-256-GCM with the 16 bytes of its tag at the body's
// end, the data key wrapped by KMS, and the rest in the metadata. The encryption context holds the algorithm as
// aws:x-amz-cek-alg, so that KMS vouches for it. Version 3 derives the key by HKDF and commits to it: the same body can't
// be opened with two keys. https://docs.aws.amazon.com/amazon-s3-encryption-client/latest/developerguide/

interface Format {
  /** Fields of the metadata: wrapped data key, its encryption context, the algorithm of the body and of the wrapping. */
  readonly key: string;
  readonly context: string;
  readonly algorithm: string;
  readonly wrapping: string;
  /** The values of the last two. */
  readonly expected: readonly [algorithm: string, wrapping: string];
}

const version2: Format = {
  key: "x-amz-key-v2",
  context: "x-amz-matdesc",
  algorithm: "x-amz-cek-alg",
  wrapping: "x-amz-wrap-alg",
  expected: ["AES/GCM/NoPadding", "kms+context"],
};

const version3: Format = {
  key: "x-amz-3",
  context: "x-amz-t",
  algorithm: "x-amz-c",
  wrapping: "x-amz-w",
  // AES-256-GCM with HKDF-SHA512 and key commitment; KMS with an encryption context.
  expected: ["115", "12"],
};

const contextAlgorithm = "aws:x-amz-cek-alg";
const tagLength = 16;
const commitmentLength = 28;
/** The algorithm's number, 115, as version 3 mixes it into what it derives and authenticates. */
const suite = Buffer.from([0x00, 0x73]);

const field = (metadata: Metadata, name: string): string => {
  const value = metadata[name];
  if (value === undefined)
    throw new UnusableSecret(`is client-side encrypted, but its metadata has no ${name}`, encryptAgain);
  return value;
};

const bytes = (metadata: Metadata, name: string, length: number): Buffer => {
  const value = fromBase64(field(metadata, name));
  if (value?.length !== length)
    throw new UnusableSecret(`has damaged metadata: ${name} isn't ${length} bytes of base64`, encryptAgain);
  return value;
};

const contextOf = (metadata: Metadata, name: string): Readonly<Record<string, string>> => {
  const text = field(metadata, name);
  let context: unknown;
  try {
    context = JSON.parse(text);
  } catch (error) {
    throw new UnusableSecret(`has damaged metadata: ${name} isn't JSON`, encryptAgain, { cause: error });
  }
  const valid =
    typeof context === "object" &&
    context !== null &&
    Object.values(context).every((value) => typeof value === "string");
  if (!valid) throw new UnusableSecret(`has damaged metadata: ${name} isn't a map of strings`, encryptAgain);
  return context as Readonly<Record<string, string>>;
};

/** The plain data key, after everything that the metadata says about it was compared with what this reads. */
const plainKey = ({ metadata, source, clients }: Envelope, format: Format): Promise<Buffer> => {
  const names = [format.algorithm, format.wrapping];
  for (const [index, expected] of format.expected.entries()) {
    const name = names[index] ?? "";
    const found = field(metadata, name);
    if (found !== expected)
      throw new UnusableSecret(`was encrypted with ${name} "${found}"; only "${expected}" can be read`, encryptAgain);
  }
  const context = contextOf(metadata, format.context);
  // What the object's writer put into its metadata is not to be believed where KMS doesn't vouch for it.
  if (context[contextAlgorithm] !== format.expected[0])
    throw new UnusableSecret(`has an encryption context without ${contextAlgorithm}`, encryptAgain);
  for (const [name, value] of Object.entries(source.encryptionContext ?? {}))
    if (context[name] !== value)
      throw new UnusableSecret(
        `was encrypted with another encryption context: "${name}" differs`,
        "Correct encryption_context",
      );
  return dataKey({ clients }, { name: format.key, value: field(metadata, format.key) }, context);
};

const decrypt = (key: Uint8Array, iv: Uint8Array, body: Uint8Array, authenticated: Uint8Array): string => {
  if (body.length < tagLength) throw new UnusableSecret("has a truncated body", encryptAgain);
  const end = body.length - tagLength;
  try {
    const decipher = createDecipheriv("aes-256-gcm", key, iv, { authTagLength: tagLength });
    decipher.setAAD(authenticated).setAuthTag(body.subarray(end));
    return Buffer.concat([decipher.update(body.subarray(0, end)), decipher.final()]).toString("utf8");
  } catch (error) {
    throw new UnusableSecret("was changed since it was encrypted, or is truncated", encryptAgain, { cause: error });
  }
};

/** Opens an object in version 2 of the AWS S3 encryption clients' format. Throws an UnusableSecret, or what KMS answered. */
export const openVersion2 = async (envelope: Envelope): Promise<string> => {
  const key = await plainKey(envelope, version2);
  return decrypt(key, bytes(envelope.metadata, "x-amz-iv", 12), envelope.body, Buffer.alloc(0));
};

/** Opens an object in version 3 of the AWS S3 encryption clients' format. Throws an UnusableSecret, or what KMS answered. */
export const openVersion3 = async (envelope: Envelope): Promise<string> => {
  const messageId = bytes(envelope.metadata, "x-amz-i", 28);
  const commitment = bytes(envelope.metadata, "x-amz-d", commitmentLength);
  const key = await plainKey(envelope, version3);
  const derive = (purpose: string, length: number): Buffer =>
    Buffer.from(hkdfSync("sha512", key, messageId, Buffer.concat([suite, Buffer.from(purpose)]), length));
  if (!timingSafeEqual(derive("COMMITKEY", commitmentLength), commitment))
    throw new UnusableSecret("was encrypted with another data key than the one in its metadata", encryptAgain);
  return decrypt(derive("DERIVEKEY", 32), Buffer.alloc(12, 1), envelope.body, suite);
};
