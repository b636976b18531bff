// GuardDuty on the local stack, which has none: its tag, and what EventBridge tells of its scans.
import { DynamoDBClient, UpdateItemCommand } from "@aws-sdk/client-dynamodb";
import { PutObjectTaggingCommand, S3Client } from "@aws-sdk/client-s3";
import type { ExecutionContext } from "ava";
import { aws } from "../../stack/aws-cli.ts";
import { awsConfig, logsOf, until } from "../../stack/index.ts";
import type { BothWays } from "./both-ways.ts";
import { invoke } from "./invoke.ts";
import { readObject } from "./objects.ts";

const name = "a report.csv";

/** A pull of the stream `scanned` is held. An event has the version looked at that would else be looked at in a year; others do nothing. */
export async function isShownWhenGuardDutyTells(t: ExecutionContext, world: BothWays): Promise<void> {
  const { stack, partner, functionName, pull, tableName, staging } = world;
  const dynamodb = new DynamoDBClient(awsConfig(stack));
  const s3 = new S3Client(awsConfig(stack));
  t.teardown(() => {
    dynamodb.destroy();
    s3.destroy();
  });
  partner.files.mkdir("scanned");
  partner.files.write(`scanned/${name}`, "scanned content");
  t.false((await invoke(stack, functionName, { action: "poll", streams: ["scanned"] })).failed);
  await until("the file to be held", 120, async () => {
    await invoke(stack, functionName, { action: "tick" });
    const { payload } = await invoke(stack, functionName, { action: "list", stream: "scanned", direction: "pull" });
    return /GuardDuty hasn't tagged it yet/.test(JSON.stringify(payload)) || undefined;
  });

  const { Attributes } = await dynamodb.send(
    new UpdateItemCommand({
      TableName: tableName,
      Key: { pk: { S: "pull#scanned#scanned" }, sk: { S: name } },
      UpdateExpression: "SET next_attempt = :at",
      ExpressionAttributeValues: { ":at": { N: String(Date.now() + 365 * 86_400_000) } },
      ReturnValues: "ALL_NEW",
    }),
  );
  const staged = Attributes?.["progress"]?.M?.["staged"]?.M;
  const [objectKey = "", versionId = ""] = [staged?.["key"]?.S, staged?.["version_id"]?.S];
  const TagSet = [{ Key: "GuardDutyMalwareScanStatus", Value: "NO_THREATS_FOUND" }];
  await s3.send(
    new PutObjectTaggingCommand({ Bucket: staging, Key: objectKey, VersionId: versionId, Tagging: { TagSet } }),
  );

  const tell = async (...objects: readonly object[]) => {
    const entries = objects.map((object) => ({
      Source: "aws.guardduty",
      DetailType: "GuardDuty Malware Protection Object Scan Result",
      Detail: JSON.stringify({ s3ObjectDetails: { bucketName: staging, objectKey, versionId, ...object } }),
    }));
    t.like(await aws(stack, "events", "put-events", "--entries", JSON.stringify(entries)), { FailedEntryCount: 0 });
  };
  const isCounted = async (what: string) => {
    const lines = (await logsOf(stack, functionName)).map(({ message }) => message);
    return lines.some((line) => line.includes("GuardDuty told of scans") && line.includes(what)) || undefined;
  };
  await tell({ versionId: "another" });
  await until("an event of another version to be counted", 120, () => isCounted('"other-version":1'));
  t.is(await readObject(s3, pull, name), undefined);
  await tell({}, {});
  const shown = await until("the file to show", 120, () => readObject(s3, pull, name));
  t.is(shown.toString(), "scanned content");
}
