import { appendFileSync } from "node:fs";
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
import { memorySecret } from "../../helpers/memory-secrets.ts";
import { adversary } from "../../helpers/sftp/connected.ts";
import { sshdConfig } from "../../helpers/sftp/sshd-config.ts";
import { push, stream } from "../../helpers/streams.ts";
import { createWorld } from "../../helpers/world.ts";
import { type Sshd, startSshd } from "../../stack/sshd.ts";

const arn = "arn:aws:secretsmanager:eu-west-1:123456789012:secret:sftp/acme-AbCdEf";

/** The command against a bridge in memory whose connections and secret are as real as it takes. */
const commandWith = (
  secret: ReturnType<typeof memorySecret>,
  ...streams: [name: string, sftp: SftpConfig, windows?: Windows][]
) => {
  const world = createWorld(
    ...streams.map(([name, sftp, windows]) => stream({ name, push: { ...push, ...(windows && { windows }) }, sftp })),
  );
  const all: string[] = [];
  const bridge = async (args: string) => {
    const said: string[] = [];
    const write = (text: string) => void said.push(text);
    const { invocation } = world.bridge();
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
      secretsManager: async () => secret.client,
      invoker: async () => async (_name, payload) => {
        const deps = { ...invocation.deps, access: { secrets: secret.clients, by } };
        const answer = JSON.stringify(await dispatch({ ...invocation, deps }, JSON.parse(payload)));
        all.push(payload, answer);
        return { $metadata: {}, Payload: new TextEncoder().encode(answer) as never };
      },
    });
    all.push(...said);
    return { status, said: said.join("") };
  };
  return { bridge, all };
};

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
  const { bridge, all } = commandWith(secret, ["acme", sftp], ["globex", { ...sftp, host: "localhost" }]);
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
  for (const text of all) {
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
  [
    "in SSM",
    { privateKey: { ssmParameter: "/key" } },
    {},
    /the SSM parameter \/key, which has no version that waits.*docs\/keys\.md/,
  ],
  ["in S3", { privateKey: { s3: "bucket/key" } }, {}, /the object s3:\/\/bucket\/key, which has no version/],
  ["not there", { password: key }, {}, /has no sftp\.private_key/],
  ["certified", { privateKey: key, certificate: key }, {}, /logs in with a certificate/],
  [
    "opened by a passphrase elsewhere",
    { privateKey: key, passphrase: { ssmParameter: "/p" } },
    {},
    /passphrase is not in Secrets Manager/,
  ],
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
