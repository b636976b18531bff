import { generateKeyPairSync } from "node:crypto";
import test from "ava";
import { dispatch } from "../../../lambda/src/dispatch.ts";
import { createdObjectsOf } from "../../../lambda/src/push/s3-event.ts";
import { RemoteError } from "../../../lambda/src/sftp/errors.ts";
import { printable } from "../../../lambda/src/sftp/printable.ts";
import { protect, withoutSecrets } from "../../../lambda/src/telemetry/redact.ts";
import { createTelemetry } from "../../../lambda/src/telemetry/telemetry.ts";
import { push, stream } from "../../helpers/streams.ts";
import { createWorld } from "../../helpers/world.ts";
import { linesOf } from "./capture.ts";

const logged = (fields: Record<string, unknown>, message = "m"): string =>
  linesOf(() => createTelemetry({ namespace: "n" }).log.error(message, fields)).join("\n");

test("fields that hold secrets are never written, at any depth", (t) => {
  const line = logged({
    password: "canary-1",
    sftp: { privateKey: "canary-2", private_key: "canary-3", passphrase: "canary-4", username: "us" },
    list: [{ SecretString: "canary-5", secretBinary: "canary-6" }],
  });
  t.notRegex(line, /canary/);
  t.regex(line, /"username":"us"/);
});

test("a value that was read as a secret is hidden wherever it stands", (t) => {
  protect('canary "quoted" \\ value\n');
  const value = 'canary "quoted" \\ value';
  const line = logged(
    { reason: `log-in with ${value} refused`, error: new Error(`bad ${value}`, { cause: new Error(value) }) },
    `message ${value}`,
  );
  t.notRegex(line, /canary/);
  t.regex(line, /log-in with \[redacted\] refused/);
});

test("a private key is hidden as a whole, and each line of one that was read", (t) => {
  const { privateKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });
  const pem = privateKey.export({ type: "pkcs1", format: "pem" }).toString();
  t.notRegex(logged({ reason: `unsupported: ${pem}` }), /MII/);
  const line = pem.split("\n")[3] ?? "";
  t.regex(logged({ reason: `near ${line}.` }), /near [A-Za-z0-9+/]{64}\./);
  protect(pem);
  t.regex(logged({ reason: `near ${line}.` }), /near \[redacted\]\./);
});

test("file content is not written, only its length", (t) => {
  const line = logged({ chunk: Buffer.from("content"), view: new Uint8Array(3) });
  t.regex(line, /"chunk":"\[7 bytes\]","view":"\[3 bytes\]"/);
});

test("what isn't secret stays as it is", (t) => {
  const fields = { sha256: "a".repeat(64), path: "passwords/password.csv", jsonKey: "password" };
  const line = JSON.parse(logged(fields));
  t.like(line, fields);
});

test("an error from a partner that repeats what it was told doesn't carry it into the journal, or to whoever asks", (t) => {
  protect("canary of a server");
  t.is(
    new RemoteError("failure", 'the server says "no room, canary of a server"').message,
    'the server says "no room, [redacted]"',
  );
});

test("an event that can't be understood is shown without its secrets", async (t) => {
  const event = { action: "check-all", stream: "acme", sftp: { password: "canary" } };
  const error = await t.throwsAsync(dispatch(createWorld(stream({ push })).bridge().invocation, event));
  t.regex(error?.message ?? "", /check-all.*"password":"\[redacted\]"/);
  t.throws(() => createdObjectsOf(JSON.stringify({ private_key: "canary" }), 0), {
    message: /"private_key":"\[redacted\]"/,
  });
});

const secret = 'canary  w\u00f6rd\twith "sp&ce" %41/+\\x';
/** What servers, libraries and log lines make of what they were told. */
const repeated: Readonly<Record<string, string>> = {
  "as it is": secret,
  "blanks collapsed": secret.replace(/\s+/g, " "),
  "blanks gone": secret.replace(/\s+/g, ""),
  "encoded for a URL": encodeURIComponent(secret),
  "encoded for a form": encodeURIComponent(secret).replaceAll("%20", "+"),
  "encoded twice": encodeURIComponent(encodeURIComponent(secret)),
  "every byte encoded": [...Buffer.from(secret)].map((byte) => `%${byte.toString(16).padStart(2, "0")}`).join(""),
  "in JSON": JSON.stringify(secret).slice(1, -1),
  "in JSON in JSON": JSON.stringify(JSON.stringify(secret).slice(1, -1)).slice(1, -1),
  "with escapes of C": [...secret].map((one) => `\\x${one.charCodeAt(0).toString(16).padStart(2, "0")}`).join(""),
  "in HTML": secret.replaceAll("&", "&amp;").replaceAll('"', "&quot;"),
  "in quoted-printable": secret.replace("\u00f6", "=C3=B6"),
  shouted: secret.toUpperCase(),
  "over two lines": `${secret.slice(0, 9)}\r\n   ${secret.slice(9)}`,
  "in two strings": `${secret.slice(0, 9)}', '${secret.slice(9)}`,
  "as Latin-1": Buffer.from(secret).toString("latin1"),
  "as ASCII": secret.replace("\u00f6", "?"),
  decomposed: secret.normalize("NFD"),
};
for (const [name, form] of Object.entries(repeated))
  test(`a secret with two blanks, a tab and signs is found again: ${name}`, (t) => {
    protect(secret);
    t.is(withoutSecrets(`bad <${form}> here`), "bad <[redacted]> here");
    t.notRegex(printable(`bad <${"x".repeat(150)} ${form}> here`), /canary|w.{0,4}rd.*with/i);
  });

test("a secret that is cut off by a message's length isn't shown in part", (t) => {
  protect("canary-of-forty-characters-in-a-long-line");
  for (let length = 165; length < 200; length += 1)
    t.notRegex(printable(`${"x".repeat(length)}canary-of-forty-characters-in-a-long-line`), /canary/);
});

test("pieces of a key are hidden, whatever its lines were when it was read", (t) => {
  const { privateKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });
  const pem = privateKey.export({ type: "pkcs1", format: "pem" }).toString();
  const joined = pem.replace(/-----.*-----|\n/g, "");
  protect(pem.replaceAll("\n", "\\n"));
  for (const from of [0, 7, 100, 333])
    t.is(withoutSecrets(`near ${joined.slice(from, from + 70)}.`), "near [redacted].");
});

test("what only looks a little like a secret stays, and looking takes no time", (t) => {
  protect("another-canary-1");
  for (const text of ["another canary", "canary-1", "another-canary-2", "%41%42"]) t.is(withoutSecrets(text), text);
  const started = performance.now();
  for (const text of [
    '"'.repeat(200_000),
    "a ".repeat(100_000),
    "%61".repeat(50_000),
    "another-canary-".repeat(10_000),
  ])
    withoutSecrets(text);
  t.true(performance.now() - started < 5000);
});
