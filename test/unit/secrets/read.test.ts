import test from "ava";
import { forgetCredentials, readCredentials } from "../../../lambda/src/secrets/read.ts";
import { SecretError } from "../../../lambda/src/secrets/types.ts";
import { createTelemetry } from "../../../lambda/src/telemetry/telemetry.ts";
import { quickObjectOf, withQuick } from "../../helpers/quick-object.ts";
import { objectOf, pem, serviceError, servicesWith, streamWith } from "../../helpers/secret-services.ts";
import { linesOf } from "../telemetry/capture.ts";

const arn = "arn:aws:secretsmanager:eu-west-3:123456789012:secret:acme-AbCdEf";
const still = () => 0;

const secretOf = (value: string) => servicesWith({ secret: () => ({ SecretString: value }) });

test("a password from Secrets Manager, asked for in the region of its ARN", async (t) => {
  const { clients } = servicesWith({
    secret: (input, region) => {
      t.deepEqual([input, region], [{ SecretId: arn }, "eu-west-3"]);
      return { SecretString: "s3cret" };
    },
  });
  t.deepEqual(await readCredentials(streamWith({ password: { secret_arn: arn } }), clients, still), {
    password: "s3cret",
  });
});

test("a password from an SSM parameter, decrypted", async (t) => {
  const { clients } = servicesWith({
    parameter: (input, region) => {
      t.deepEqual([input, region], [{ Name: "/acme/password", WithDecryption: true }, undefined]);
      return { Parameter: { Value: "s3cret" } };
    },
  });
  const stream = streamWith({ password: { ssm_parameter: "/acme/password" } });
  t.deepEqual(await readCredentials(stream, clients, still), { password: "s3cret" });
});

test("a private key from an S3 object, as it is", async (t) => {
  const { clients } = servicesWith({
    object: (input) => {
      t.like(input, { Bucket: "keys", Key: "partners/acme key" });
      return objectOf(pem);
    },
  });
  const stream = streamWith({ private_key: { s3: "keys/partners/acme key" } });
  t.deepEqual(await readCredentials(stream, clients, still), { privateKey: pem });
});

test("a private key from an S3 object is read without the SDK", async (t) => {
  const { clients, calls } = servicesWith({});
  const { quick, asked } = quickObjectOf(() => pem);
  const stream = streamWith({ private_key: { s3: "keys/partners/acme key" } });
  t.deepEqual(await readCredentials(stream, withQuick(clients, quick), still), { privateKey: pem });
  t.like(asked, [{ bucket: "keys", key: "partners/acme key" }]);
  t.deepEqual(calls, []);
});

test("where that has no answer, or a larger object, the SDK is asked, which explains", async (t) => {
  for (const answer of [undefined, "missing" as const, new Error("broken"), "x".repeat(65_537)]) {
    const { clients, calls } = servicesWith({ object: () => objectOf(pem) });
    const { quick, discarded } = quickObjectOf(() => answer);
    const stream = streamWith({ private_key: { s3: "keys/partners/acme key" } });
    t.deepEqual(await readCredentials(stream, withQuick(clients, quick), still), { privateKey: pem });
    t.deepEqual(calls, ["GetObjectCommand"]);
    t.is(discarded(), typeof answer === "string" && answer !== "missing" ? 1 : 0);
  }
});

test("fields of one JSON secret are read with one request, also for another stream", async (t) => {
  const { clients, calls } = secretOf(JSON.stringify({ key: pem, phrase: "open sesame", other: "x" }));
  const stream = streamWith({
    private_key: { secret_arn: arn, json_key: "key" },
    passphrase: { secret_arn: arn, json_key: "phrase" },
  });
  t.deepEqual(await readCredentials(stream, clients, still), { privateKey: pem, passphrase: "open sesame" });
  const other = { ...streamWith({ password: { secret_arn: arn, json_key: "other" } }), name: "bolt" };
  t.deepEqual(await readCredentials(other, clients, still), { password: "x" });
  t.is(calls.length, 1);
});

test("one line break at the end of a password is taken off, and no more than one", async (t) => {
  for (const [stored, used] of [
    ["s3cret\n", "s3cret"],
    ["s3cret\r\n", "s3cret"],
    [" s3cret ", " s3cret "],
  ] as const) {
    const { clients } = secretOf(stored);
    t.is((await readCredentials(streamWith({ password: { secret_arn: arn } }), clients, still)).password, used);
  }
  const { clients } = secretOf("s3cret\n\n");
  await t.throwsAsync(readCredentials(streamWith({ password: { secret_arn: arn } }), clients, still), {
    message: /has several lines/,
  });
});

test("a value is used for five minutes, then read again", async (t) => {
  let value = "old";
  let now = 0;
  const { clients, calls } = servicesWith({ secret: () => ({ SecretString: value }) });
  const stream = streamWith({ password: { secret_arn: arn } });
  const password = async () => (await readCredentials(stream, clients, () => now)).password;
  t.is(await password(), "old");
  value = "rotated";
  now = 5 * 60_000 - 1;
  t.is(await password(), "old");
  t.is(calls.length, 1);
  now = 5 * 60_000;
  t.is(await password(), "rotated");
});

test("after a refused log-in the next attempt reads afresh", async (t) => {
  let value = "old";
  const { clients } = servicesWith({ secret: () => ({ SecretString: value }) });
  const stream = streamWith({ password: { secret_arn: arn } });
  await readCredentials(stream, clients, still);
  value = "rotated";
  forgetCredentials(stream, clients);
  t.is((await readCredentials(stream, clients, still)).password, "rotated");
});

test("who asks at the same time waits for one answer", async (t) => {
  const { clients, calls } = secretOf("s3cret");
  const stream = streamWith({ password: { secret_arn: arn } });
  const all = await Promise.all(Array.from({ length: 20 }, () => readCredentials(stream, clients, still)));
  t.true(all.every(({ password }) => password === "s3cret"));
  t.is(calls.length, 1);
});

test("a failure isn't remembered, and names the stream that asked", async (t) => {
  let broken = true;
  const { clients } = servicesWith({
    secret: () => {
      if (broken) throw serviceError("ThrottlingException", "Rate exceeded");
      return { SecretString: "s3cret" };
    },
  });
  const acme = streamWith({ password: { secret_arn: arn } });
  const bolt = { ...acme, name: "bolt" };
  const [first, second] = await Promise.allSettled([acme, bolt].map((s) => readCredentials(s, clients, still)));
  t.regex(String((first as PromiseRejectedResult).reason), /Stream acme/);
  t.regex(String((second as PromiseRejectedResult).reason), /Stream bolt/);
  broken = false;
  t.is((await readCredentials(acme, clients, still)).password, "s3cret");
});

const answers: readonly [name: string, kind: string, remedy: RegExp][] = [
  ["ResourceNotFoundException", "missing", /Create it, or correct the stream/],
  ["InvalidRequestException", "missing", /Create it/],
  ["AccessDeniedException", "denied", /resource policy and the policy of its KMS key/],
  ["DecryptionFailure", "denied", /KMS key/],
  ["ThrottlingException", "unavailable", /The next attempt asks again/],
  ["TimeoutError", "unavailable", /The next attempt asks again/],
];
for (const [name, kind, remedy] of answers) {
  test(`${name} is told as ${kind}, with stream, secret and remedy`, async (t) => {
    const { clients } = servicesWith({
      secret: () => {
        throw serviceError(name);
      },
    });
    const error = await t.throwsAsync(readCredentials(streamWith({ password: { secret_arn: arn } }), clients, still), {
      instanceOf: SecretError,
      message: remedy,
    });
    t.is(error.kind, kind as typeof error.kind);
    t.is(error.stream, "acme");
    t.true(error.message.startsWith(`Stream acme: sftp.password, secret ${arn}, can't be read (${name}: `));
  });
}

test("a missing parameter and a missing object are told as such", async (t) => {
  const { clients } = servicesWith({
    parameter: () => {
      throw serviceError("ParameterNotFound");
    },
    object: () => {
      throw serviceError("NoSuchKey");
    },
  });
  await t.throwsAsync(readCredentials(streamWith({ password: { ssm_parameter: "/no" } }), clients, still), {
    message: /sftp\.password, SSM parameter \/no, can't be read \(ParameterNotFound/,
  });
  await t.throwsAsync(readCredentials(streamWith({ private_key: { s3: "b/no" } }), clients, still), {
    message: /sftp\.private_key, object s3:\/\/b\/no, can't be read \(NoSuchKey/,
  });
});

const publicKey = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAICanaryCanaryCanaryCanaryCanaryCanaryCanary us@here";
const spki = "-----BEGIN PUBLIC KEY-----\nCanary\n-----END PUBLIC KEY-----\n";
const wrong: readonly [
  name: string,
  field: "password" | "private_key",
  jsonKey: string | null,
  value: string,
  message: RegExp,
][] = [
  ["an empty password", "password", null, "\n", /is empty\. Store the value/],
  ["an empty key", "private_key", null, " \n", /is empty\. Store the private key/],
  [
    "JSON without json_key",
    "password",
    null,
    '{"user":"canary","pass":"canary"}',
    /is a JSON object; its fields are "user", "pass"\. Say with json_key/,
  ],
  ["json_key without JSON", "password", "pass", "canary", /isn't a JSON object\. Remove json_key = "pass"/],
  ["json_key with broken JSON", "password", "pass", '{"pass":"canary"', /isn't a JSON object/],
  ["json_key with a JSON list", "password", "pass", '["canary"]', /isn't a JSON object/],
  ["a missing field", "password", "pass", '{"word":"canary"}', /has no field "pass"; its fields are "word"/],
  ["an inherited field", "password", "constructor", "{}", /has no field "constructor"; it has no fields/],
  [
    "a number in JSON",
    "password",
    "pass",
    '{"pass":1234}',
    /a field "pass" that isn't a string\. Put its value in quotes/,
  ],
  ["a key for a password", "password", null, pem, /is a private key\. Name it in sftp\.private_key/],
  ["a public key for a key", "private_key", null, publicKey, /is a public key\. Store the private one/],
  ["a PEM public key for a key", "private_key", null, spki, /is a public key\. Store the private one/],
  ["a password for a key", "private_key", null, "canary", /isn't a private key: it has no line -----BEGIN/],
];
for (const [name, field, json_key, value, message] of wrong) {
  test(`a secret that isn't what the stream says is refused without showing it: ${name}`, async (t) => {
    const { clients } = secretOf(value);
    const stream = streamWith({ [field]: { secret_arn: arn, json_key } });
    const error = await t.throwsAsync(readCredentials(stream, clients, still), { instanceOf: SecretError, message });
    t.is(error.kind, "unusable");
    t.true(error.message.startsWith(`Stream acme: sftp.${field}, secret ${arn}, `));
    t.notRegex(`${error.message}${error.stack}${String(error.cause)}`, /canary|Canary/);
  });
}

test("a binary secret is refused with the way to store it as text", async (t) => {
  const { clients } = servicesWith({ secret: () => ({ SecretBinary: new Uint8Array([1]) }) });
  await t.throwsAsync(readCredentials(streamWith({ password: { secret_arn: arn } }), clients, still), {
    message: /is binary\. Store it as text: `aws secretsmanager put-secret-value --secret-string/,
  });
});

test("an object that is no text, is empty or too large is refused", async (t) => {
  const read = (answer: () => unknown) => {
    const { clients } = servicesWith({ object: answer });
    return readCredentials(streamWith({ private_key: { s3: "keys/acme" } }), clients, still);
  };
  await t.throwsAsync(
    read(() => objectOf(new Uint8Array([0xff, 0xfd]))),
    { message: /is neither text nor/ },
  );
  await t.throwsAsync(
    read(() => objectOf("x".repeat(65_537))),
    { message: /has more than 65536 bytes/ },
  );
  const empty = () => {
    throw serviceError("InvalidRange");
  };
  await t.throwsAsync(read(empty), { message: /is empty/ });
});

test("PuTTY's own format is a private key", async (t) => {
  const ppk = "PuTTY-User-Key-File-3: ssh-ed25519\nEncryption: none\n";
  const { clients } = secretOf(ppk);
  const { privateKey } = await readCredentials(streamWith({ private_key: { secret_arn: arn } }), clients, still);
  t.is(privateKey, ppk);
});

test("a key that was pasted into JSON with its line breaks, behind a byte order mark, or in UTF-16 is read", async (t) => {
  const stream = streamWith({ private_key: { secret_arn: arn, json_key: "key" } });
  for (const text of [`{"key": "${pem}", "note": "tab\there"}`, `\ufeff${JSON.stringify({ key: pem })}`]) {
    const { clients } = secretOf(text);
    t.deepEqual(await readCredentials(stream, clients, still), { privateKey: pem });
  }
  const { clients } = servicesWith({ object: () => objectOf(Buffer.from(`\ufeff${pem}`, "utf16le")) });
  t.deepEqual(await readCredentials(streamWith({ private_key: { s3: "keys/acme" } }), clients, still), {
    privateKey: pem,
  });
});

test("what was read is hidden from every log line that follows", async (t) => {
  const { clients } = secretOf('{"word":"canary-in-json"}');
  await readCredentials(streamWith({ password: { secret_arn: arn, json_key: "word" } }), clients, still);
  const lines = linesOf(() => createTelemetry({ namespace: "n" }).log.info("the server said canary-in-json"));
  t.regex(lines.join(), /the server said \[redacted\]/);
});

test("what a jump host wants is read beside what the partner wants, and an error says whose it is", async (t) => {
  const via = {
    type: "ssh",
    host: "jump",
    port: 22,
    username: "j",
    host_keys: ["SHA256:x"],
    private_key: { ssm_parameter: "/jump" },
  };
  const { clients, calls } = servicesWith({
    secret: () => ({ SecretString: "s3cret" }),
    parameter: () => ({ Parameter: { Value: pem } }),
  });
  const stream = streamWith({ password: { secret_arn: arn }, via });
  t.deepEqual(await readCredentials(stream, clients, still), { password: "s3cret", via: { privateKey: pem } });
  const before = calls.length;
  forgetCredentials(stream, clients);
  await readCredentials(stream, clients, still);
  t.is(calls.length, 2 * before);
  const none = servicesWith({
    secret: () => ({ SecretString: "s3cret" }),
    parameter: () => ({ Parameter: { Value: "" } }),
  });
  const error = await t.throwsAsync(readCredentials(stream, none.clients, still), { instanceOf: SecretError });
  t.regex(error.message, /^Stream .*: sftp\.via\.private_key, SSM parameter \/jump, is empty/);
});
