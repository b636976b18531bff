/**
 * 33 partners that fall due in the same minute: the tick drains eight, and starts four invocations for the others, with the
 * role that the module gives it. With one that may not, the tick drains all. When all of them are away, ticks start nothing.
 */
import { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { DeleteRolePolicyCommand, IAMClient, PutRolePolicyCommand } from "@aws-sdk/client-iam";
import { ListObjectsV2Command, S3Client } from "@aws-sdk/client-s3";
import test from "ava";
import { openTable } from "../../lambda/src/journal/dynamo.ts";
import { requestPoll } from "../../lambda/src/journal/polls.ts";
import { requestDynamo } from "../../lambda/src/journal/requests.ts";
import { aws } from "../stack/aws-cli.ts";
import { awsConfig, createSecret, logsOf, openConfiguration, startSshd, startStack, until } from "../stack/index.ts";
import { invoke } from "./helpers/invoke.ts";
import { journalItems } from "./helpers/journal.ts";
import { startRelay } from "./helpers/relay.ts";

const partners = 33;

interface Line {
  readonly message?: string;
  readonly started?: number;
}

test("33 partners that are due in one minute are drained by five invocations, each by one of them", async (t) => {
  const [stack, server] = await Promise.all([startStack(), startSshd({ config: { MaxStartups: "100" } })]);
  t.teardown(() => Promise.all([stack.stop(), server.stop()]));
  // A partner is an address, a port and a name.
  const relays = await Promise.all(Array.from({ length: partners }, () => startRelay(() => server.port)));
  t.teardown(() => {
    for (const relay of relays) relay.stop();
  });
  const private_key = { secret_arn: await createSecret(stack, "sftp/key", server.key.privateKey) };
  const streams = Object.fromEntries(
    relays.map(({ port }, n) => [
      `p${n}`,
      {
        sftp: { host: server.host, port, username: server.username, host_keys: [server.fingerprint], private_key },
        pull: { sftp: `p${n}`, schedule: "rate(1 day)", after: "delete" },
      },
    ]),
  );
  const workspace = await openConfiguration(stack, {
    "main.tf": `module "bridge" {
  source        = "../.."
  name          = "fan-out"
  force_destroy = true
  monitoring    = { alarms = false, dashboard = false, queries = false }
  streams       = jsondecode(file("streams.json"))
}
output "bridge" { value = module.bridge }
`,
    "streams.json": JSON.stringify(streams),
  });
  const { bridge } = (await workspace.apply()) as { bridge: Record<string, string> };
  const { bucket = "", function_name: functionName = "", table_name: tableName = "" } = bridge;
  // The ticks are the test's.
  await aws(stack, "events", "disable-rule", "--name", `${functionName}-tick`);

  const dynamodb = new DynamoDBClient(awsConfig(stack));
  const s3 = new S3Client(awsConfig(stack));
  const iam = new IAMClient(awsConfig(stack));
  t.teardown(() => {
    iam.destroy();
    dynamodb.destroy();
    s3.destroy();
  });
  const table = openTable(requestDynamo(dynamodb), tableName, () => undefined);
  let nonces = 0;
  /** As the schedules do, all in the same minute, whose own runs then died. */
  const allFallDue = () =>
    Promise.all(
      relays.map(({ port }, n) =>
        requestPoll(table, {
          partner: `${server.username}@${server.host}:${port}`,
          stream: `p${n}`,
          now: Date.now(),
          nonce: () => `test-${++nonces}`,
        }),
      ),
    );
  const tick = async () => {
    const { failed, payload } = await invoke(stack, functionName, { action: "tick" });
    t.false(failed, JSON.stringify(payload));
  };
  const lines = async (): Promise<Line[]> =>
    (await logsOf(stack, functionName)).flatMap(({ message }) =>
      message.startsWith("{") ? [JSON.parse(message)] : [],
    );
  const startedSoFar = async () =>
    (await lines()).filter(({ message }) => message?.startsWith("Started further")).map(({ started }) => started);

  for (const n of relays.keys()) server.files.write(`p${n}/file`, `of partner ${n}`);
  await allFallDue();
  const began = Date.now();
  await tick();
  const objects = await until("all files to be in S3", 60, async () => {
    const { Contents = [] } = await s3.send(new ListObjectsV2Command({ Bucket: bucket }));
    return Contents.length === partners ? Contents.map(({ Key }) => Key) : undefined;
  });
  t.deepEqual(
    objects.sort(),
    Object.keys(streams)
      .map((name) => `${name}/pull/file`)
      .sort(),
  );
  const runs = await until("all runs to tell of it", 30, async () => {
    const found = (await logsOf(stack, functionName)).flatMap(
      ({ message }) => /\t(\S+)\t\[p\d+\]: Moved 1 files from SFTP to S3/.exec(message)?.[1] ?? [],
    );
    return found.length === partners ? found : undefined;
  });
  const byInvocation = Map.groupBy(runs, (requestId) => requestId);
  t.deepEqual([...byInvocation.values()].map(({ length }) => length).sort(), [1, 8, 8, 8, 8]);
  t.deepEqual(await startedSoFar(), [4]);
  t.is(server.log().match(/Accepted publickey/g)?.length, partners, "one connection each");
  t.log(`${partners} partners, ${byInvocation.size} invocations, ${((Date.now() - began) / 1000).toFixed(1)} s`);

  const denial = { RoleName: bridge["role_name"], PolicyName: "denial" };
  const Statement = [{ Effect: "Deny", Action: "lambda:InvokeFunction", Resource: "*" }];
  await iam.send(
    new PutRolePolicyCommand({ ...denial, PolicyDocument: JSON.stringify({ Version: "2012-10-17", Statement }) }),
  );
  for (const n of relays.keys()) server.files.write(`p${n}/second`, "x");
  await allFallDue();
  await tick();
  const { Contents: seconds = [] } = await s3.send(new ListObjectsV2Command({ Bucket: bucket }));
  t.is(seconds.filter(({ Key }) => Key?.endsWith("/second")).length, partners, "the tick has drained all by itself");
  const warnings = (await lines()).filter(({ message }) => message?.includes("couldn't be started"));
  t.is(warnings.length, 1);
  t.regex(JSON.stringify(warnings), /fan-out can't be invoked: the role may not: run terraform apply/);
  await iam.send(new DeleteRolePolicyCommand(denial));

  for (const relay of relays) relay.become("refusing");
  await allFallDue();
  await tick();
  t.deepEqual(await startedSoFar(), [4, 4]);
  await until("all partners to pause", 60, async () => {
    const health = (await journalItems(stack, tableName)).filter(({ kind }) => kind === "health");
    return health.length === partners || undefined;
  });
  await tick();
  t.deepEqual(await startedSoFar(), [4, 4], "nobody is started for partners that pause");
});
