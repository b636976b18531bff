import { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import test from "ava";
import { openTable } from "../../../lambda/src/journal/dynamo.ts";
import { requestDynamo } from "../../../lambda/src/journal/requests.ts";
import { answering, credentials } from "../../helpers/aws-answers.ts";

for (const [name, remedy] of [
  ["ResourceNotFoundException", /isn't there. Run terraform apply/],
  ["ThrottlingException", /it throttles/],
  ["ProvisionedThroughputExceededException", /it throttles/],
  ["AccessDeniedException", /the role may not/],
] as const)
  test(`${name} is told with the table, the remedy and what it means`, async (t) => {
    const { endpoint } = await answering(t, (_request, _body, response) =>
      response
        .writeHead(400, { "content-type": "application/x-amz-json-1.0" })
        .end(JSON.stringify({ __type: `com.amazonaws.dynamodb.v20120810#${name}`, message: "no" })),
    );
    const client = new DynamoDBClient({ endpoint, region: "eu-central-1", credentials, maxAttempts: 1 });
    const table = openTable(requestDynamo(client), "the-journal");
    const key = { pk: "a", sk: "b" };
    for (const request of [table.get(key), table.getMany([key]), table.put({ ...key, rev: "r" }, "absent")]) {
      const error = await t.throwsAsync(request, { name });
      t.regex(error?.message ?? "", remedy);
      t.regex(error?.message ?? "", /The journal's table the-journal refuses .* nothing is acknowledged/);
    }
  });

test("what a throttled table leaves out is asked for again with growing pauses", async (t) => {
  const pauses: number[] = [];
  let turns = 0;
  const keys = ["a", "b", "c", "d"].map((pk) => ({ pk, sk: "s" }));
  const ask = async (_operation: string, input: unknown) => {
    const { Keys } = (input as { RequestItems: Record<string, { Keys: { pk: { S: string } }[] }> }).RequestItems[
      "t"
    ] ?? {
      Keys: [],
    };
    turns++;
    const [first, ...left] = Keys;
    return {
      Responses: { t: [{ ...first, sk: { S: "s" }, rev: { S: "r" } }] },
      UnprocessedKeys: left.length > 0 ? { t: { Keys: left } } : {},
    };
  };
  const table = openTable(ask as never, "t", undefined, async (milliseconds) => void pauses.push(milliseconds));
  const found = await table.getMany(keys);
  t.deepEqual(
    found.map(({ pk }) => pk),
    ["a", "b", "c", "d"],
  );
  t.is(turns, 4);
  t.is(pauses.length, 3);
  for (const [turn, pause] of pauses.entries()) t.true(pause >= 25 * 2 ** turn && pause <= 50 * 2 ** turn, `${pause}`);
});
