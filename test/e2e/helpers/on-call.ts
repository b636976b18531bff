// The engineer on call: a queue that the alarms' topic reaches, the `bridge` command, and minutes that pass in a second.
import { execFile } from "node:child_process";
import { promisify } from "node:util";
import {
  type AlarmHistoryItem,
  CloudWatchClient,
  paginateDescribeAlarmHistory,
  paginateDescribeAlarms,
} from "@aws-sdk/client-cloudwatch";
import { SNSClient, SubscribeCommand } from "@aws-sdk/client-sns";
import {
  CreateQueueCommand,
  GetQueueAttributesCommand,
  ReceiveMessageCommand,
  SetQueueAttributesCommand,
  SQSClient,
} from "@aws-sdk/client-sqs";
import { awsConfig, openPump, type Stack } from "../../stack/index.ts";
import { repository } from "../../stack/tools.ts";
import { invoke } from "./invoke.ts";

export type Ran = { readonly status: number; readonly out: string };

/** What CloudWatch tells the topic's subscribers. */
export type Notification = {
  readonly AlarmName: string;
  readonly AlarmDescription: string;
  readonly NewStateValue: string;
  readonly OldStateValue: string;
};

export type OnCall = {
  /** Runs `bridge <args>` as a program. */
  readonly bridge: (...args: string[]) => Promise<Ran>;
  /** States of the bridge's alarms, by name without the bridge's. */
  readonly alarms: () => Promise<Readonly<Record<string, string>>>;
  /** Which states an alarm has been in, the oldest first. */
  readonly historyOf: (alarm: string) => Promise<string[]>;
  /** All that came to the queue, also earlier. */
  readonly notifications: () => Promise<readonly Notification[]>;
  /** All bodies of messages in the queue, as they came. */
  readonly bodies: () => Promise<readonly string[]>;
  /**
   * Lets minutes pass: in each the tick runs, in the function itself, what it prints is pumped, and CloudWatch's clock goes on.
   * The function's own clock stays the machine's. With `tick: false` the tick doesn't run.
   */
  readonly minutes: (count: number, options?: { readonly tick?: boolean }) => Promise<void>;
  readonly close: () => void;
};

/** Subscribes a queue to the topic and waits with the engineer. */
export async function startOnCall(stack: Stack, functionName: string, topicArn: string): Promise<OnCall> {
  const cloudwatch = new CloudWatchClient(awsConfig(stack));
  const sqs = new SQSClient(awsConfig(stack));
  const queue = await subscribedQueue(stack, sqs, topicArn);
  const pump = openPump(stack, functionName);
  const bodies: string[] = [];
  const collect = async () => {
    for (;;) {
      const { Messages = [] } = await sqs.send(
        new ReceiveMessageCommand({ QueueUrl: queue, MaxNumberOfMessages: 10, VisibilityTimeout: 3600 }),
      );
      if (Messages.length === 0) return bodies;
      bodies.push(...Messages.map(({ Body = "" }) => Body));
    }
  };
  let last = Date.now();
  return {
    bodies: collect,
    notifications: async () =>
      (await collect()).map((body) => JSON.parse((JSON.parse(body) as { Message: string }).Message) as Notification),
    bridge: (...args) => runBridge(stack, functionName, args),
    alarms: async () => {
      const states: Record<string, string> = {};
      for await (const { MetricAlarms = [] } of paginateDescribeAlarms(
        { client: cloudwatch },
        { AlarmNamePrefix: `${functionName}/` },
      ))
        for (const { AlarmName = "", StateValue = "" } of MetricAlarms)
          states[AlarmName.slice(functionName.length + 1)] = StateValue;
      return states;
    },
    historyOf: async (alarm) => {
      const items: AlarmHistoryItem[] = [];
      for await (const { AlarmHistoryItems = [] } of paginateDescribeAlarmHistory(
        { client: cloudwatch },
        { AlarmName: `${functionName}/${alarm}`, HistoryItemType: "StateUpdate", ScanBy: "TimestampAscending" },
      ))
        items.push(...AlarmHistoryItems);
      return items.map(
        ({ HistoryData = "{}" }) =>
          (JSON.parse(HistoryData) as { newState: { stateValue: string } }).newState.stateValue,
      );
    },
    minutes: async (count, { tick = true } = {}) => {
      for (let minute = 0; minute < count; minute++) {
        if (tick) await invoke(stack, functionName, { action: "tick" });
        await pump.turn();
        const passed = (Date.now() - last) / 1000;
        if (passed < 60) stack.advanceCloudWatch(60 - passed);
        last = Date.now();
      }
      await pump.turn();
    },
    close: () => {
      pump.close();
      cloudwatch.destroy();
      sqs.destroy();
    },
  };
}

/** Makes a queue that a topic reaches; returns its URL. */
async function subscribedQueue(stack: Stack, sqs: SQSClient, topicArn: string): Promise<string> {
  const { QueueUrl = "" } = await sqs.send(new CreateQueueCommand({ QueueName: "on-call" }));
  const { Attributes } = await sqs.send(new GetQueueAttributesCommand({ QueueUrl, AttributeNames: ["QueueArn"] }));
  const Endpoint = Attributes?.["QueueArn"];
  const Policy = JSON.stringify({
    Version: "2012-10-17",
    Statement: [
      {
        Effect: "Allow",
        Principal: { Service: "sns.amazonaws.com" },
        Action: "sqs:SendMessage",
        Resource: Endpoint,
        Condition: { ArnEquals: { "aws:SourceArn": topicArn } },
      },
    ],
  });
  await sqs.send(new SetQueueAttributesCommand({ QueueUrl, Attributes: { Policy } }));
  const sns = new SNSClient(awsConfig(stack));
  await sns.send(new SubscribeCommand({ TopicArn: topicArn, Protocol: "sqs", Endpoint }));
  sns.destroy();
  return QueueUrl;
}

async function runBridge(stack: Stack, functionName: string, args: readonly string[]): Promise<Ran> {
  const command = [`${repository}bridge/src/bridge.ts`, ...args, "--function", functionName];
  try {
    const { stdout } = await promisify(execFile)(process.execPath, command, { env: { ...process.env, ...stack.env } });
    return { status: 0, out: stdout };
  } catch (error) {
    const { code, stdout, stderr } = error as { code: number; stdout: string; stderr: string };
    return { status: code, out: stdout + stderr };
  }
}
