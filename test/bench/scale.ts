/**
 * `npm run bench:scale`: many streams in one configuration, by the real provider on the local stack: plan, apply, a second plan, destroy,
 * resources by type, the object that the function reads, and what reading it costs a cold start. `--streams 100,500`; `--cold-start` for the
 * last part alone.
 * Minutes for each: not part of `npm test`, whose plan of 500 streams (test/module/scale.tftest.hcl) is without a provider.
 */
import { loadavg } from "node:os";
import { parseArgs } from "node:util";
import { GetFunctionConfigurationCommand, LambdaClient } from "@aws-sdk/client-lambda";
import { CreateBucketCommand, GetObjectCommand, HeadObjectCommand, S3Client } from "@aws-sdk/client-s3";
import { parseConfig } from "../../lambda/src/config/parse.ts";
import { awsConfig, openConfiguration, type Stack, startStack } from "../stack/index.ts";
import { firstByte } from "./first-byte.ts";
import { withGeneratedServers } from "./with-generated-servers.ts";

const { values } = parseArgs({
  options: { streams: { type: "string", default: "100,500" }, "cold-start": { type: "boolean", default: false } },
});
const counts = values.streams.split(",").map(Number);

const stateBucket = "state-of-terraform";

/** As test/module/fixtures/many has them: a push and a pull each, in the module's own bucket. */
const configuration = (streams: number, region: string) => `
terraform {
  # As one has it; a state in a file is written anew for each resource, which takes longer than the resources.
  backend "s3" {
    bucket                      = "${stateBucket}"
    key                         = "scale.tfstate"
    region                      = "${region}"
    use_path_style              = true
    skip_credentials_validation = true
    skip_metadata_api_check     = true
    skip_requesting_account_id  = true
    skip_region_validation      = true
  }
}

module "bridge" {
  source        = "../.."
  name          = "scale-${streams}"
  force_destroy = true

  streams = {
    for i in range(${streams}) : format("partner-%03d", i) => {
      sftp = {
        host                     = format("partner-%03d.example", i)
        username                 = "us"
        insecure_ignore_host_key = true
        password                 = { ssm_parameter = format("/sftp/partner-%03d", i) }
      }
      push = { sftp = "inbox" }
      pull = { sftp = "outbox", schedule = "rate(5 minutes)" }
    }
  }
}
`;

const timed = async <T>(work: () => Promise<T>): Promise<{ seconds: number; result: T }> => {
  const began = performance.now();
  const result = await work();
  return { seconds: (performance.now() - began) / 1000, result };
};

/** `aws_sqs_queue` of `module.bridge.module.stream["a.b"].aws_sqs_queue.events[0]`. */
const typeOf = (address: string): string =>
  address
    .replace(/\["[^"]*"\]|\[\d+\]/g, "")
    .split(".")
    .at(-2) ?? "";

const planning = ["plan", "-input=false", "-no-color", "-out=planned.tfplan"];

/** The line that says what a plan would do. */
const summaryOf = (printed: string): string =>
  printed.split("\n").find((line) => /^(Plan:|No changes)/.test(line)) ?? printed.slice(-500);

const kilobytes = (bytes: number): string => `${(bytes / 1000).toFixed(0)} KB`;

/** What Terraform does, with the object and the environment that come of it. */
const applyStreams = async (stack: Stack, streams: number): Promise<void> => {
  const name = `scale-${streams}`;
  const say = (text: string) => console.log(`${streams} streams: ${text}`);
  const s3 = new S3Client(awsConfig(stack));
  await s3.send(new CreateBucketCommand({ Bucket: stateBucket }));
  const workspace = await openConfiguration(stack, {
    "main.tf": configuration(streams, String(await s3.config.region())),
  });
  const plan = await timed(() => workspace.terraform(planning));
  say(`plan ${plan.seconds.toFixed(0)} s. ${summaryOf(plan.result)}`);
  const apply = await timed(() => workspace.terraform(["apply", "-input=false", "-no-color", "planned.tfplan"]));
  say(`apply ${apply.seconds.toFixed(0)} s`);
  const types = Map.groupBy(await workspace.resources(), typeOf);
  const several = [...types].map(([type, { length }]) => ({ type, length })).filter(({ length }) => length > 9);
  say(several.map(({ type, length }) => `${length} ${type}`).join(", "));

  const answer = await new LambdaClient(awsConfig(stack)).send(
    new GetFunctionConfigurationCommand({ FunctionName: name }),
  );
  const variables = answer.Environment?.Variables ?? {};
  const { BRIDGE_CONFIG_BUCKET: Bucket, BRIDGE_CONFIG_KEY: Key } = variables;
  const object = await s3.send(new GetObjectCommand({ Bucket, Key }));
  const state = await s3.send(new HeadObjectCommand({ Bucket: stateBucket, Key: "scale.tfstate" }));
  const text = (await object.Body?.transformToString()) ?? "";
  const began = performance.now();
  const { streams: parsed } = parseConfig(text);
  const milliseconds = performance.now() - began;
  if (parsed.size !== streams) throw new Error(`${parsed.size} of ${streams} streams are in the configuration`);
  const environment = Object.entries(variables).reduce((sum, [key, value]) => sum + key.length + value.length, 0);
  say(
    `configuration ${kilobytes(text.length)} (${(text.length / streams).toFixed(0)} bytes a stream), parsed in ${milliseconds.toFixed(0)} ms; environment ${environment} of 4,096 bytes; state ${kilobytes(state.ContentLength ?? 0)}`,
  );
  const again = await timed(() => workspace.terraform(planning));
  say(`second plan ${again.seconds.toFixed(0)} s. ${summaryOf(again.result)}`);
  const destroy = await timed(() => workspace.destroy());
  say(`destroy ${destroy.seconds.toFixed(0)} s, ${(await workspace.resources()).length} resources left`);
};

for (const streams of values["cold-start"] ? [] : counts) {
  const stack = await startStack();
  try {
    await applyStreams(stack, streams);
  } finally {
    await stack.stop();
  }
}
await withGeneratedServers(8 * 1024, async (generated) => {
  for (const streams of [1, ...counts]) {
    const { fresh, freshCpu, warm } = await firstByte(generated, {
      direction: "pull",
      bytes: 8 * 1024,
      runs: 5,
      streams,
    });
    console.log(
      `${streams} streams: first byte of a pull ${fresh.toFixed(0)} ms after the process's start (CPU of the whole ${freshCpu.toFixed(0)} ms), ${warm.toFixed(0)} ms after the event in a warm one`,
    );
  }
});
console.log(`load of the machine: ${loadavg()[0]?.toFixed(1)}`);
