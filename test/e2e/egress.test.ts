/** A function with a fixed address, and one in a network of the user's: applied, exercised, and gone in the right order. */
import { GetFunctionConfigurationCommand, LambdaClient } from "@aws-sdk/client-lambda";
import { PutObjectCommand, S3Client } from "@aws-sdk/client-s3";
import test from "ava";
import { aws } from "../stack/aws-cli.ts";
import { applyExample, awsConfig, openConfiguration, startSshd, startStack, until } from "../stack/index.ts";
import { createSecret } from "../stack/secrets.ts";
import { invoke } from "./helpers/invoke.ts";
import { entriesOf } from "./helpers/journal.ts";

type Permission = {
  readonly FromPort: number;
  readonly ToPort: number;
  readonly IpRanges: readonly { readonly CidrIp: string }[];
};

test("the example fixed-address: our own address is kept, files move, destroy takes the function before its network", async (t) => {
  const [stack, acme] = await Promise.all([startStack(), startSshd()]);
  t.teardown(() => Promise.all([stack.stop(), acme.stop()]));
  const { AllocationId, PublicIp } = (await aws(stack, "ec2", "allocate-address", "--domain", "vpc")) as Record<
    string,
    string
  >;
  const bridge = await applyExample(stack, "fixed-address", {
    allocation_ids: [AllocationId],
    force_destroy: true,
    partner: { host: acme.host, port: acme.port, username: acme.username, host_keys: [acme.fingerprint] },
    private_key_secret_arn: await createSecret(stack, "sftp/acme", acme.key.privateKey),
    schedule: "rate(1 hour)",
  });
  t.deepEqual(bridge.applied["addresses"], [PublicIp]);
  t.deepEqual(await bridge.plan(), []);

  const { bucket, function_name, table_name } = bridge.applied["bridge"] as Record<string, string>;
  const { VpcConfig } = await new LambdaClient(awsConfig(stack)).send(
    new GetFunctionConfigurationCommand({ FunctionName: function_name }),
  );
  t.is(VpcConfig?.SubnetIds?.length, 2);
  const { SecurityGroups } = (await aws(
    stack,
    "ec2",
    "describe-security-groups",
    "--group-ids",
    ...(VpcConfig?.SecurityGroupIds ?? []),
  )) as { SecurityGroups: readonly { IpPermissions: unknown; IpPermissionsEgress: readonly Permission[] }[] };
  const out = (SecurityGroups[0]?.IpPermissionsEgress ?? []).map(
    ({ FromPort, ToPort, IpRanges }) => [FromPort, ToPort, IpRanges.map(({ CidrIp }) => CidrIp)] as const,
  );
  t.deepEqual(
    out.sort((a, b) => Number(a[0]) - Number(b[0])),
    [
      [443, 443, ["0.0.0.0/0"]],
      [acme.port, acme.port, [`${acme.host}/32`]],
    ],
  );
  t.deepEqual(SecurityGroups[0]?.IpPermissions, []);

  await new S3Client(awsConfig(stack)).send(
    new PutObjectCommand({ Bucket: bucket, Key: "acme/push/a.txt", Body: "through a fixed address" }),
  );
  await until("the file to arrive", 30, () => acme.files.exists("inbox/a.txt") || undefined);

  // A partner that goes while it is connected is another matter: then the connection was lost, and that is what the record says.
  await acme.idle();
  // Nobody answers: an operator is told what in the network may be in the way, and a waiting file's record says so too.
  await acme.stop();
  const named = (text: string) => {
    t.regex(text, /The function is in a VPC \(subnets/);
    for (const id of [...(VpcConfig?.SubnetIds ?? []), ...(VpcConfig?.SecurityGroupIds ?? [])])
      t.true(text.includes(id));
  };
  const { payload } = await invoke(stack, function_name ?? "", { action: "check", stream: "acme" });
  named(JSON.stringify(payload));
  await new S3Client(awsConfig(stack)).send(
    new PutObjectCommand({ Bucket: bucket, Key: "acme/push/b.txt", Body: "b" }),
  );
  const noted = await until("the waiting file's reason", 60, async () => {
    const entries = await entriesOf(stack, table_name ?? "", "acme");
    const error = entries.find(({ path }) => path === "b.txt")?.last_error;
    return error ? error.message : undefined;
  });
  named(noted);
  t.is(noted.split("VPC").length, 2, "said once");

  const order: string[] = [];
  const gone = await bridge.terraform(["destroy", "-auto-approve", "-input=false", "-no-color"]);
  for (const [, address = "", what = ""] of gone.matchAll(/^(\S+?): (Destroying\.\.\.|Destruction complete)/gm))
    order.push(`${address} ${what}`);
  const functionGone = order.indexOf("module.bridge.module.function.aws_lambda_function.this Destruction complete");
  t.true(functionGone > 0);
  for (const address of [
    "module.bridge.module.function.aws_iam_role_policy.network[0]",
    "module.bridge.module.egress[0].aws_nat_gateway.this[0]",
    "module.bridge.module.egress[0].aws_route.nat[0]",
    "module.bridge.module.egress[0].aws_security_group.this",
    "module.bridge.module.egress[0].aws_subnet.private[0]",
    'module.bridge.module.egress[0].aws_vpc_endpoint.gateway["s3"]',
  ])
    t.true(order.indexOf(`${address} Destroying...`) > functionGone, `${address} goes after the function`);
  t.deepEqual(await bridge.resources(), []);
});

const network = (route: string, bridge = "") => `
resource "aws_vpc" "ours" { cidr_block = "10.1.0.0/16" }
resource "aws_internet_gateway" "ours" { vpc_id = aws_vpc.ours.id }
resource "aws_subnet" "ours" {
  vpc_id     = aws_vpc.ours.id
  cidr_block = "10.1.1.0/24"
}
resource "aws_route_table" "ours" { vpc_id = aws_vpc.ours.id }
resource "aws_route_table_association" "ours" {
  route_table_id = aws_route_table.ours.id
  subnet_id      = aws_subnet.ours.id
}
resource "aws_security_group" "ours" {
  name   = "ours"
  vpc_id = aws_vpc.ours.id
}
${route}
output "subnet" { value = aws_subnet.ours.id }
output "group" { value = aws_security_group.ours.id }
${bridge}
`;

test("a network without a way out is named by the plan, and so is a public subnet", async (t) => {
  const stack = await startStack();
  t.teardown(() => stack.stop());
  const bridge = (options = "") => `
module "bridge" {
  source = "../.."
  name   = "lost"
  vpc    = { subnet_ids = [var.subnet], security_group_ids = [var.group] ${options} }
  streams = {
    acme = {
      sftp = { host = "sftp.acme.example", username = "us", insecure_ignore_host_key = true, password = { ssm_parameter = "/p" } }
      push = { sftp = "inbox" }
    }
  }
}
variable "subnet" { type = string }
variable "group" { type = string }
`;
  const ours = await openConfiguration(stack, { "main.tf": network("") });
  const made = await ours.apply();
  const lost = await openConfiguration(stack, { "main.tf": bridge() });
  const error = await t.throwsAsync(lost.plan(made));
  const said = error?.message.replace(/\n?[│\s]+/g, " ") ?? "";
  t.regex(said, new RegExp(`vpc, subnet_ids: ${made["subnet"]} has no route out`));
  t.regex(said, /NAT gateway/);

  const unchecked = await openConfiguration(stack, { "main.tf": bridge(", check_routes = false") });
  t.true((await unchecked.plan(made)).length > 0);

  const open = await openConfiguration(stack, {
    "main.tf": network(`resource "aws_route" "ours" {
  route_table_id         = aws_route_table.ours.id
  destination_cidr_block = "0.0.0.0/0"
  gateway_id             = aws_internet_gateway.ours.id
}`),
  });
  const openMade = await open.apply();
  const publicError = await t.throwsAsync(lost.plan(openMade));
  t.regex(
    publicError?.message.replace(/\n?[│\s]+/g, " ") ?? "",
    new RegExp(`${openMade["subnet"]} is a public subnet`),
  );
});

const switched = `
variable "network" { type = string }
variable "sftp" { type = any }

resource "aws_vpc" "ours" {
  count      = var.network == "vpc" ? 1 : 0
  cidr_block = "10.1.0.0/24"
}
resource "aws_subnet" "ours" {
  count      = var.network == "vpc" ? 1 : 0
  vpc_id     = aws_vpc.ours[0].id
  cidr_block = "10.1.0.0/25"
}
resource "aws_security_group" "ours" {
  count  = var.network == "vpc" ? 1 : 0
  name   = "ours"
  vpc_id = aws_vpc.ours[0].id
}

module "bridge" {
  source        = "../.."
  name          = "switched"
  force_destroy = true
  egress        = var.network == "egress" ? {} : null
  vpc           = var.network == "vpc" ? { subnet_ids = aws_subnet.ours[*].id, security_group_ids = aws_security_group.ours[*].id, check_routes = false } : null
  streams       = { acme = { sftp = var.sftp, push = { sftp = "inbox" } } }
}
output "bridge" { value = module.bridge }
`;

test("a running bridge gets a network and loses it by plain applies, and files go on moving", async (t) => {
  const [stack, acme] = await Promise.all([startStack(), startSshd()]);
  t.teardown(() => Promise.all([stack.stop(), acme.stop()]));
  acme.files.mkdir("inbox");
  const workspace = await openConfiguration(stack, { "main.tf": switched });
  const sftp = {
    host: acme.host,
    port: acme.port,
    username: acme.username,
    host_keys: [acme.fingerprint],
    private_key: { secret_arn: await createSecret(stack, "sftp/acme", acme.key.privateKey) },
  };
  const s3 = new S3Client(awsConfig(stack));
  const lambda = new LambdaClient(awsConfig(stack));
  for (const [turn, network] of ["none", "egress", "none", "vpc", "egress", "none"].entries()) {
    const { bridge } = (await workspace.apply({ network, sftp })) as { bridge: Record<string, string> };
    t.deepEqual(await workspace.plan(), [], `${turn}: ${network}`);
    const { VpcConfig } = await lambda.send(new GetFunctionConfigurationCommand({ FunctionName: "switched" }));
    t.is((VpcConfig?.SubnetIds?.length ?? 0) > 0, network !== "none", `${turn}: ${network}`);
    await s3.send(new PutObjectCommand({ Bucket: bridge["bucket"], Key: `acme/push/${turn}`, Body: network }));
    await until(`file ${turn}, with ${network}`, 90, () => acme.files.exists(`inbox/${turn}`) || undefined);
  }
});
