/**
 * The first minutes of a bridge as AWS has them: its role may nothing yet, and its bucket's events haven't begun. What is put
 * meanwhile reaches the partner all the same, by the comparison that each new push has once.
 */
import { DynamoDBClient, UpdateItemCommand } from "@aws-sdk/client-dynamodb";
import { PutObjectCommand, S3Client } from "@aws-sdk/client-s3";
import { marshall } from "@aws-sdk/util-dynamodb";
import test from "ava";
import { awsConfig, createSecret, logsOf, openConfiguration, startSshd, startStack, until } from "../stack/index.ts";
import { invoke } from "./helpers/invoke.ts";
import { entriesOf, journalItems } from "./helpers/journal.ts";

const settlesAfter = 15;
/** An object that is younger is left to its event (lambda/src/push/compare.ts). Milliseconds. */
const leftToItsEvent = 125_000;

test("what is put before IAM and EventBridge have taken the apply in is sent, and nothing else has to be done", async (t) => {
  const [stack, partner] = await Promise.all([
    startStack({ aws: { eventBridgeStartsAfter: 3_600, iamSettlesAfter: settlesAfter } }),
    startSshd(),
  ]);
  t.teardown(() => Promise.all([stack.stop(), partner.stop()]));
  partner.files.mkdir("inbox");
  const workspace = await openConfiguration(stack, {
    "main.tf": `variable "sftp" { type = any }
module "bridge" {
  source        = "../.."
  name          = "first-minutes"
  force_destroy = true
  monitoring    = { alarms = false, dashboard = false, queries = false }
  streams       = { acme = { sftp = var.sftp, push = { sftp = "inbox" } } }
}
output "bridge" { value = module.bridge }
`,
  });
  const { bridge } = (await workspace.apply({
    sftp: {
      host: partner.host,
      port: partner.port,
      username: partner.username,
      host_keys: [partner.fingerprint],
      private_key: { secret_arn: await createSecret(stack, "sftp/acme", partner.key.privateKey) },
    },
  })) as { bridge: Record<string, string> };
  const { bucket = "", function_name: functionName = "", table_name: tableName = "" } = bridge;
  const s3 = new S3Client(awsConfig(stack));
  const dynamodb = new DynamoDBClient(awsConfig(stack));
  t.teardown(() => {
    s3.destroy();
    dynamodb.destroy();
  });
  await s3.send(new PutObjectCommand({ Bucket: bucket, Key: "acme/push/early.csv", Body: "early" }));
  const put = Date.now();
  const tick = () => invoke(stack, functionName, { action: "tick" });

  // Until the role may read the configuration, ticks fail, and say why.
  await until("the role's policies to count", settlesAfter + 60, async () =>
    (await tick()).failed ? undefined : true,
  );
  const fact = await until("the push to be known", 60, async () =>
    (await journalItems(stack, tableName)).find(({ sk }) => String(sk).startsWith("acme#begun#")),
  );
  t.deepEqual(await entriesOf(stack, tableName, "acme"), [], "no event told of it");

  // Ten minutes later; two of them have really passed.
  await new Promise((resolve) => setTimeout(resolve, put + leftToItsEvent - Date.now()));
  await dynamodb.send(
    new UpdateItemCommand({
      TableName: tableName,
      Key: marshall({ pk: fact["pk"], sk: fact["sk"] }),
      UpdateExpression: "SET #at = #at - :ten",
      ExpressionAttributeNames: { "#at": "at" },
      ExpressionAttributeValues: marshall({ ":ten": 11 * 60_000 }),
    }),
  );
  t.false((await tick()).failed);
  await until("the early file", 90, async () => {
    await tick();
    return partner.files.exists("inbox/early.csv") || undefined;
  });
  t.is(partner.files.read("inbox/early.csv").toString(), "early");
  const lines = (await logsOf(stack, functionName)).map(({ message }) => message);
  t.true(lines.some((line) => line.includes("before the new push's events began")));
  t.false(
    lines.some((line) => /"level":"ERROR".*acme\/push/.test(line)),
    "it is no fault",
  );
});
