/**
 * The function's role, statement by statement: what it may do works, and what lies just outside is denied. The calls are
 * made with a session of the role itself, on an emulator that evaluates its policies. A statement without a case fails.
 */
import {
  GetPolicyCommand,
  GetPolicyVersionCommand,
  GetRolePolicyCommand,
  ListAttachedRolePoliciesCommand,
  ListRolePoliciesCommand,
} from "@aws-sdk/client-iam";
import * as s3 from "@aws-sdk/client-s3";
import test from "ava";
import { openObjectStore } from "../../lambda/src/s3/open.ts";
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
