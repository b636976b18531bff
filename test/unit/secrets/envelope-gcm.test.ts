import { createCipheriv, randomBytes } from "node:crypto";
import test from "ava";
import { readCredentials } from "../../../lambda/src/secrets/read.ts";
import { SecretError } from "../../../lambda/src/secrets/types.ts";
import { objectOf, pem, serviceError, servicesWith, streamWith } from "./services.ts";

const dataKey = randomBytes(32);
const wrapped = randomBytes(184);
const iv = randomBytes(12);

/** Body and metadata as the AWS S3 encryption clients write them, version 2. */
const seal = (text: string, context: Readonly<Record<string, string>> = {}) => {
  const cipher = createCipheriv("aes-256-gcm", dataKey, iv);
  const body = Buffer.concat([cipher.update(text, "utf8"), cipher.final(), cipher.getAuthTag()]);
  const metadata: Record<string, string> = {
    "x-amz-key-v2": wrapped.toString("base64"),
    "x-amz-iv": iv.toString("base64"),
    "x-amz-cek-alg": "AES/GCM/NoPadding",
    "x-amz-wrap-alg": "kms+context",
    "x-amz-tag-len": "128",
    "x-amz-matdesc": JSON.stringify({ ...context, "aws:x-amz-cek-alg": "AES/GCM/NoPadding" }),
  };
  return { body, metadata };
};

interface Stored {
  readonly body?: Uint8Array;
  readonly metadata?: Readonly<Record<string, string>>;
  readonly decrypt?: (input: Record<string, unknown>) => unknown;
  readonly encryptionContext?: Readonly<Record<string, string>>;
}

const read = (stored: Stored) => {
  const { body, metadata } = { ...seal(pem), ...stored };
  const { clients } = servicesWith({
    object: () => objectOf(body, metadata),
    decrypt: stored.decrypt ?? (() => ({ Plaintext: dataKey })),
  });
  const source = { s3: "keys/acme", encryption_context: stored.encryptionContext ?? null };
  return readCredentials(streamWith({ private_key: source }), clients, () => 0);
};

const without = (name: string) => {
  const { [name]: _, ...rest } = seal(pem).metadata;
  return rest;
};

const changed = (name: string, value: string) => ({ ...seal(pem).metadata, [name]: value });

test("opens a sealed key, with the data key and the context from its metadata", async (t) => {
  const context = { partner: "acme" };
  const { privateKey } = await read({
    ...seal(pem, context),
    decrypt: (input) => {
      t.deepEqual(Buffer.from(input["CiphertextBlob"] as Uint8Array), wrapped);
      t.deepEqual(input["EncryptionContext"], { ...context, "aws:x-amz-cek-alg": "AES/GCM/NoPadding" });
      return { Plaintext: dataKey };
    },
    encryptionContext: context,
  });
  t.is(privateKey, pem);
});

test("any single changed byte of the body is noticed", async (t) => {
  const { body } = seal(pem);
  for (let at = 0; at < body.length; at += 13) {
    const damaged = Buffer.from(body);
    damaged[at] = (damaged[at] ?? 0) ^ 1;
    await t.throwsAsync(read({ body: damaged }), { message: /was changed since it was encrypted, or is truncated/ });
  }
});

const { body } = seal(pem);
const faults: readonly [name: string, stored: Stored, message: RegExp][] = [
  [
    "a truncated body",
    { body: body.subarray(0, body.length - 1) },
    /was changed since it was encrypted, or is truncated/,
  ],
  ["a body shorter than its tag", { body: body.subarray(0, 15) }, /has a truncated body/],
  ["an empty body", { body: new Uint8Array() }, /has a truncated body/],
  ["another data key", { decrypt: () => ({ Plaintext: randomBytes(32) }) }, /was changed since it was encrypted/],
  ["no wrapped key", { metadata: without("x-amz-key-v2") }, /its metadata has no x-amz-key-v2/],
  ["no IV", { metadata: without("x-amz-iv") }, /its metadata has no x-amz-iv/],
  ["no context", { metadata: without("x-amz-matdesc") }, /its metadata has no x-amz-matdesc/],
  ["no algorithm", { metadata: without("x-amz-cek-alg") }, /its metadata has no x-amz-cek-alg/],
  ["a damaged IV", { metadata: changed("x-amz-iv", "AAAA") }, /x-amz-iv isn't 12 bytes/],
  ["a damaged context", { metadata: changed("x-amz-matdesc", "{") }, /x-amz-matdesc isn't JSON/],
  ["a context of numbers", { metadata: changed("x-amz-matdesc", '{"a":1}') }, /x-amz-matdesc isn't a map of strings/],
  [
    "a context that doesn't bind the algorithm",
    { metadata: changed("x-amz-matdesc", "{}") },
    /without aws:x-amz-cek-alg/,
  ],
  [
    "another cipher",
    { metadata: changed("x-amz-cek-alg", "AES/CBC/PKCS5Padding") },
    /only "AES\/GCM\/NoPadding" can be read/,
  ],
  ["another wrapping", { metadata: changed("x-amz-wrap-alg", "RSA-OAEP-SHA1") }, /only "kms\+context" can be read/],
  [
    "another context than the stream's",
    { encryptionContext: { partner: "acme" } },
    /another encryption context: "partner" differs/,
  ],
];
for (const [name, stored, message] of faults) {
  test(`refused by stream and object: ${name}`, async (t) => {
    const error = await t.throwsAsync(read(stored), { instanceOf: SecretError, message });
    t.is(error.kind, "unusable");
    t.true(error.message.startsWith('Stream "acme": sftp.private_key, object s3://keys/acme, '));
  });
}

test("a data key that KMS doesn't take is told as that", async (t) => {
  const decrypt = () => {
    throw serviceError("InvalidCiphertextException");
  };
  await t.throwsAsync(read({ decrypt }), {
    message: /KMS can't decrypt with an encryption context of aws:x-amz-cek-alg/,
  });
});
