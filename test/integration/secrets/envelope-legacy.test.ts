import { execFileSync } from "node:child_process";
import { randomBytes } from "node:crypto";
import test from "ava";
import { readCredentials } from "../../../lambda/src/secrets/read.ts";
import { SecretError } from "../../../lambda/src/secrets/types.ts";
import { objectOf, pem, serviceError, servicesWith, streamWith } from "../../helpers/secret-services.ts";

const dataKey = randomBytes(32);
const wrapped = randomBytes(184);

/** What the original's users did, by the tool whose format it is. */
const openssl = (text: string, cipher = "aes-256-cbc", key = dataKey): string =>
  execFileSync(
    "openssl",
    ["enc", `-${cipher}`, "-a", "-nosalt", "-md", "md5", "-pass", `pass:${key.toString("base64")}`],
    {
      input: text,
      encoding: "utf8",
      stdio: ["pipe", "pipe", "ignore"],
    },
  );

const context = { purpose: "sftp", partner: "acme" };

interface Stored {
  readonly body?: string;
  readonly metadata?: Record<string, string>;
  readonly decrypt?: (input: Record<string, unknown>) => unknown;
  readonly encryptionContext?: Record<string, string> | null;
}

const read = ({ body = openssl(pem), metadata, decrypt, encryptionContext = null }: Stored) => {
  const { clients } = servicesWith({
    object: () => objectOf(body, metadata ?? { "x-amz-key": wrapped.toString("base64") }),
    decrypt: decrypt ?? (() => ({ Plaintext: dataKey })),
  });
  const source = { s3: "keys/acme", encryption_context: encryptionContext };
  return readCredentials(streamWith({ private_key: source }), clients, () => 0);
};

test("opens what openssl encrypted, with the data key from KMS and its encryption context", async (t) => {
  const { privateKey } = await read({
    metadata: {
      "x-amz-key": wrapped.toString("base64"),
      "cipher-algorithm": "aes-256-cbc",
      "decrypted-encoding": "utf8",
    },
    decrypt: (input) => {
      t.deepEqual(Buffer.from(input["CiphertextBlob"] as Uint8Array), wrapped);
      t.deepEqual(input["EncryptionContext"], context);
      return { Plaintext: dataKey };
    },
    encryptionContext: context,
  });
  t.is(privateKey, pem);
});

test("cipher and encoding have the original's defaults, and the context may be absent", async (t) => {
  const { privateKey } = await read({
    decrypt: (input) => {
      t.is(input["EncryptionContext"], undefined);
      return { Plaintext: dataKey };
    },
  });
  t.is(privateKey, pem);
});

for (const cipher of ["aes-128-cbc", "aes-192-cbc", "aes-256-ctr", "aes-256-ecb", "camellia-256-cbc"]) {
  test(`opens what openssl encrypted with ${cipher}`, async (t) => {
    const { privateKey } = await read({
      body: openssl(pem, cipher),
      metadata: { "x-amz-key": wrapped.toString("base64"), "cipher-algorithm": cipher },
    });
    t.is(privateKey, pem);
  });
}

test("keys of every length around a block come out whole", async (t) => {
  for (let padding = 0; padding < 17; padding += 1) {
    const key = `${pem}${"#".repeat(padding)}`;
    t.is((await read({ body: openssl(key) })).privateKey, key);
  }
});

const valid = openssl(pem);
const faults: readonly [name: string, stored: Stored, message: RegExp][] = [
  ["a body cut within a block", { body: valid.slice(0, 60) }, /wrong final block length.*damaged or truncated/],
  [
    "a body cut at a block",
    { body: Buffer.from(valid, "base64").subarray(0, 64).toString("base64") },
    /bad decrypt.*truncated/,
  ],
  ["a body that isn't base64", { body: `!${valid}` }, /has a damaged or truncated body: it isn't base64/],
  ["an empty body", { body: "" }, /has a damaged or truncated body/],
  ["another data key", { decrypt: () => ({ Plaintext: randomBytes(32) }) }, /bad decrypt|isn't a private key/],
  ["a wrapped key that isn't base64", { metadata: { "x-amz-key": "?" } }, /damaged metadata: x-amz-key isn't base64/],
  ["an empty wrapped key", { metadata: { "x-amz-key": "" } }, /damaged metadata: x-amz-key isn't base64/],
  [
    "an unknown cipher",
    { metadata: { "x-amz-key": wrapped.toString("base64"), "cipher-algorithm": "rot13" } },
    /cipher-algorithm "rot13", which this format can't be opened with/,
  ],
  [
    "a cipher with a tag that nobody kept",
    { metadata: { "x-amz-key": wrapped.toString("base64"), "cipher-algorithm": "aes-256-gcm" } },
    /cipher-algorithm "aes-256-gcm"/,
  ],
  [
    "another cipher than it was encrypted with",
    { metadata: { "x-amz-key": wrapped.toString("base64"), "cipher-algorithm": "aes-128-cbc" } },
    /bad decrypt|isn't a private key/,
  ],
  [
    "an unknown encoding",
    { metadata: { "x-amz-key": wrapped.toString("base64"), "decrypted-encoding": "ebcdic" } },
    /unknown decrypted-encoding, "ebcdic"/,
  ],
  ["what isn't a key", { body: openssl("canary") }, /isn't a private key/],
];
for (const [name, stored, message] of faults) {
  test(`refused, by stream and object and without its text: ${name}`, async (t) => {
    const error = await t.throwsAsync(read(stored), { instanceOf: SecretError, message });
    t.is(error.kind, "unusable");
    t.true(error.message.startsWith("Stream acme: sftp.private_key, object s3://keys/acme, "));
    t.notRegex(error.message, /canary/);
  });
}

const refusing = (name: string) => () => {
  throw serviceError(name);
};

test("another encryption context is told as that", async (t) => {
  await t.throwsAsync(read({ decrypt: refusing("InvalidCiphertextException"), encryptionContext: context }), {
    message: /KMS can't decrypt with an encryption context of purpose, partner.*Correct encryption_context/,
  });
  await t.throwsAsync(read({ decrypt: refusing("InvalidCiphertextException") }), {
    message: /KMS can't decrypt with no encryption context/,
  });
});

test("a KMS key that denies is told as denied", async (t) => {
  const error = await t.throwsAsync(read({ decrypt: refusing("AccessDeniedException") }), { instanceOf: SecretError });
  t.is(error.kind, "denied");
});
