/**
 * What goes wrong in life, each on a real server: the error says what and what to do, and nothing is lost. One bridge has a
 * stream for each; the good one beside them shows that none of them stops the others.
 */
import { chmodSync, utimesSync } from "node:fs";
import { CreateBucketCommand, HeadObjectCommand, PutObjectCommand, S3Client } from "@aws-sdk/client-s3";
import { GetQueueAttributesCommand, SendMessageCommand, SQSClient } from "@aws-sdk/client-sqs";
import test from "ava";
import {
  awsConfig,
  logsOf,
  openConfiguration,
  startPasswordServer,
  startSshd,
  startStack,
  until,
} from "../stack/index.ts";
import { createSecret } from "../stack/secrets.ts";
import { freePort } from "../stack/temporary.ts";
import { invoke } from "./helpers/invoke.ts";
import { entriesOf } from "./helpers/journal.ts";

const oldFile = new Date("2025-01-01T00:00:00Z");

interface Sftp {
  readonly host: string;
  readonly port: number;
  readonly username: string;
  readonly host_keys: readonly string[];
  readonly [credential: string]: unknown;
}

/** What has been started by then, to be stopped also where the rest fails. */
const started: { stop(): Promise<void> }[] = [];
const starting = async <T extends { stop(): Promise<void> }>(server: Promise<T>): Promise<T> => {
  started.push(await server);
  return server;
};

const start = async () => {
  const [stack, good, stranger, small, passwords] = await Promise.all([
    starting(startStack()),
    starting(startSshd()),
    starting(startSshd()),
    starting(startSshd({ diskBytes: 1024 * 1024 })),
    starting(startPasswordServer()),
  ]);
  const secret = (name: string, value: string) => createSecret(stack, name, value);
  const at = (
    server: { host: string; port: number; fingerprint: string },
    username: string,
    credentials: object,
  ): Sftp => ({
    host: server.host,
    port: server.port,
    username,
    host_keys: [server.fingerprint],
    connect_timeout_seconds: 5,
    ...credentials,
  });
  const key = { private_key: { secret_arn: await secret("key", good.key.privateKey) } };
  const missingSecret = `arn:aws:secretsmanager:${stack.region}:${stack.accountId}:secret:nobody-made-this-AbCdEf`;
  const goodSftp = at(good, good.username, key);

  const partners: Record<string, Sftp> = {
    "wrong-password": at(passwords, passwords.username, {
      password: { secret_arn: await secret("wrong-password", "not the password") },
    }),
    "wrong-key": at(stranger, stranger.username, {
      private_key: { secret_arn: await secret("stranger", stranger.strangerKey.privateKey) },
    }),
    "wrong-passphrase": at(good, "passphrase", {
      private_key: { secret_arn: await secret("locked", good.lockedKey.privateKey) },
      passphrase: { secret_arn: await secret("passphrase", "not the passphrase") },
    }),
    "unknown-host": { ...at(good, good.username, key), host: "no-such-host.invalid" },
    "closed-port": { ...at(good, good.username, key), port: await freePort() },
    "host-key": { ...at(good, "hostkey", key), host_keys: [stranger.fingerprint] },
    "missing-secret": at(good, "missing", { private_key: { secret_arn: missingSecret } }),
    "not-a-key": at(good, "notakey", { private_key: { secret_arn: await secret("text", "hunter2-canary") } }),
    "disk-full": at(small, small.username, {
      private_key: { secret_arn: await secret("small", small.key.privateKey) },
    }),
  };
  const pushes = Object.fromEntries(
    Object.entries(partners).map(([name, sftp]) => [name, { sftp, push: { sftp: "inbox" } }]),
  );
  const streams = {
    ...pushes,
    good: { sftp: goodSftp, push: { sftp: "inbox" }, pull: { sftp: "outbox", schedule: "rate(1 hour)" } },
    "no-permission": { sftp: goodSftp, push: { sftp: "locked/new" } },
    "no-bucket": {
      sftp: goodSftp,
      pull: { s3: "nobody-made-this-bucket/in", sftp: "stranded", schedule: "rate(1 hour)" },
    },
    // As after it was deleted, and made anew by another account.
    "not-ours": {
      sftp: goodSftp,
      pull: { s3: "somebody-elses/in", bucket_owner: "999999999999", sftp: "waiting", schedule: "rate(1 hour)" },
    },
    "no-directory": { sftp: goodSftp, pull: { sftp: "nobody/made/this", schedule: "rate(1 hour)" } },
  };
  good.files.mkdir("inbox");
  good.files.mkdir("locked");
  chmodSync(good.files.path("locked"), 0o555);
  good.files.write("stranded/a.csv", "stays here");
  good.files.write("waiting/a.csv", "stays here");
  const s3 = new S3Client({ ...awsConfig(stack), forcePathStyle: true });
  await s3.send(new CreateBucketCommand({ Bucket: "somebody-elses" }));
  good.files.mkdir("outbox");
  small.files.mkdir("inbox");

  const workspace = await openConfiguration(stack, {
    "main.tf": `module "bridge" {
  source        = "../.."
  name          = "errors"
  force_destroy = true
  timeout       = 60
  streams       = jsondecode(file("streams.json"))
}
output "bridge" { value = module.bridge }
`,
    "streams.json": JSON.stringify(streams),
  });
  const { bridge } = (await workspace.apply()) as { bridge: Record<string, string> };
  return { stack, good, stranger, small, passwords, bridge, workspace, missingSecret };
};

let world: Awaited<ReturnType<typeof start>>;

test.before(async () => {
  world = await start();
});
test.after.always(() => Promise.all(started.map((one) => one.stop())));

const put = async (key: string, body: string | Uint8Array): Promise<void> => {
  const client = new S3Client({ ...awsConfig(world.stack), forcePathStyle: true });
  await client.send(new PutObjectCommand({ Bucket: world.bridge["bucket"], Key: key, Body: body }));
  client.destroy();
};

/** The stream's only entry, once it says why it waits. */
const waiting = (stream: string) =>
  until(`the journal to say why the file of ${stream} waits`, 60, async () => {
    const [entry] = await entriesOf(world.stack, world.bridge["table_name"] ?? "", stream);
    return entry?.last_error && entry.state === "pending" ? entry : undefined;
  });

const expected: Readonly<Record<string, readonly RegExp[]>> = {
  "wrong-password": [/refused/i, /password/i],
  "wrong-key": [/refused/i, /public ?key|private ?key/i],
  "wrong-passphrase": [/passphrase/i],
  "unknown-host": [/no-such-host\.invalid/],
  "closed-port": [/refused|nobody listens|not connected/i],
  "host-key": [/host key/i],
  "missing-secret": [/nobody-made-this/],
  "not-a-key": [/private key/i],
  "disk-full": [/full|no space|space/i],
  "no-permission": [/locked/, /permission|may not|right/i],
};

for (const [stream, patterns] of Object.entries(expected)) {
  test.serial(
    `push, ${stream}: the file stays pending in the journal, with an error that says what to do`,
    async (t) => {
      await put(`${stream}/push/file.bin`, stream === "disk-full" ? Buffer.alloc(3 * 1024 * 1024, 1) : "content");
      const entry = await waiting(stream);
      const message = entry?.last_error?.message ?? "";
      t.log(message);
      t.true(message.startsWith(`Stream ${stream}: `), "names the stream");
      t.true(message.includes("file.bin") || message.includes("locked"), "names the file");
      for (const pattern of patterns) t.regex(message, pattern);
      t.false(message.includes("hunter2-canary"));
      t.true((entry?.next_attempt ?? 0) > 0);
    },
  );
}

test.serial("a host key that isn't pinned: the error shows both fingerprints", async (t) => {
  const entry = await waiting("host-key");
  t.true(entry?.last_error?.message.includes(world.good.fingerprint));
  t.true(entry?.last_error?.message.includes(world.stranger.fingerprint));
});

test.serial("a full disk and a missing permission leave nothing half-written under the final name", async (t) => {
  t.false(world.small.files.exists("inbox/file.bin"));
  t.deepEqual(world.good.files.list("locked"), []);
  await until(
    "the partial upload to be removed",
    30,
    async () => world.small.files.list("inbox").length === 0 || undefined,
  );
  t.pass();
});

test.serial("an S3 key that would climb out of the remote root is refused and stays in the journal", async (t) => {
  await put("good/push/../../climbed.txt", "no");
  const entry = await waiting("good");
  t.regex(entry?.last_error?.message ?? "", /Stream good: .*would leave its directory/);
  t.false(world.good.files.list().some((path) => path.includes("climbed")));
});

test.serial("none of them stops the others", async (t) => {
  await put("good/push/sub/fine.txt", "fine");
  await until("the good stream's file", 60, async () => world.good.files.exists("inbox/sub/fine.txt") || undefined);
  t.is(world.good.files.read("inbox/sub/fine.txt").toString(), "fine");
});

test.serial("pull, missing bucket: the file stays where it is, and the error says so", async (t) => {
  utimesSync(world.good.files.path("stranded/a.csv"), oldFile, oldFile);
  await invoke(world.stack, world.bridge["function_name"] ?? "", { action: "poll", streams: ["no-bucket"] });
  const entry = await waiting("no-bucket");
  t.regex(
    entry?.last_error?.message ?? "",
    /Stream no-bucket: stranded\/a\.csv: S3 says (NoSuchBucket|AccessDenied).*pull\.s3|role/,
  );
  t.is(world.good.files.read("stranded/a.csv").toString(), "stays here");
});

test.serial(
  "pull, a bucket of another account than was said: the file stays, and the error says whose it has to be",
  async (t) => {
    utimesSync(world.good.files.path("waiting/a.csv"), oldFile, oldFile);
    await invoke(world.stack, world.bridge["function_name"] ?? "", { action: "poll", streams: ["not-ours"] });
    const entry = await waiting("not-ours");
    t.regex(
      entry?.last_error?.message ?? "",
      /Stream not-ours: .*a\.csv.*AccessDenied.*somebody-elses has to be account 999999999999's.*pull\.bucket_owner/,
    );
    t.true(world.good.files.exists("waiting/a.csv"));
  },
);

test.serial("pull, missing directory: the log names stream, directory and remedy", async (t) => {
  await invoke(world.stack, world.bridge["function_name"] ?? "", { action: "poll", streams: ["no-directory"] });
  const line = await until("the log line", 30, async () =>
    (await logsOf(world.stack, world.bridge["function_name"] ?? "")).find(({ message }) =>
      message.includes("nobody/made/this"),
    ),
  );
  t.regex(line?.message ?? "", /Stream no-directory: the remote directory .* doesn't exist .* Correct pull\.sftp/);
});

test.serial("a stream that isn't configured: the invocation fails with the names that there are", async (t) => {
  const { payload, failed } = await invoke(world.stack, world.bridge["function_name"] ?? "", {
    action: "poll",
    streams: ["nobody"],
  });
  t.true(failed);
  t.regex(JSON.stringify(payload), /nobody.*there are: good/);
});

test.serial("an event that asks for nothing known fails with what may be asked for", async (t) => {
  const { payload, failed } = await invoke(world.stack, world.bridge["function_name"] ?? "", { hello: "world" });
  t.true(failed);
  t.regex(JSON.stringify(payload), /asks for nothing that this function does/);
});

test.serial("a message in the queue that isn't an event of S3 is kept, and logged", async (t) => {
  const client = new SQSClient(awsConfig(world.stack));
  await client.send(new SendMessageCommand({ QueueUrl: world.bridge["queue_url"], MessageBody: "not an event" }));
  const line = await until("the log line", 30, async () =>
    (await logsOf(world.stack, world.bridge["function_name"] ?? "")).find(({ message }) =>
      message.includes("not an event"),
    ),
  );
  t.regex(line?.message ?? "", /couldn't be taken in/);
  // Not after the queue's visibility time-out, which is that of the function and more.
  await until("its second attempt", 300, async () => {
    const lines = await logsOf(world.stack, world.bridge["function_name"] ?? "");
    return lines.filter(({ message }) => message.includes("not an event")).length >= 2 || undefined;
  });
  const count = async (url: string | undefined) => {
    const { Attributes } = await client.send(
      new GetQueueAttributesCommand({
        QueueUrl: url,
        AttributeNames: ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"],
      }),
    );
    return (
      Number(Attributes?.["ApproximateNumberOfMessages"]) +
      Number(Attributes?.["ApproximateNumberOfMessagesNotVisible"])
    );
  };
  t.is((await count(world.bridge["queue_url"])) + (await count(world.bridge["dead_letter_queue_url"])), 1);
  client.destroy();
});

test.serial("when the cause is gone, what waited arrives by itself", async (t) => {
  chmodSync(world.good.files.path("locked"), 0o755);
  await until("the file", 240, async () => world.good.files.exists("locked/new/file.bin") || undefined);
  t.is(world.good.files.read("locked/new/file.bin").toString(), "content");
});

test.serial("what was never delivered is still in S3, whatever failed", async (t) => {
  const client = new S3Client({ ...awsConfig(world.stack), forcePathStyle: true });
  for (const stream of Object.keys(expected)) {
    await t.notThrowsAsync(
      client.send(new HeadObjectCommand({ Bucket: world.bridge["bucket"], Key: `${stream}/push/file.bin` })),
    );
  }
  client.destroy();
});
