import { appendFileSync, chmodSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import test from "ava";
import { makeKeyPair } from "../../../bridge/src/new-key.ts";
import { run } from "../../../bridge/src/run.ts";
import { createBudget } from "../../../lambda/src/concurrency/budget.ts";
import type { SftpConfig, Windows } from "../../../lambda/src/config/types.ts";
import { dispatch } from "../../../lambda/src/dispatch.ts";
import { connectWith } from "../../../lambda/src/drain/connect-partner.ts";
import { readCredentials } from "../../../lambda/src/secrets/read.ts";
import type { SecretClients } from "../../../lambda/src/secrets/types.ts";
import { redact } from "../../../lambda/src/telemetry/redact.ts";
import { memoryObjects, memoryParameters } from "../../helpers/memory-key-places.ts";
import { memorySecret } from "../../helpers/memory-secrets.ts";
import { makeAuthority } from "../../helpers/sftp/certificates.ts";
import { adversary } from "../../helpers/sftp/connected.ts";
import { sshdConfig } from "../../helpers/sftp/sshd-config.ts";
import { push, stream } from "../../helpers/streams.ts";
import { createWorld } from "../../helpers/world.ts";
import { type Sshd, startSshd } from "../../stack/sshd.ts";

const arn = "arn:aws:secretsmanager:eu-west-1:123456789012:secret:sftp/acme-AbCdEf";

type StreamGiven = [name: string, sftp: SftpConfig, windows?: Windows];

/** What keeps keys: each as its SDK client. */
interface Kept {
  readonly secretsManager?: never;
  readonly ssm?: never;
  readonly s3?: never;
}

const nobodyAsks = { send: () => Promise.reject(new Error("nobody asks here")) } as never;

/** The command against a bridge in memory whose connections and places of keys are as real as it takes. */
const commandBy = (
  { secretsManager = nobodyAsks, ssm = nobodyAsks, s3 = nobodyAsks }: Kept,
  ...streams: StreamGiven[]
) => {
  const world = createWorld(
    ...streams.map(([name, sftp, windows]) => stream({ name, push: { ...push, ...(windows && { windows }) }, sftp })),
  );
  const all: string[] = [];
  const requests: string[] = [];
  const clients: SecretClients = {
    secretsManager: async () => secretsManager,
    ssm: async () => ssm,
    s3: async () => s3,
    kms: async () => nobodyAsks,
  };
  const bridge = async (args: string) => {
    const said: string[] = [];
    const write = (text: string) => void said.push(text);
    const { invocation, telemetry: told } = world.bridge();
    const { telemetry } = invocation.deps;
    const by = (clients: SecretClients) => ({
      credentials: (one: Parameters<typeof readCredentials>[0]) => readCredentials(one, clients, Date.now),
      connect: connectWith({ secrets: clients, telemetry, now: Date.now, inFlight: createBudget(1e6) }),
    });
    const status = await run(args.split(" "), {
      environment: { BRIDGE_FUNCTION: "bridge" },
      version: "0",
      out: write,
      err: write,
      terminal: { out: false, err: false },
      now: Date.now,
      cloudwatch: () => Promise.reject(new Error("nobody asks")),
      keyServices: () => clients,
      invoker: async () => async (_name, payload) => {
        const deps = { ...invocation.deps, access: { secrets: clients, by } };
        const answer = JSON.stringify(await dispatch({ ...invocation, deps }, JSON.parse(payload)));
        requests.push(payload);
        all.push(answer);
        return { $metadata: {}, Payload: new TextEncoder().encode(answer) as never };
      },
    });
    all.push(...said, JSON.stringify(told.lines, redact));
    return { status, said: said.join("") };
  };
  return { bridge, all, requests };
};

const commandWith = (secret: ReturnType<typeof memorySecret>, ...streams: StreamGiven[]) =>
  commandBy({ secretsManager: secret.client }, ...streams);

/** Nobody is connected to there. */
const nobody = sshdConfig({ host: "127.0.0.1", port: 1, username: "us", knownHosts: "SHA256:x" } as Sshd);

const lineIn = (said: string): string => /^ssh-(ed25519|rsa) \S+ s3-sftp-bridge-acme$/m.exec(said)?.[0] ?? "no line";

test("a new key waits until every partner takes it, and only then comes into use; nobody sees its private half", async (t) => {
  const sshd = await startSshd();
  t.teardown(() => sshd.stop());
  const { privateKey, passphrase, publicKey } = sshd.lockedKey;
  const secret = memorySecret(arn, JSON.stringify({ key: privateKey, phrase: passphrase, note: "stays" }));
  const sftp = {
    ...sshdConfig(sshd),
    privateKey: { secretArn: arn, jsonKey: "key" },
    passphrase: { secretArn: arn, jsonKey: "phrase" },
  };
  const { bridge, all, requests } = commandWith(secret, ["acme", sftp], ["globex", { ...sftp, host: "localhost" }]);
  const before = secret.valueOf("AWSCURRENT");

  const made = await bridge("rotate-key --stream acme");
  t.is(made.status, 0, made.said);
  t.regex(made.said, /A new key waits beside.*127\.0\.0\.1:\d+ \(acme\), .*localhost:\d+ \(globex\)/);
  const line = lineIn(made.said);

  const early = await bridge("rotate-key --stream acme");
  t.is(early.status, 1, early.said);
  t.regex(early.said, /doesn't log in everywhere yet[\s\S]*127\.0\.0\.1:\d+: .*log-in refused[\s\S]*localhost/);
  t.is(lineIn(early.said), line);
  t.is(secret.valueOf("AWSCURRENT"), before);

  // Somebody changes another field meanwhile.
  const current = JSON.stringify({ ...JSON.parse(before ?? ""), note: "changed" });
  secret.change(current);
  appendFileSync(join(dirname(sshd.key.path), "authorized_keys"), `${line}\n`);
  const switched = await bridge("rotate-key --stream acme");
  t.is(switched.status, 0, switched.said);
  t.regex(switched.said, /has logged in, and is in use from now on/);
  t.true(switched.said.includes(publicKey.split(" ")[1] ?? "-"), "the old key's public half, to be removed");
  t.is(secret.valueOf("AWSPREVIOUS"), current);
  t.is(secret.valueOf("AWSPENDING"), undefined);
  const now = JSON.parse(secret.valueOf("AWSCURRENT") ?? "") as Record<string, string>;
  t.like(now, { phrase: passphrase, note: "changed" });
  t.regex(now["key"] ?? "", /BEGIN ENCRYPTED PRIVATE KEY/);
  t.regex((await bridge("rotate-key --stream acme --abandon")).said, /No key waits/);

  const body = (now["key"] ?? "").split("\n").slice(1, -2);
  for (const text of [...all, ...requests]) {
    t.notRegex(text, /PRIVATE KEY/);
    for (const part of [...body, passphrase]) t.false(text.includes(part));
  }
});

test("an RSA key is made where it is asked for, and dropped again", async (t) => {
  const before = makeKeyPair("ed25519", undefined).privateKey;
  const secret = memorySecret(arn, before);
  const { bridge } = commandWith(secret, ["acme", { ...nobody, privateKey: { secretArn: arn } }]);
  t.regex(lineIn((await bridge("rotate-key --stream acme --type rsa-4096")).said), /^ssh-rsa AAAAB3NzaC1yc2E\S{700,}/);
  t.truthy(secret.valueOf("AWSPENDING"));
  t.regex((await bridge("rotate-key --stream acme --abandon")).said, /is dropped; the one in use stays/);
  t.is(secret.valueOf("AWSPENDING"), undefined);
  t.is(secret.valueOf("AWSCURRENT"), before);
  t.is((await bridge("rotate-key --stream acme --type dsa")).status, 2);
});

test("a log-in by password isn't one by the new key", async (t) => {
  const server = await adversary(t);
  const secret = memorySecret(
    arn,
    JSON.stringify({ key: makeKeyPair("ed25519", undefined).privateKey, word: "secret" }),
  );
  const sftp = {
    ...server.config,
    privateKey: { secretArn: arn, jsonKey: "key" },
    password: { secretArn: arn, jsonKey: "word" },
  };
  const { bridge } = commandWith(secret, ["acme", sftp]);
  await bridge("rotate-key --stream acme");
  const { status, said } = await bridge("rotate-key --stream acme");
  t.is(status, 1, said);
  t.regex(said, /the server refused the key, and let us in by password/);
});

test("outside of its windows a partner isn't connected to, and the key not switched", async (t) => {
  const secret = memorySecret(arn, makeKeyPair("ed25519", undefined).privateKey);
  const never = { open: [], except: [], timeZone: "UTC" };
  const { bridge } = commandWith(secret, ["acme", { ...nobody, privateKey: { secretArn: arn } }, never]);
  await bridge("rotate-key --stream acme");
  const { status, said } = await bridge("rotate-key --stream acme");
  t.is(status, 1, said);
  t.regex(said, /not tried: push of acme is outside of its windows/);
});

const key = { secretArn: arn };
for (const [what, change, state, message] of [
  ["not there", { password: key }, {}, /has no sftp\.private_key/],
  ["rotated by somebody else", { privateKey: key }, { rotates: true }, /is rotated by a function of its own/],
  ["not ours to look at", { privateKey: key }, { denied: "Describe" }, /needs secretsmanager:DescribeSecret/],
  ["not ours to change", { privateKey: key }, { denied: "Put" }, /needs secretsmanager:PutSecretValue/],
] as const)
  test(`a key that is ${what} is left as it is, with what to do instead`, async (t) => {
    const secret = memorySecret(arn, makeKeyPair("ed25519", undefined).privateKey);
    Object.assign(secret.state, state);
    const sftp = { ...nobody, ...change };
    const { status, said } = await commandWith(secret, ["acme", sftp]).bridge("rotate-key --stream acme");
    t.is(status, 4, said);
    t.regex(said, message);
    t.false(secret.state.calls.includes("UpdateSecretVersionStageCommand"));
    t.is(secret.valueOf("AWSPENDING"), undefined);
  });

const kmsKey = "arn:aws:kms:eu-west-1:123456789012:key/1";
for (const [what, kept] of [
  [
    "SSM",
    (value: string) => {
      const given = { Name: "/sftp/acme", Type: "SecureString", KeyId: kmsKey, Description: "ours" };
      const { client, versionsOf, state } = memoryParameters({ ...given, Value: value });
      const values = (name: string) => versionsOf(name).map(({ Value }) => Value);
      const encryption = () => [...versionsOf("/sftp/acme"), ...versionsOf("/sftp/acme.new")].map(({ KeyId }) => KeyId);
      const source = { ssmParameter: "/sftp/acme" };
      return { by: { ssm: client }, source, values: (more = "") => values(`/sftp/acme${more}`), encryption, state };
    },
  ],
  [
    "S3",
    (value: string) => {
      const kms = { ServerSideEncryption: "aws:kms", SSEKMSKeyId: kmsKey, BucketKeyEnabled: true };
      const { client, versionsOf, state } = memoryObjects("acme", { Body: value, ...kms });
      const values = (name: string) => versionsOf(name).map(({ Body }) => Body);
      const encryption = () => [...versionsOf("acme"), ...versionsOf("acme.new")].map(({ SSEKMSKeyId }) => SSEKMSKeyId);
      return {
        by: { s3: client },
        source: { s3: "keys/acme" },
        values: (more = "") => values(`acme${more}`),
        encryption,
        state,
      };
    },
  ],
] as const)
  test(`a new key for one in ${what} waits beside it, is sent to the function to be tried, and written only after its log-in`, async (t) => {
    const sshd = await startSshd();
    t.teardown(() => sshd.stop());
    const before = sshd.key.privateKey;
    const { by, source, values, encryption, state } = kept(before);
    const { bridge, all } = commandBy(by, ["acme", { ...sshdConfig(sshd), privateKey: source }]);
    const made = await bridge("rotate-key --stream acme");
    t.is(made.status, 0, made.said);
    const [waiting = ""] = values(".new");
    t.regex(waiting, /BEGIN PRIVATE KEY/);
    t.deepEqual(values(), [before]);

    const early = await bridge("rotate-key --stream acme");
    t.is(early.status, 1, early.said);
    t.regex(early.said, /doesn't log in everywhere yet[\s\S]*log-in refused/);
    t.is(lineIn(early.said), lineIn(made.said));
    t.deepEqual(values(), [before]);

    appendFileSync(join(dirname(sshd.key.path), "authorized_keys"), `${lineIn(made.said)}\n`);
    const switched = await bridge("rotate-key --stream acme");
    t.is(switched.status, 0, switched.said);
    t.true(switched.said.includes(sshd.key.publicKey.split(" ")[1] ?? "-"), "the old key's public half");
    t.deepEqual(values(), [before, waiting]);
    t.deepEqual(values(".new"), []);
    t.deepEqual([...new Set(encryption())], [kmsKey]);
    const body = waiting.split("\n").slice(1, -2);
    for (const text of all) for (const part of [...body, "PRIVATE KEY"]) t.false(text.includes(part));

    t.is((await bridge("rotate-key --stream acme")).status, 0);
    t.is(values(".new").length, 1);
    t.regex((await bridge("rotate-key --stream acme --abandon")).said, /is dropped; the one in use stays/);
    t.deepEqual(values(".new"), []);
    state.denied = "Put";
    const denied = await bridge("rotate-key --stream acme");
    t.is(denied.status, 4);
    t.regex(denied.said, /Your role needs (ssm:PutParameter|s3:PutObject) on it/);
  });

test("a field of a parameter is changed by itself, with its passphrase from another, and not where somebody else was faster", async (t) => {
  const sshd = await startSshd();
  t.teardown(() => sshd.stop());
  const { privateKey, passphrase } = sshd.lockedKey;
  const object = { key: privateKey, phrase: passphrase, note: "stays" };
  const { client, versionsOf } = memoryParameters({ Name: "/a", Type: "SecureString", Value: JSON.stringify(object) });
  const sftp = {
    ...sshdConfig(sshd),
    privateKey: { ssmParameter: "/a", jsonKey: "key" },
    passphrase: { ssmParameter: "/a", jsonKey: "phrase" },
  };
  const { bridge } = commandBy({ ssm: client }, ["acme", sftp]);
  const line = lineIn((await bridge("rotate-key --stream acme")).said);
  appendFileSync(join(dirname(sshd.key.path), "authorized_keys"), `${line}\n`);
  // Behind the first look of the trial.
  const { send } = client as { send: (command: { constructor: { name: string }; input: object }) => Promise<unknown> };
  let looks = 0;
  const hasty = {
    send: async (command: Parameters<typeof send>[0]) => {
      if (command.constructor.name === "DescribeParametersCommand" && ++looks === 3)
        await send({
          constructor: { name: "PutParameterCommand" },
          input: { ...versionsOf("/a").at(-1), Overwrite: true },
        });
      return await send(command);
    },
  } as never;
  const beaten = await commandBy({ ssm: hasty }, ["acme", sftp]).bridge("rotate-key --stream acme");
  t.is(beaten.status, 4, beaten.said);
  t.regex(beaten.said, /has been changed meanwhile by somebody else: nothing was switched/);
  t.is(JSON.parse(versionsOf("/a").at(-1)?.Value ?? "").key, privateKey);

  const switched = await bridge("rotate-key --stream acme");
  t.is(switched.status, 0, switched.said);
  const now = JSON.parse(versionsOf("/a").at(-1)?.Value ?? "") as typeof object;
  t.like(now, { phrase: passphrase, note: "stays" });
  t.regex(now.key, /BEGIN ENCRYPTED PRIVATE KEY/);
});

test("an object that somebody else has changed since the new key was read is left as it is", async (t) => {
  const sshd = await startSshd();
  t.teardown(() => sshd.stop());
  const objects = memoryObjects("acme", { Body: sshd.key.privateKey });
  const { send } = objects.client as { send: (command: { input: { Key: string } }) => Promise<unknown> };
  let isHasty = false;
  const client = {
    send: async (command: { input: { Key: string }; constructor: { name: string } }) => {
      if (isHasty && command.input.Key === "acme.new" && command.constructor.name === "GetObjectCommand")
        objects.change("acme", { Body: "theirs" });
      return await send(command);
    },
  } as never;
  const stream: StreamGiven = ["acme", { ...sshdConfig(sshd), privateKey: { s3: "keys/acme" } }];
  const line = lineIn((await commandBy({ s3: client }, stream).bridge("rotate-key --stream acme")).said);
  appendFileSync(join(dirname(sshd.key.path), "authorized_keys"), `${line}\n`);
  isHasty = true;
  const command = commandBy({ s3: client }, stream);
  // The function has read the old one before.
  const beaten = await command.bridge("rotate-key --stream acme");
  t.is(beaten.status, 4, beaten.said);
  t.regex(beaten.said, /PutObject failed: PreconditionFailed/);
  t.deepEqual(
    objects.versionsOf("acme").map(({ Body }) => Body),
    [sshd.key.privateKey, "theirs", "theirs"],
  );
});

test("a key with a certificate is switched together with the certificate of the new one, also where that was interrupted", async (t) => {
  const authority = makeAuthority();
  const folder = mkdtempSync(join(tmpdir(), "rotate-"));
  chmodSync(folder, 0o755);
  t.teardown(() => rmSync(folder, { recursive: true }));
  const at = (name: string) => join(folder, name);
  writeFileSync(at("ca.pub"), `${authority.publicLine}\n`);
  const sshd = await startSshd({ config: { TrustedUserCAKeys: at("ca.pub"), AuthorizedKeysFile: "none" } });
  t.teardown(() => sshd.stop());
  const sign = (publicLine: string, principal = sshd.username) => {
    const line = authority.sign({ publicLine, principals: [principal], validity: "-1d:+1d" });
    writeFileSync(at("new-cert.pub"), `${line}\n`);
    return line;
  };
  const before = sign(sshd.key.publicKey);
  const secret = memorySecret(arn, JSON.stringify({ key: sshd.key.privateKey, certificate: before }));
  const sftp = {
    ...sshdConfig(sshd),
    privateKey: { secretArn: arn, jsonKey: "key" },
    certificate: { secretArn: arn, jsonKey: "certificate" },
  };
  const { bridge } = commandWith(secret, ["acme", sftp]);
  const withFile = `rotate-key --stream acme --certificate ${at("new-cert.pub")}`;
  const current = () => JSON.parse(secret.valueOf("AWSCURRENT") ?? "") as Record<string, string>;

  t.regex((await bridge(withFile)).said, /No new key of stream acme waits for a certificate/);
  const made = await bridge("rotate-key --stream acme");
  t.regex(made.said, /Have this line certified[\s\S]*--certificate FILE/);
  const missing = await bridge("rotate-key --stream acme");
  t.is(missing.status, 1);
  t.regex(missing.said, /its certificate is missing; the old key stays in use/);
  for (const [wrong, why] of [
    [() => sign(sshd.key.publicKey), /it is for the key SHA256/],
    [() => sign(lineIn(made.said), "somebody-else"), /log-in refused/],
  ] as const) {
    wrong();
    const refused = await bridge(withFile);
    t.is(refused.status, 1, refused.said);
    t.regex(refused.said, why);
    t.deepEqual(current(), { key: sshd.key.privateKey, certificate: before });
  }

  const after = sign(lineIn(made.said)).trim();
  secret.state.denied = "UpdateSecretVersionStage";
  const broken = await bridge(withFile);
  t.is(broken.status, 4);
  t.regex(broken.said, /The certificate is the new one already.*give the same command again/);
  t.deepEqual(current(), { key: sshd.key.privateKey, certificate: after });
  secret.state.denied = "";
  const switched = await bridge(withFile);
  t.is(switched.status, 0, switched.said);
  t.is(current()["certificate"], after);
  t.not(current()["key"], sshd.key.privateKey);
  t.is((await bridge("rotate-key --stream acme --certificate /nowhere")).status, 2);
});

for (const [what, kept, message] of [
  [
    "encrypted by its owner",
    memoryObjects("acme", { Body: "x", Metadata: { "x-amz-key-v2": "x" } }),
    /npm run encrypt-key -- --key KMS_KEY_ARN --to keys\/acme < new_key/,
  ],
  [
    "in a bucket without versions",
    memoryObjects("acme", { Body: "x" }, false),
    /Turn on the versioning of the bucket keys/,
  ],
] as const)
  test(`a key that is ${what} is left as it is, with what to do instead`, async (t) => {
    const privateKey = makeKeyPair("ed25519", undefined).privateKey;
    const reading = memoryObjects("acme", { Body: privateKey });
    const send = async (command: { constructor: { name: string } }) =>
      await (
        (command.constructor.name === "GetObjectCommand" ? reading : kept).client as { send: (one: object) => unknown }
      ).send(command);
    const { bridge } = commandBy({ s3: { send } as never }, ["acme", { ...nobody, privateKey: { s3: "keys/acme" } }]);
    const { status, said } = await bridge("rotate-key --stream acme");
    t.is(status, 4, said);
    t.regex(said, message);
    t.false(kept.state.calls.includes("PutObjectCommand"));
  });
