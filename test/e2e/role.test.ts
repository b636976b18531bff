/**
 * The function's role, statement by statement: what it may do works, and what lies just outside is denied. The calls are
 * made with a session of the role itself, on an emulator that evaluates its policies. A statement without a case fails.
 */
import { CloudWatchClient, GetDashboardCommand } from "@aws-sdk/client-cloudwatch";
import * as dynamodb from "@aws-sdk/client-dynamodb";
import {
  GetPolicyCommand,
  GetPolicyVersionCommand,
  GetRolePolicyCommand,
  ListAttachedRolePoliciesCommand,
  ListRolePoliciesCommand,
} from "@aws-sdk/client-iam";
import { InvokeCommand, LambdaClient } from "@aws-sdk/client-lambda";
import * as s3 from "@aws-sdk/client-s3";
import test from "ava";
import { openObjectStore } from "../../lambda/src/s3/open.ts";
import { awsConfig, until } from "../stack/index.ts";
import { startBridgeConsole } from "./helpers/console.ts";
import { entriesOf } from "./helpers/journal.ts";
import { operatorWith } from "./helpers/operator.ts";
import { startWithRole, type World } from "./helpers/role.ts";
import { cases, config, get, own } from "./helpers/role-cases.ts";

let world: World;

test.before(async () => {
  world = await startWithRole();
});
test.after.always(() => world?.stack.stop());

interface Statement {
  readonly Sid: string;
  readonly Effect: string;
}

/** Sids of everything that the role is given, without the number of those that come once per bucket. */
const statements = async ({ iam, bridge }: World): Promise<string[]> => {
  const RoleName = bridge["role_name"];
  const texts: string[] = [];
  const inline = await iam.send(new ListRolePoliciesCommand({ RoleName }));
  for (const PolicyName of inline.PolicyNames ?? []) {
    texts.push((await iam.send(new GetRolePolicyCommand({ RoleName, PolicyName }))).PolicyDocument ?? "");
  }
  const attached = await iam.send(new ListAttachedRolePoliciesCommand({ RoleName }));
  for (const { PolicyArn } of attached.AttachedPolicies ?? []) {
    const { Policy } = await iam.send(new GetPolicyCommand({ PolicyArn }));
    const version = await iam.send(new GetPolicyVersionCommand({ PolicyArn, VersionId: Policy?.DefaultVersionId }));
    texts.push(version.PolicyVersion?.Document ?? "");
  }
  return texts
    .map((text) => JSON.parse(decodeURIComponent(text)) as { Statement: Statement[] })
    .flatMap(({ Statement: all }) => all.map(({ Sid }) => Sid.replace(/\d+$/, "")));
};

test("every statement of the role has a case here, and nothing else", async (t) => {
  t.deepEqual([...new Set(await statements(world))].sort(), Object.keys(cases).sort());
});

const isDenial = (error: unknown): boolean =>
  error instanceof Error && /AccessDenied|NotAuthorized|Forbidden/.test(error.name);

for (const [sid, { allowed, denied }] of Object.entries(cases)) {
  test(`${sid}: what it allows works`, async (t) => {
    for (const call of allowed) await t.notThrowsAsync(call(world));
    t.pass();
  });
  for (const [what, call] of Object.entries(denied)) {
    test(`${sid}: denied is to ${what}`, async (t) => {
      const error = await t.throwsAsync(call(world), { any: true });
      t.true(isDenial(error), `${String(error)}`);
    });
  }
}

test("without TLS nothing is served: the buckets' policies say so", async (t) => {
  for (const bucket of [own(world), config(world)]) {
    const { Policy } = await world.root.s3.send(new s3.GetBucketPolicyCommand({ Bucket: bucket }));
    const { Statement: all } = JSON.parse(Policy ?? "") as { Statement: { Effect: string; Condition?: unknown }[] };
    t.true(
      all.some(
        ({ Effect, Condition }) =>
          Effect === "Deny" && JSON.stringify(Condition).includes('"aws:SecureTransport":"false"'),
      ),
    );
  }
});

test("what isn't there is told from what may not be read, although S3 answers 403 to both", async (t) => {
  const bucket = own(world);
  const store = openObjectStore(world.role.s3);
  const { signal } = new AbortController();
  const name = async (call: Promise<unknown>) => call.then(() => "an answer").catch((error: Error) => error.name);

  const gone = { bucket, key: "one/push/gone" };
  const { VersionId: versionId } = await world.root.s3.send(
    new s3.PutObjectCommand({ Bucket: bucket, Key: gone.key, Body: "x" }),
  );
  if (!versionId) throw new Error("the bucket has versions");
  t.is((await store.get(gone, { signal, versionId }))?.size, 1);
  await world.root.s3.send(new s3.DeleteObjectCommand({ Bucket: bucket, Key: gone.key }));
  t.is(await name(get(own, gone.key)(world)), "AccessDenied", "as AWS answers whoever may not list the whole bucket");
  t.is(await store.get(gone, { signal }), undefined);
  t.is(await store.head(gone), undefined);
  t.is((await store.get(gone, { signal, versionId }))?.size, 1, "the version itself is there still");
  await world.root.s3.send(new s3.DeleteObjectCommand({ Bucket: bucket, Key: gone.key, VersionId: versionId }));
  t.is(await store.get(gone, { signal, versionId }), undefined);

  const hidden = { bucket, key: "nobody/x" };
  t.is(await name(store.get(hidden, { signal })), "AccessDenied");
  await t.throwsAsync(store.head(hidden));
});

/** An object of stream `one`, known to the journal; its partner doesn't exist. */
const known = async ({ root, stack, bridge }: World, name: string) => {
  await root.s3.send(new s3.PutObjectCommand({ Bucket: bridge["bucket"], Key: `one/push/${name}`, Body: "x" }));
  await until(`${name} to be known`, 60, async () => {
    const entries = await entriesOf(stack, bridge["table_name"] ?? "", "one");
    return entries.some(({ path }) => path === name) || undefined;
  });
};

test("with read and journal, and nothing else, the console shows everything and changes nothing", async (t) => {
  await known(world, "console.csv");
  const { env, config: settings } = await operatorWith(world, "read", "journal");
  const bridge = await startBridgeConsole(env, world.bridge["function_name"] ?? "");
  t.teardown(bridge.stop);
  const streams = (await bridge.get("streams")) as { streams: object[]; cloudwatch: object };
  t.is(streams.streams.length, 3);
  t.false("unknown" in streams.cloudwatch, JSON.stringify(streams.cloudwatch));
  for (const scope of ["open", "all"]) {
    t.true(((await bridge.act({ action: "read", scope })) as { entries: number }).entries > 0, scope);
    t.true(JSON.stringify(await bridge.get("files?stream=one")).includes("console.csv"), scope);
  }
  t.like(await bridge.get("history?stream=one&path=console.csv"), { ok: true, found: true });
  await t.notThrowsAsync(bridge.get("plots?stream=one&hours=24"));
  for (const action of ["redrive", "check"])
    await t.throwsAsync(bridge.act({ action, request: { stream: "one" } }), { message: /operate|not call/ }, action);
  const client = new dynamodb.DynamoDBClient(settings);
  const TableName = world.bridge["table_name"];
  const denied = await t.throwsAsync(
    client.send(new dynamodb.PutItemCommand({ TableName, Item: { pk: { S: "x" }, sk: { S: "x" } } })),
  );
  t.true(isDenial(denied), String(denied));
});

test("the dashboard's widget, called as the dashboard does, with `read`; without it nobody sees anything", async (t) => {
  await known(world, "<b>widget</b>.csv");
  const cloudwatch = new CloudWatchClient(awsConfig(world.stack));
  const { DashboardBody = "" } = await cloudwatch.send(
    new GetDashboardCommand({ DashboardName: world.bridge["dashboard_name"] }),
  );
  const { widgets } = JSON.parse(DashboardBody) as {
    widgets: { type: string; properties: { endpoint: string; params: object } }[];
  };
  const widget = widgets.find(({ type }) => type === "custom");
  const show = async (policy: "read" | "journal", more: object = {}) => {
    const client = new LambdaClient((await operatorWith(world, policy)).config);
    const event = { ...widget?.properties.params, ...more, widgetContext: { theme: "light", params: {} } };
    const answer = await client.send(
      new InvokeCommand({ FunctionName: widget?.properties.endpoint, Payload: Buffer.from(JSON.stringify(event)) }),
    );
    return JSON.parse(answer.Payload?.transformToString() ?? "null") as string;
  };
  const html = await show("read", { stream: "one" });
  t.regex(html, /&lt;b&gt;widget&lt;\/b&gt;\.csv/);
  t.true(html.includes(`endpoint="${widget?.properties.endpoint}"`), "a link asks by the same alias");
  t.true(isDenial(await t.throwsAsync(show("journal"))));
});
