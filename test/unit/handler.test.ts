/** The function as Lambda calls it, before it comes to anything else. */

import test from "ava";
import type { Context } from "aws-lambda";
import { createClients } from "../../lambda/src/aws/clients.ts";
import { configKeyOf } from "../../lambda/src/config/load.ts";
import { createFunction } from "../../lambda/src/handler.ts";
import { answering, standIn } from "../helpers/aws-answers.ts";

test.serial("messages of an invocation that fails as a whole come back soon as well", async (t) => {
  const pauses: number[] = [];
  const { endpoint } = await answering(t, (request, body, response) => {
    if (request.headers["x-amz-target"] !== "AmazonSQS.ChangeMessageVisibilityBatch")
      return void response.writeHead(403).end("<Error><Code>AccessDenied</Code></Error>");
    for (const { VisibilityTimeout } of JSON.parse(body.toString()).Entries) pauses.push(VisibilityTimeout);
    response.end("{}");
  });
  standIn(t, endpoint);
  Object.assign(process.env, {
    BRIDGE_NAME: "partner-files",
    BRIDGE_CONFIG_BUCKET: "config",
    BRIDGE_CONFIG_KEY: "config/that-isnt-there.json",
    BRIDGE_TABLE: "journal",
    BRIDGE_QUEUE_URL: `${endpoint}/1/events`,
    BRIDGE_DEAD_LETTER_QUEUE_URL: `${endpoint}/1/dead-letters`,
    BRIDGE_UNDELIVERED_QUEUE_URL: `${endpoint}/1/undelivered`,
  });
  const handle = createFunction();
  const context = { functionName: "partner-files", getRemainingTimeInMillis: () => 900_000 } as Context;
  const record = (id: string, times: number) => ({
    eventSource: "aws:sqs",
    messageId: id,
    receiptHandle: id,
    body: "{}",
    attributes: { ApproximateReceiveCount: `${times}` },
  });
  await t.throwsAsync(handle({ Records: [record("a", 1), record("b", 3)] }, context), { message: /can't be read/ });
  t.is(pauses.length, 2);
  const [first = 0, third = 0] = pauses;
  t.true(first >= 48 && first <= 72, `${first}`);
  t.true(third >= 192 && third <= 288, `${third}`);
  await t.throwsAsync(handle({ action: "tick" }, context), { message: /can't be read/ });
  t.is(pauses.length, 2);
});

test.serial("each bucket is asked for as its owner's: the configuration's, and those that it names", async (t) => {
  const config = JSON.stringify({ version: 1, streams: {}, bucket_owners: { theirs: "210987654321" } });
  const expected: unknown[] = [];
  const { endpoint } = await answering(t, (request, _body, response) => {
    if (request.url?.startsWith("/config/")) expected.push(request.headers["x-amz-expected-bucket-owner"]);
    response.end(request.method === "GET" ? config : "{}");
  });
  standIn(t, endpoint);
  Object.assign(process.env, {
    BRIDGE_NAME: "partner-files",
    BRIDGE_ACCOUNT_ID: "123456789012",
    BRIDGE_CONFIG_BUCKET: "config",
    BRIDGE_CONFIG_KEY: configKeyOf(config),
    BRIDGE_TABLE: "journal",
    BRIDGE_QUEUE_URL: `${endpoint}/1/events`,
    BRIDGE_DEAD_LETTER_QUEUE_URL: `${endpoint}/1/dead-letters`,
    BRIDGE_UNDELIVERED_QUEUE_URL: `${endpoint}/1/undelivered`,
  });
  const clients = createClients();
  const handle = createFunction({ clients });
  const context = { functionName: "partner-files", getRemainingTimeInMillis: () => 900_000 } as Context;
  await handle({ Records: [] }, context).catch(() => {});
  t.deepEqual(expected, ["123456789012"]);
  t.deepEqual(Object.fromEntries(clients.owners), { config: "123456789012", theirs: "210987654321" });
});
