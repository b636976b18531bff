import { generateKeyPairSync } from "node:crypto";
import test from "ava";
import { dispatch } from "../../../lambda/src/dispatch.ts";
import { createdObjectsOf } from "../../../lambda/src/push/s3-event.ts";
import { RemoteError } from "../../../lambda/src/sftp/errors.ts";
import { protect } from "../../../lambda/src/telemetry/redact.ts";
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
