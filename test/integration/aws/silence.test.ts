/** Every client against peers that say nothing: it asks again, and ends. */
import { spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { once } from "node:events";
import { ListTablesCommand } from "@aws-sdk/client-dynamodb";
import { DecryptCommand } from "@aws-sdk/client-kms";
import { HeadObjectCommand, ListObjectsV2Command } from "@aws-sdk/client-s3";
import { GetSecretValueCommand } from "@aws-sdk/client-secrets-manager";
import { GetParameterCommand } from "@aws-sdk/client-ssm";
import test from "ava";
import { createClients } from "../../../lambda/src/aws/clients.ts";
import { openDeadLetters } from "../../../lambda/src/aws/dead-letters.ts";
import { openInvocations } from "../../../lambda/src/aws/start-invocation.ts";
import { loadConfig } from "../../../lambda/src/config/load.ts";
import type { SecretSource } from "../../../lambda/src/config/types.ts";
import { openObjectStore } from "../../../lambda/src/s3/open.ts";
import { awsSecretClients } from "../../../lambda/src/secrets/clients.ts";
import { fetchSecret } from "../../../lambda/src/secrets/fetch.ts";
import { standIn } from "../../helpers/aws-answers.ts";
import { documentWith } from "../../helpers/config-document.ts";
import { type Silence, silentServer } from "../../helpers/silent-server.ts";

/** Milliseconds. */
const answer = 200;
// A busy machine may take long to connect; what is waited for is the answer.
const patience = { connect: 10_000, answer };
const { signal } = new AbortController();
const textOf = async (body: AsyncIterable<Uint8Array>) => {
  const chunks: Uint8Array[] = [];
  for await (const chunk of body) chunks.push(Uint8Array.from(chunk));
  return Buffer.concat(chunks).toString();
};
const store = () => {
  const { s3, quickS3 } = createClients({ s3: answer, dynamodb: answer });
  return openObjectStore(s3, quickS3);
};
const place = { bucket: "b", key: "k" };
const secrets = () => awsSecretClients(createClients({ s3: answer, dynamodb: answer }).s3, patience);
const listing = "<ListBucketResult><Name>b</Name><IsTruncated>false</IsTruncated></ListBucketResult>";
let configs = 0;

interface Case {
  /** What a client does; the value is what a whole answer gives. */
  readonly ask: () => Promise<unknown>;
  readonly body: string;
  /** Requests until it ends. */
  readonly requests: number;
  /** Where an answer that has begun is handed on as it comes: the transfer begins anew, not the request. */
  readonly begun?: number;
  /** Answers without a body of their own can't stop in it. */
  readonly bodiless?: true;
}

/** By client, and by each way of its own that it reads answers in. */
const cases: Readonly<Record<string, Case>> = {
  "S3, a listing": {
    ask: async () =>
      (await createClients({ s3: answer, dynamodb: answer }).s3.send(new ListObjectsV2Command({ Bucket: "b" }))).Name,
    body: listing,
    requests: 3,
  },
  "S3, what is known of an object": {
    ask: () =>
      createClients({ s3: answer, dynamodb: answer }).s3.send(new HeadObjectCommand({ Bucket: "b", Key: "k" })),
    body: "",
    requests: 3,
    bodiless: true,
  },
  "S3, a small object": {
    ask: async () => textOf((await store().get(place, { signal }))?.body ?? (async function* () {})()),
    body: "some content",
    requests: 4,
    begun: 2,
  },
  "S3, an upload": {
    ask: async () => (await store().uploadPart(place, "u", 1, Buffer.from("x"), { crc64nvme: "x" }, signal)).size,
    body: "",
    requests: 4,
    bodiless: true,
  },
  "S3, the configuration": {
    ask: async () =>
      (
        await loadConfig({
          s3: createClients({ s3: answer, dynamodb: answer }).s3,
          bucket: `b${++configs}`,
          key: `config/${createHash("sha256").update(documentWith({})).digest("hex")}.json`,
        })
      ).streams.size,
    body: documentWith({}),
    requests: 3,
  },
  "S3, a private key": {
    ask: () => fetchSecret({ s3: "b/k" } as SecretSource, secrets()),
    body: "a key, as it were",
    requests: 3,
  },
  "DynamoDB by the SDK": {
    ask: async () =>
      (await createClients({ s3: answer, dynamodb: answer }).dynamodb.send(new ListTablesCommand())).TableNames,
    body: '{"TableNames":["t"]}',
    requests: 3,
  },
  "DynamoDB by itself": {
    // Undefined leaves it to the SDK.
    ask: async () => {
      const told = await createClients({ s3: answer, dynamodb: answer }).lightDynamo("ListTables", {});
      if (told === undefined) throw Object.assign(new Error("no answer"), { name: "TimeoutError" });
      return told.ok;
    },
    body: '{"TableNames":["t"]}',
    requests: 1,
  },
  "DynamoDB by itself, a write": {
    ask: async () => {
      const told = await createClients({ s3: answer, dynamodb: answer }).lightDynamo("PutItem", {});
      if (told === undefined) throw Object.assign(new Error("no answer"), { name: "TimeoutError" });
      return told.ok;
    },
    body: "{}",
    requests: 1,
  },
  "Secrets Manager": {
    ask: async () =>
      (await (await secrets().secretsManager()).send(new GetSecretValueCommand({ SecretId: "s" }))).SecretString,
    body: '{"SecretString":"very secret"}',
    requests: 3,
  },
  SSM: {
    ask: async () => (await (await secrets().ssm()).send(new GetParameterCommand({ Name: "n" }))).Parameter?.Value,
    body: '{"Parameter":{"Value":"very secret"}}',
    requests: 3,
  },
  KMS: {
    ask: async () =>
      (await (await secrets().kms()).send(new DecryptCommand({ CiphertextBlob: Buffer.from("c") }))).KeyId,
    body: '{"KeyId":"k","Plaintext":"cA=="}',
    requests: 3,
  },
  SQS: {
    ask: async () => (await openDeadLetters([`${process.env["AWS_ENDPOINT_URL"]}/1/q`], patience).receive()).length,
    body: '{"Messages":[{"MessageId":"m","Body":"b","MD5OfBody":"92eb5ffee6ae2fec3ad71c777531578f","ReceiptHandle":"r"}]}',
    requests: 3,
  },
};

for (const [name, { ask, body, requests, begun = requests, bodiless }] of Object.entries(cases))
  for (const silence of ["after the request", "after the headers", "in the body"] as const) {
    if (bodiless && silence !== "after the request") continue;

    test.serial(`${name}: silence ${silence} ends`, async (t) => {
      const server = await silentServer(t, () => silence, body);
      standIn(t, server.endpoint);
      const error = await t.throwsAsync(ask);
      t.is(server.requests(), silence === "after the request" ? requests : begun);
      // The configuration's error tells its cause, and S3's own object its silence.
      const told = [error, error?.cause].map((one) => (one instanceof Error ? one.name : ""));
      t.true(told.includes("TimeoutError"), `${error?.name}: ${error?.message}`);
    });

    test.serial(`${name}: after silence ${silence} it is asked again, and had`, async (t) => {
      const server = await silentServer(t, (request): Silence => (request === 1 ? silence : "whole"), body);
      standIn(t, server.endpoint);
      if (requests === 1) return void (await t.throwsAsync(ask));
      t.truthy(await ask());
      t.is(server.requests(), 2);
    });
  }

test.serial("Lambda: an invocation that is not taken ends after three seconds", async (t) => {
  const server = await silentServer(t, () => "after the request", "");
  standIn(t, server.endpoint);
  const began = performance.now();
  await t.throwsAsync(openInvocations()("f", {}), { message: /doesn't answer/ });
  t.true(performance.now() - began < 8_000);
});

test.serial("a large object that stops in its middle ends, and names the peer", async (t) => {
  const server = await silentServer(t, () => "in the body", "x".repeat(1_000_000));
  standIn(t, server.endpoint);
  const object = await store().get(place, { signal });
  if (!object) return t.fail();
  await t.throwsAsync(textOf(object.body), {
    name: "TimeoutError",
    message: /^127\.0\.0\.1 said nothing for 0\.1 s in the middle/,
  });
});

test.serial("a partner that takes a large object slowly doesn't end it", async (t) => {
  const size = 3_000_000;
  const server = await silentServer(t, () => "whole", "x".repeat(size));
  standIn(t, server.endpoint);
  const object = await store().get(place, { signal });
  if (!object) return t.fail();
  let bytes = 0;
  let waits = 3;
  for await (const chunk of object.body) {
    bytes += chunk.length;
    if (waits-- > 0) await new Promise((resolve) => setTimeout(resolve, 3 * answer));
  }
  t.is(bytes, size);
});

/** Takes connections up to its backlog, and never accepts: what comes then gets no answer at all. */
const deaf = `import socket, time
server = socket.socket(); server.bind(("127.0.0.1", 0)); server.listen(0)
taken = []
for _ in range(3):
    one = socket.socket(); one.setblocking(False); one.connect_ex(server.getsockname()); taken.append(one)
print(server.getsockname()[1], flush=True)
time.sleep(600)`;

test.serial("a connection that nobody answers ends as well", async (t) => {
  const child = spawn("python3", ["-c", deaf], { stdio: ["ignore", "pipe", "inherit"] });
  t.teardown(() => void child.kill());
  const [port] = (await once(child.stdout, "data")) as [Buffer];
  standIn(t, `http://127.0.0.1:${String(port).trim()}`);
  const tooShort = { connect: answer, answer: 60_000 };
  const client = await awsSecretClients(createClients().s3, tooShort).ssm();
  await t.throwsAsync(client.send(new GetParameterCommand({ Name: "n" })), {
    name: "TimeoutError",
    message: /to a connection/,
  });
  const kept = createClients({ s3: answer, dynamodb: answer });
  for (const request of ["ListTables", "PutItem"]) t.is(await kept.lightDynamo(request, {}), undefined);
});
