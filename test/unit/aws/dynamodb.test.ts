import type { IncomingMessage } from "node:http";
import { Readable } from "node:stream";
import { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import test from "ava";
import { lightDynamo } from "../../../lambda/src/aws/dynamodb.ts";
import { tableTarget } from "../../../lambda/src/aws/sdk/dynamodb.ts";
import type { SmallAnswer, SmallRequest } from "../../../lambda/src/aws/small-requests.ts";
import { credentials } from "../../helpers/aws-answers.ts";

const date = "Mon, 30 Nov 2026 12:00:00 GMT";
const answerOf = (status: number, value: object): SmallAnswer => ({
  status,
  headers: { date },
  body: Buffer.from(JSON.stringify(value)),
});

/** Requests as they are asked for: `small` answers those that it may, `sent` are left to Node's HTTP. */
const asking = (small: SmallRequest) => {
  const sent: string[] = [];
  const send = async (_: unknown, request: { readonly headers: Readonly<Record<string, string>> }) => {
    sent.push(request.headers["x-amz-target"]?.split(".")[1] ?? "");
    const said = { statusCode: 200, headers: { date } };
    return Object.assign(Readable.from([Buffer.from('{"by":"Node"}')]), said) as unknown as IncomingMessage;
  };
  const client = new DynamoDBClient({ endpoint: "http://table.invalid", region: "eu-central-1", credentials });
  return { ask: lightDynamo(tableTarget(client), send, small), sent };
};

test("a write is asked for past Node's HTTP, and its answer is told with its date", async (t) => {
  const asked: (readonly [string, string])[] = [];
  const { ask, sent } = asking(async ({ url, scope }, { headers, body, method, path }) => {
    asked.push([`${method} ${url.host}${path} ${scope.service} ${headers["x-amz-target"]}`, String(body)]);
    return answerOf(200, { Attributes: {} });
  });
  t.deepEqual(await ask("PutItem", { Item: { pk: { S: "é" } } }), { ok: true, date, value: { Attributes: {} } });
  t.deepEqual(asked, [["POST table.invalid/ dynamodb DynamoDB_20120810.PutItem", '{"Item":{"pk":{"S":"é"}}}']]);
  t.deepEqual(sent, []);
});

test("a refusal is told by its name; what is no refusal of DynamoDB's is left to the SDK", async (t) => {
  const answers = [
    answerOf(400, { __type: "com.amazonaws.dynamodb.v20120810#ConditionalCheckFailedException", Item: {} }),
    answerOf(500, { __type: "InternalServerError" }),
    { status: 200, headers: {}, body: Buffer.from("no JSON") },
  ];
  const { ask, sent } = asking(async () => answers.shift());
  const refused = await ask("PutItem", {});
  t.false(refused?.ok);
  t.is(refused?.ok === false && refused.type, "ConditionalCheckFailedException");
  for (let turn = 0; turn < 2; turn++) t.is(await ask("PutItem", {}), undefined);
  t.deepEqual(sent, []);
});

test("without an answer nothing is asked for once more here", async (t) => {
  const { ask, sent } = asking(() => Promise.reject(new Error("no answer")));
  t.is(await ask("BatchExecuteStatement", {}), undefined);
  t.deepEqual(sent, []);
});

test("an answer that isn't an ordinary one is asked for by Node's HTTP, from then on at once", async (t) => {
  let asked = 0;
  const { ask, sent } = asking(async () => void asked++);
  for (let turn = 0; turn < 2; turn++)
    t.deepEqual(await ask("DeleteItem", {}), { ok: true, date, value: { by: "Node" } });
  t.is(asked, 1);
  await ask("PutItem", {});
  t.is(asked, 2, "of other requests nothing is known yet");
  t.deepEqual(sent, ["DeleteItem", "DeleteItem", "PutItem"]);
});

test("what is long, or counts each time that it comes, is asked for by Node's HTTP", async (t) => {
  let asked = 0;
  const { ask, sent } = asking(async () => {
    asked++;
    return answerOf(200, {});
  });
  await ask("UpdateItem", {});
  await ask("PutItem", { Item: "x".repeat(300_000) });
  t.is(asked, 0);
  t.deepEqual(sent, ["UpdateItem", "PutItem"]);
});
