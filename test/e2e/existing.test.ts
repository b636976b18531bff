/** Buckets and a network that were there before: examples/existing-vpc-and-buckets, and a bucket of another region. */
import { createHash, randomBytes } from "node:crypto";
import { GetFunctionConfigurationCommand, LambdaClient } from "@aws-sdk/client-lambda";
import {
  CreateBucketCommand,
  GetBucketNotificationConfigurationCommand,
  HeadObjectCommand,
  PutBucketNotificationConfigurationCommand,
  PutObjectCommand,
  S3Client,
} from "@aws-sdk/client-s3";
import test from "ava";
import {
  awsConfig,
  createSecret,
  openConfiguration,
  openExample,
  type Stack,
  startSshd,
  startStack,
  until,
} from "../stack/index.ts";
import { invoke } from "./helpers/invoke.ts";
import { hashObject } from "./helpers/objects.ts";

/** What an account has before the bridge comes: a private subnet behind a NAT gateway, and buckets of several kinds. */
const ours = `
resource "aws_vpc" "ours" { cidr_block = "10.1.0.0/16" }
resource "aws_internet_gateway" "ours" { vpc_id = aws_vpc.ours.id }
resource "aws_subnet" "public" {
  vpc_id     = aws_vpc.ours.id
  cidr_block = "10.1.0.0/24"
}
resource "aws_subnet" "private" {
  vpc_id     = aws_vpc.ours.id
  cidr_block = "10.1.1.0/24"
}
resource "aws_eip" "ours" { domain = "vpc" }
resource "aws_nat_gateway" "ours" {
  allocation_id = aws_eip.ours.id
  subnet_id     = aws_subnet.public.id
  depends_on    = [aws_internet_gateway.ours]
}
resource "aws_route_table" "private" { vpc_id = aws_vpc.ours.id }
resource "aws_route" "out" {
  route_table_id         = aws_route_table.private.id
  destination_cidr_block = "0.0.0.0/0"
  nat_gateway_id         = aws_nat_gateway.ours.id
}
resource "aws_route_table_association" "private" {
  route_table_id = aws_route_table.private.id
  subnet_id      = aws_subnet.private.id
}
resource "aws_security_group" "ours" {
  name   = "ours"
  vpc_id = aws_vpc.ours.id
}
resource "aws_s3_bucket" "orders" { bucket = "our-orders" }
resource "aws_s3_bucket_versioning" "orders" {
  bucket = aws_s3_bucket.orders.id
  versioning_configuration { status = "Enabled" }
}
resource "aws_sqs_queue" "audit" { name = "audit" }
resource "aws_sqs_queue_policy" "audit" {
  queue_url = aws_sqs_queue.audit.id
  policy = jsonencode({
    Version   = "2012-10-17"
    Statement = [{ Effect = "Allow", Principal = { Service = "s3.amazonaws.com" }, Action = "sqs:SendMessage", Resource = aws_sqs_queue.audit.arn }]
  })
}
resource "aws_s3_bucket_notification" "orders" {
  depends_on = [aws_sqs_queue_policy.audit]
  bucket = aws_s3_bucket.orders.id
  queue {
    id        = "audit"
    queue_arn = aws_sqs_queue.audit.arn
    events    = ["s3:ObjectCreated:*"]
  }
}
resource "aws_kms_key" "archive" {}
resource "aws_s3_bucket" "archive" {
  bucket              = "our-archive"
  object_lock_enabled = true
}
resource "aws_s3_bucket_object_lock_configuration" "archive" {
  bucket = aws_s3_bucket.archive.id
  rule {
    default_retention {
      mode = "GOVERNANCE"
      days = 1
    }
  }
}
resource "aws_s3_bucket_server_side_encryption_configuration" "archive" {
  bucket = aws_s3_bucket.archive.id
  rule {
    apply_server_side_encryption_by_default {
      sse_algorithm     = "aws:kms"
      kms_master_key_id = aws_kms_key.archive.arn
    }
  }
}
output "subnet" { value = aws_subnet.private.id }
output "group" { value = aws_security_group.ours.id }
output "key" { value = aws_kms_key.archive.arn }
`;

const start = async () => {
  const [stack, acme] = await Promise.all([startStack(), startSshd()]);
  const s3 = new S3Client({ ...awsConfig(stack), forcePathStyle: true });
  acme.files.mkdir("inbox");
  const partner = { host: acme.host, port: acme.port, username: acme.username, host_keys: [acme.fingerprint] };
  const secret = await createSecret(stack, "sftp/acme", acme.key.privateKey);
  return { stack, acme, s3, partner, secret, stop: () => Promise.all([stack.stop(), acme.stop()]) };
};

/** As the S3 console does it: EventBridge on, and everything else as it was. */
const turnEventBridgeOn = async (s3: S3Client, Bucket: string) => {
  const { QueueConfigurations } = await s3.send(new GetBucketNotificationConfigurationCommand({ Bucket }));
  await s3.send(
    new PutBucketNotificationConfigurationCommand({
      Bucket,
      NotificationConfiguration: { QueueConfigurations, EventBridgeConfiguration: {} },
    }),
  );
};

const configurationOf = (stack: Stack, name: string | undefined) =>
  new LambdaClient(awsConfig(stack)).send(new GetFunctionConfigurationCommand({ FunctionName: name }));

test("the example existing-vpc-and-buckets: a versioned source, a locked and encrypted destination, a network of ours", async (t) => {
  const { stack, acme, s3, partner, secret, stop } = await start();
  t.teardown(stop);
  const before = await (await openConfiguration(stack, { "main.tf": ours })).apply();
  const large = randomBytes(20 * 1024 * 1024);
  acme.files.write("outbox/small.txt", "from acme");
  acme.files.write("outbox/large.bin", large);
  const example = await openExample(stack, "existing-vpc-and-buckets");
  const variables = {
    source_bucket: { name: "our-orders" },
    destination_bucket: { name: "our-archive", kms_key_arn: before["key"] },
    vpc: { subnet_ids: [before["subnet"]], security_group_ids: [before["group"]] },
    partner,
    private_key_secret_arn: secret,
    schedule: "rate(1 day)",
  };
  const bridge = (await example.apply(variables))["bridge"] as Record<string, string>;
  t.deepEqual(await example.plan(), []);
  t.is(bridge["bucket"], null as unknown as string, "no bucket is made");
  const { VpcConfig } = await configurationOf(stack, bridge["function_name"]);
  t.deepEqual([VpcConfig?.SubnetIds, VpcConfig?.SecurityGroupIds], [[before["subnet"]], [before["group"]]]);

  await turnEventBridgeOn(s3, "our-orders");
  await s3.send(new PutObjectCommand({ Bucket: "our-orders", Key: "out/acme/a.txt", Body: "to acme" }));
  await until("the order to arrive", 60, () => acme.files.exists("inbox/a.txt") || undefined);
  t.is(acme.files.read("inbox/a.txt").toString(), "to acme");

  await invoke(stack, bridge["function_name"] ?? "", { action: "poll", streams: ["acme"] });
  for (const name of ["small.txt", "large.bin"]) {
    const head = await until(`${name} to be pulled`, 90, () =>
      s3.send(new HeadObjectCommand({ Bucket: "our-archive", Key: `in/acme/${name}` })).catch(() => undefined),
    );
    t.is(head.SSEKMSKeyId, before["key"] as string, name);
    t.is(head.ObjectLockMode, "GOVERNANCE", name);
  }
  t.is(
    await hashObject(s3, "s3://our-archive/in/acme/", "large.bin"),
    createHash("sha256").update(large).digest("hex"),
  );

  // The switch is the user's, and with the import that docs/streams.md tells of, the plan says what it would end.
  t.deepEqual(
    (await example.plan({ ...variables, replace_notifications: true })).map(({ address, actions }) => [
      address,
      actions,
    ]),
    [['module.bridge.aws_s3_bucket_notification.existing["our-orders"]', ["create"]]],
  );
  await example.terraform([
    "import",
    "-input=false",
    'module.bridge.aws_s3_bucket_notification.existing["our-orders"]',
    "our-orders",
  ]);
  const [change, ...others] = await example.plan();
  t.deepEqual(others, []);
  const [had, gets] = [change?.before, change?.after] as { queue: { id: string }[]; eventbridge: boolean }[];
  t.deepEqual(
    had?.queue.map(({ id }) => id),
    ["audit"],
  );
  t.deepEqual([gets?.queue, gets?.eventbridge], [[], true]);
  await example.apply();
  const { QueueConfigurations = [], EventBridgeConfiguration } = await s3.send(
    new GetBucketNotificationConfigurationCommand({ Bucket: "our-orders" }),
  );
  t.deepEqual(QueueConfigurations, []);
  t.truthy(EventBridgeConfiguration);
  t.deepEqual(await example.plan(), []);
  await example.destroy();
  t.deepEqual(await example.resources(), []);
});

test("a bucket of another region of the account: its events come by a rule there, and the function goes there for it", async (t) => {
  const { stack, acme, partner, secret, stop } = await start();
  t.teardown(stop);
  const region = "us-west-2";
  const far = new S3Client({ ...awsConfig(stack), region, forcePathStyle: true });
  await far.send(
    new CreateBucketCommand({ Bucket: "far-away", CreateBucketConfiguration: { LocationConstraint: region } }),
  );
  await turnEventBridgeOn(far, "far-away");
  acme.files.write("outbox/b.txt", "from acme");
  const workspace = await openConfiguration(stack, {
    "main.tf": `module "bridge" {
  source = "../.."
  name   = "far"
  streams = {
    acme = {
      sftp = merge(jsondecode(file("partner.json")), { private_key = { secret_arn = "${secret}" } })
      push = { s3 = "far-away/out", sftp = "inbox" }
      pull = { s3 = "far-away/in", sftp = "outbox", schedule = "rate(1 day)" }
    }
  }
}
module "events" {
  source     = "../../modules/forwarding"
  forwarding = module.bridge.event_forwarding["far-away"]
  name       = "far-away"
  region     = "${region}"
}
output "bridge" { value = module.bridge }
`,
    "partner.json": JSON.stringify(partner),
  });
  const { bridge } = (await workspace.apply()) as { bridge: Record<string, string> };
  t.deepEqual(await workspace.plan(), []);
  await far.send(new PutObjectCommand({ Bucket: "far-away", Key: "out/a.txt", Body: "to acme" }));
  await far.send(new PutObjectCommand({ Bucket: "far-away", Key: "elsewhere/a.txt", Body: "not for acme" }));
  await until("the file to arrive", 60, () => acme.files.exists("inbox/a.txt") || undefined);
  t.is(acme.files.read("inbox/a.txt").toString(), "to acme");
  await invoke(stack, bridge["function_name"] ?? "", { action: "poll", streams: ["acme"] });
  await until("the file to be pulled", 60, () =>
    far.send(new HeadObjectCommand({ Bucket: "far-away", Key: "in/b.txt" })).catch(() => undefined),
  );
  t.deepEqual(
    acme.files.list().filter((path) => path.startsWith("inbox/")),
    ["inbox/a.txt"],
  );
});
