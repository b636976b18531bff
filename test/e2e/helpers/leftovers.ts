// What is in the account, by kind: after destroy it should be what was there before apply.
import { aws } from "../../stack/aws-cli.ts";
import type { Stack } from "../../stack/index.ts";

const listings: Readonly<Record<string, readonly string[]>> = {
  alarms: ["cloudwatch", "describe-alarms", "--query", "MetricAlarms[].AlarmName"],
  buckets: ["s3api", "list-buckets", "--query", "Buckets[].Name"],
  eventSources: ["lambda", "list-event-source-mappings", "--query", "EventSourceMappings[].UUID"],
  functions: ["lambda", "list-functions", "--query", "Functions[].FunctionName"],
  keys: ["kms", "list-aliases", "--query", "Aliases[?!starts_with(AliasName, 'alias/aws/')].AliasName"],
  logGroups: ["logs", "describe-log-groups", "--query", "logGroups[].logGroupName"],
  policies: ["iam", "list-policies", "--scope", "Local", "--query", "Policies[].PolicyName"],
  queues: ["sqs", "list-queues", "--query", "QueueUrls"],
  roles: ["iam", "list-roles", "--query", "Roles[].RoleName"],
  rules: ["events", "list-rules", "--query", "Rules[].Name"],
  tables: ["dynamodb", "list-tables", "--query", "TableNames"],
  topics: ["sns", "list-topics", "--query", "Topics[].TopicArn"],
};

/** Names of everything in the account of the kinds that the module makes. */
export async function inventory(stack: Stack): Promise<Record<string, unknown>> {
  const found: Record<string, unknown> = {};
  for (const [kind, command] of Object.entries(listings)) found[kind] = (await aws(stack, ...command)) ?? [];
  return found;
}
