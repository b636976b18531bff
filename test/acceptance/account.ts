// Where the acceptance runs: an account of AWS, or the local stack in its place. All that differs between the two is here.
import { execFile } from "node:child_process";
import { rmSync } from "node:fs";
import { promisify } from "node:util";
import { CloudWatchClient, DescribeAlarmsCommand } from "@aws-sdk/client-cloudwatch";
import { GetQueueAttributesCommand, SQSClient } from "@aws-sdk/client-sqs";
import { hostKeyAt } from "../servers/transfer-family.ts";
import { aws } from "../stack/aws-cli.ts";
import { awsConfig, openPump, publishMetrics, startStack } from "../stack/index.ts";
import { freePort, temporaryFolder } from "../stack/temporary.ts";
import type { Account as Place } from "../stack/terraform.ts";
import { tools } from "../stack/tools.ts";

export type Account = Place & {
  readonly name: "AWS" | "the emulator";
  readonly region: string;
  readonly accountId: string;
  /** Configuration of SDK clients. */
  readonly config: object;
  /** Runs the aws CLI. */
  readonly aws: (...args: readonly string[]) => Promise<unknown>;
  /** Where a Transfer Family server is reached, and its host key's fingerprint, as AWS tells it. */
  readonly reach: (serverId: string) => Promise<{ host: string; port: number; fingerprint: string }>;
  /** The alarm's state now. On the emulator a minute has passed since the last look. */
  readonly lookAt: (alarm: string, bridge: Bridge) => Promise<string | undefined>;
  /** Milliseconds between two looks at an alarm, or at anything else that takes minutes. */
  readonly pause: number;
  readonly stop: () => Promise<void>;
};

/** Outputs of the bridge that is accepted. */
export type Bridge = Readonly<Record<string, string>>;

const stateOf = async (cloudwatch: CloudWatchClient, alarm: string) =>
  (await cloudwatch.send(new DescribeAlarmsCommand({ AlarmNames: [alarm] }))).MetricAlarms?.[0]?.StateValue;

/** The account that a profile of the user's names, in a region. */
export async function openAws(profile: string, region: string): Promise<Account> {
  const env = { ...definedEnvironment(), AWS_PROFILE: profile, AWS_REGION: region, AWS_DEFAULT_REGION: region };
  Object.assign(process.env, env);
  const folder = temporaryFolder("acceptance");
  const run = async (...args: readonly string[]): Promise<unknown> => {
    const command = ["-m", "awscli", ...args, "--output", "json"];
    const { stdout } = await promisify(execFile)(tools().python, command, { env });
    return stdout.trim() === "" ? undefined : JSON.parse(stdout);
  };
  const { Account: accountId } = (await run("sts", "get-caller-identity")) as { Account: string };
  const cloudwatch = new CloudWatchClient({ region });
  return {
    name: "AWS",
    isReal: true,
    region,
    accountId,
    env,
    folder,
    config: { region },
    aws: run,
    reach: async (serverId) => {
      const { Server } = (await run("transfer", "describe-server", "--server-id", serverId)) as {
        Server: { HostKeyFingerprint: string };
      };
      const host = `${serverId}.server.transfer.${region}.amazonaws.com`;
      return { host, port: 22, fingerprint: Server.HostKeyFingerprint.replace(/=+$/, "") };
    },
    lookAt: (alarm) => stateOf(cloudwatch, alarm),
    pause: 15_000,
    stop: async () => {
      cloudwatch.destroy();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** The local stack, with a Transfer Family server of its own and the facts of AWS that it would be kinder about. */
export async function openEmulator(): Promise<Account> {
  const port = await freePort();
  const env = { SFTP_ENABLED: "1", SFTP_PORT: String(port), SFTP_HOST: "127.0.0.1" };
  const stack = await startStack({ env, aws: { concurrency: 10, iamSettlesAfter: 3 } });
  const cloudwatch = new CloudWatchClient(awsConfig(stack));
  const sqs = new SQSClient(awsConfig(stack));
  const pumps = new Map<string, ReturnType<typeof openPump>>();
  /** What SQS tells CloudWatch each minute. */
  const tellDepth = async (QueueUrl: string) => {
    const AttributeNames = ["ApproximateNumberOfMessages"] as const;
    const { Attributes } = await sqs.send(
      new GetQueueAttributesCommand({ QueueUrl, AttributeNames: [...AttributeNames] }),
    );
    const dimensions = { QueueName: QueueUrl.slice(QueueUrl.lastIndexOf("/") + 1) };
    const values = [Number(Attributes?.["ApproximateNumberOfMessages"])];
    const metric = {
      metric: "ApproximateNumberOfMessagesVisible",
      unit: "Count",
      dimensions,
      time: Date.now(),
      values,
    };
    await publishMetrics(stack, [{ namespace: "AWS/SQS", ...metric }]);
  };
  return {
    name: "the emulator",
    isReal: false,
    region: stack.region,
    accountId: stack.accountId,
    env: stack.env,
    folder: stack.folder,
    config: awsConfig(stack),
    aws: (...args) => aws(stack, ...args),
    reach: async () => ({ host: "127.0.0.1", port, fingerprint: await hostKeyAt(port) }),
    lookAt: async (alarm, bridge) => {
      const functionName = bridge["function_name"] ?? "";
      const pump = pumps.get(functionName) ?? openPump(stack, functionName);
      pumps.set(functionName, pump);
      await pump.turn();
      await tellDepth(bridge["dead_letter_queue_url"] ?? "");
      stack.advanceCloudWatch(60);
      return stateOf(cloudwatch, alarm);
    },
    pause: 1_000,
    stop: async () => {
      for (const pump of pumps.values()) pump.close();
      cloudwatch.destroy();
      sqs.destroy();
      await stack.stop();
    },
  };
}

function definedEnvironment(): Record<string, string> {
  return Object.fromEntries(
    Object.entries(process.env).flatMap(([name, value]) => (value === undefined ? [] : [[name, value]])),
  );
}
