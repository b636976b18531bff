import { randomBytes } from "node:crypto";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import test from "ava";
import { readCredentials } from "../../../lambda/src/secrets/read.ts";
import { SecretError } from "../../../lambda/src/secrets/types.ts";
import { objectOf, serviceError, servicesWith, streamWith } from "../../helpers/secret-services.ts";

interface Encrypted {
  readonly dataKey: string;
  readonly wrapped: string;
  readonly context: Readonly<Record<string, string>>;
  readonly metadata: Readonly<Record<string, string>>;
  readonly body: string;
}

// Written by AWS's own client, see s3-encryption-client.py.
const fixture = join(import.meta.dirname, "fixtures/s3-encryption-client.json");
const { text, objects } = JSON.parse(readFileSync(fixture, "utf8")) as {
  readonly text: string;
  readonly objects: Readonly<Record<"version2" | "version3", Encrypted>>;
};

interface Stored {
  readonly body?: Uint8Array;
  readonly metadata?: Readonly<Record<string, string | undefined>>;
  readonly decrypt?: (input: Record<string, unknown>) => unknown;
  readonly encryptionContext?: Readonly<Record<string, string>>;
}

const versions = ["version2", "version3"] as const;

const bodyOf = (version: (typeof versions)[number]) => Buffer.from(objects[version].body, "base64");

/** Reads the object that AWS's client wrote, after these changes to it. */
const read = (version: (typeof versions)[number], stored: Stored) => {
  const { dataKey, metadata } = objects[version];
  const changed = Object.entries({ ...metadata, ...stored.metadata }).filter(([, value]) => value !== undefined);
  const { clients } = servicesWith({
    object: () => objectOf(stored.body ?? bodyOf(version), Object.fromEntries(changed) as Record<string, string>),
    decrypt: stored.decrypt ?? (() => ({ Plaintext: Buffer.from(dataKey, "base64") })),
  });
  const source = { s3: "keys/acme", encryption_context: stored.encryptionContext ?? null };
  return readCredentials(streamWith({ private_key: source }), clients, () => 0);
};

for (const version of versions) {
  test(`${version}: opens what AWS's own client wrote, with the data key and the context from its metadata`, async (t) => {
    const { dataKey, wrapped, context } = objects[version];
    const { privateKey } = await read(version, {
      decrypt: (input) => {
        t.is(Buffer.from(input["CiphertextBlob"] as Uint8Array).toString("base64"), wrapped);
        t.deepEqual(input["EncryptionContext"], context);
        return { Plaintext: Buffer.from(dataKey, "base64") };
      },
      encryptionContext: { partner: "acmé" },
    });
    t.is(privateKey, text);
  });

  test(`${version}: any single changed byte of the body is noticed`, async (t) => {
    const body = bodyOf(version);
    for (let at = 0; at < body.length; at += 13) {
      const damaged = Buffer.from(body);
      damaged[at] = (damaged[at] ?? 0) ^ 1;
      await t.throwsAsync(read(version, { body: damaged }), { message: /was changed since it was encrypted, or is/ });
    }
  });

  test(`${version}: a data key that KMS doesn't take is told as that`, async (t) => {
    const decrypt = () => {
      throw serviceError("InvalidCiphertextException");
    };
    await t.throwsAsync(read(version, { decrypt }), {
      message: /KMS can't decrypt with an encryption context of partner, aws:x-amz-cek-alg/,
    });
  });
}

test("version3: another message id, thus another key, is noticed", async (t) => {
  await t.throwsAsync(read("version3", { metadata: { "x-amz-i": randomBytes(28).toString("base64") } }), {
    message: /was encrypted with another data key/,
  });
});

const another = randomBytes(32);
const faults: readonly [version: (typeof versions)[number], name: string, stored: Stored, message: RegExp][] = [
  [
    "version2",
    "a truncated body",
    { body: bodyOf("version2").subarray(1) },
    /was changed since it was encrypted, or is truncated/,
  ],
  ["version2", "a body shorter than its tag", { body: bodyOf("version2").subarray(0, 15) }, /has a truncated body/],
  ["version2", "an empty body", { body: new Uint8Array() }, /has a truncated body/],
  ["version2", "another data key", { decrypt: () => ({ Plaintext: another }) }, /was changed since it was encrypted/],
  ["version2", "no wrapped key", { metadata: { "x-amz-key-v2": undefined } }, /its metadata has no x-amz-key-v2/],
  ["version2", "a damaged wrapped key", { metadata: { "x-amz-key-v2": "?" } }, /x-amz-key-v2 isn't base64/],
  ["version2", "no IV", { metadata: { "x-amz-iv": undefined } }, /its metadata has no x-amz-iv/],
  ["version2", "no context", { metadata: { "x-amz-matdesc": undefined } }, /its metadata has no x-amz-matdesc/],
  ["version2", "no algorithm", { metadata: { "x-amz-cek-alg": undefined } }, /its metadata has no x-amz-cek-alg/],
  ["version2", "a damaged IV", { metadata: { "x-amz-iv": "AAAA" } }, /x-amz-iv isn't 12 bytes/],
  ["version2", "a damaged context", { metadata: { "x-amz-matdesc": "{" } }, /x-amz-matdesc isn't JSON/],
  [
    "version2",
    "a context of numbers",
    { metadata: { "x-amz-matdesc": '{"a":1}' } },
    /x-amz-matdesc isn't a map of strings/,
  ],
  [
    "version2",
    "a context that doesn't bind the algorithm",
    { metadata: { "x-amz-matdesc": "{}" } },
    /without aws:x-amz-cek-alg/,
  ],
  [
    "version2",
    "CBC, without a tag",
    { metadata: { "x-amz-cek-alg": "AES/CBC/PKCS5Padding" } },
    /only "AES\/GCM\/NoPadding" can/,
  ],
  [
    "version2",
    "another wrapping",
    { metadata: { "x-amz-wrap-alg": "RSA-OAEP-SHA1" } },
    /only "kms\+context" can be read/,
  ],
  [
    "version2",
    "another context than the stream's",
    { encryptionContext: { partner: "x" } },
    /context: "partner" differs/,
  ],
  [
    "version3",
    "a truncated body",
    { body: bodyOf("version3").subarray(1) },
    /was changed since it was encrypted, or is truncated/,
  ],
  ["version3", "another data key", { decrypt: () => ({ Plaintext: another }) }, /was encrypted with another data key/],
  ["version3", "no wrapped key", { metadata: { "x-amz-3": undefined } }, /its metadata has no x-amz-3/],
  ["version3", "no commitment", { metadata: { "x-amz-d": undefined } }, /its metadata has no x-amz-d/],
  ["version3", "a damaged commitment", { metadata: { "x-amz-d": "AAAA" } }, /x-amz-d isn't 28 bytes/],
  ["version3", "no message id", { metadata: { "x-amz-i": undefined } }, /its metadata has no x-amz-i/],
  ["version3", "another algorithm", { metadata: { "x-amz-c": "114" } }, /only "115" can be read/],
  ["version3", "another wrapping", { metadata: { "x-amz-w": "02" } }, /only "12" can be read/],
];
for (const [version, name, stored, message] of faults) {
  test(`${version}: refused by stream and object: ${name}`, async (t) => {
    const error = await t.throwsAsync(read(version, stored), { instanceOf: SecretError, message });
    t.is(error.kind, "unusable");
    t.true(error.message.startsWith("Stream acme: sftp.private_key, object s3://keys/acme, "));
  });
}
