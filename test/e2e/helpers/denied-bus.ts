// A bus that takes no events for an hour: files move, an alarm tells, and once it is mended all is told after all.
import { DynamoDBClient, UpdateItemCommand } from "@aws-sdk/client-dynamodb";
import { DeleteRolePolicyCommand, IAMClient, PutRolePolicyCommand } from "@aws-sdk/client-iam";
import type { S3Client } from "@aws-sdk/client-s3";
import type { ExecutionContext } from "ava";
import { readDueEvent } from "../../../lambda/src/journal/endings.ts";
import { awsConfig, type Sshd, type Stack, until } from "../../stack/index.ts";
import { journalItems } from "./journal.ts";
import { putObject } from "./objects.ts";
import type { OnCall } from "./on-call.ts";

interface Bridge {
  readonly function_name: string;
  readonly role_name: string;
  readonly table_name: string;
}

interface Told {
  readonly s3: S3Client;
  readonly uploadTo: unknown;
  readonly partner: Pick<Sshd, "files">;
  readonly bridge: Bridge;
  /** Reads the mails that a rule on the bus makes of its events. */
  readonly onCall: OnCall;
}

/** More than one request to the bus has room for. */
const files = Array.from({ length: 12 }, (_, at) => `outage-${at}.csv`);
const hour = 3_600_000;
const alarm = "unsent-events";

/** Revisions in mails of these files, once for each mail. */
const revisionsIn = (bodies: readonly string[]): string[] =>
  bodies.flatMap((body) => /outage-\d+\.csv of stream acme \(revision ([\w-]+)\)/.exec(body)?.[1] ?? []);

/** Files are pushed while the role may not put events; an hour later it may again. */
export async function denyTheBus(t: ExecutionContext, stack: Stack, told: Told): Promise<void> {
  const { s3, uploadTo, partner, bridge, onCall } = told;
  const iam = new IAMClient(awsConfig(stack));
  const dynamodb = new DynamoDBClient(awsConfig(stack));
  t.teardown(() => {
    iam.destroy();
    dynamodb.destroy();
  });
  const denial = { RoleName: bridge.role_name, PolicyName: "no-events" };
  const Statement = [{ Effect: "Deny", Action: "events:PutEvents", Resource: "*" }];
  await iam.send(
    new PutRolePolicyCommand({ ...denial, PolicyDocument: JSON.stringify({ Version: "2012-10-17", Statement }) }),
  );

  for (const file of files) await putObject(s3, uploadTo, file, `content of ${file}`);
  await until("all files to arrive although nobody can be told", 120, () =>
    files.every((file) => partner.files.exists(`inbox/${file}`)) ? true : undefined,
  );
  const due = async () =>
    (await journalItems(stack, bridge.table_name)).filter(
      ({ path, state, event_due: note }) => files.includes(String(path)) && state === "delivered" && note !== undefined,
    );
  const waiting = await until("all events to wait in the journal", 120, async () => {
    const items = await due();
    return items.length === files.length ? items : undefined;
  });
  // An hour goes by: their notes are of then.
  for (const { pk, sk, event_due } of waiting) {
    const { at = "", ending = "", revision = "" } = readDueEvent(event_due) ?? {};
    await dynamodb.send(
      new UpdateItemCommand({
        TableName: bridge.table_name,
        Key: { pk: { S: String(pk) }, sk: { S: String(sk) } },
        UpdateExpression: "SET event_due = :note",
        ExpressionAttributeValues: {
          ":note": { S: [new Date(Date.parse(at) - hour).toISOString(), ending, revision].join("#") },
        },
      }),
    );
  }
  const revisions = waiting.map(({ event_due }) => readDueEvent(event_due)?.revision ?? "").toSorted();
  t.is(new Set(revisions).size, files.length);
  const turns = async (wanted: string) =>
    until(`the alarm to be ${wanted}`, 180, async () => {
      await onCall.minutes(1);
      return (await onCall.alarms())[alarm] === wanted || undefined;
    });
  await turns("ALARM");
  t.is((await due()).length, files.length, "nothing is lost while the bus denies");
  t.deepEqual(revisionsIn(await onCall.bodies()), [], "and nobody is told");

  await iam.send(new DeleteRolePolicyCommand(denial));
  const mailed = await until("all events to come", 180, async () => {
    await onCall.minutes(1);
    const found = new Set(revisionsIn(await onCall.bodies()));
    return found.size >= files.length ? [...found] : undefined;
  });
  t.deepEqual(mailed.toSorted(), revisions, "each by its revision, and no other");
  await turns("OK");
  t.deepEqual(await due(), [], "no note is left");
}
