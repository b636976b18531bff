/** What a person has to do: secrets, host keys, keys of keys, rules that stay, files that wait. */

import type { Rule } from "./rules.ts";
import { type Account, storeCommand } from "./secrets.ts";
import { type Migrated, scanCommand } from "./stream.ts";
import type { Options } from "./types.ts";

/** The steps, in their order; those after the apply last. */
export const stepsFor = (
  streams: readonly Migrated[],
  kept: readonly Rule[],
  options: Options,
  account: Account,
): readonly string[] => [
  ...streams.flatMap(({ original, stored }) =>
    [...stored]
      .filter(([, secret]) => !options.arns?.has(secret))
      .map(
        ([field, secret]) =>
          `Store ${field} of ${JSON.stringify(original)}: ${options.encrypted ? "run this again with --store-secrets, as no other command can read the encrypted configuration" : storeCommand(options.source, original, field, secret, account)}`,
      ),
  ),
  ...(/[A-Z]/.test(account.region + account.account) && streams.some(({ stored }) => stored.size > 0) && !options.arns
    ? [
        "Put region and account into the secret_arns: the commands above print the ARNs. Or run this again with --region and --account.",
      ]
    : []),
  ...[...new Map(streams.map(({ host, port }) => [scanCommand(host, port), undefined])).keys()].map(
    (command) =>
      `Pin the host key: ${command} prints it; compare it with what the partner tells you (ssh-keygen -lf), and put the line into host_keys. The plan refuses what is there now.`,
  ),
  ...streams
    .filter(({ s3PrivateKey, original }) => s3PrivateKey !== undefined && !options.kmsKeys.has(original))
    .map(
      ({ original, s3PrivateKey }) =>
        `If a customer-managed KMS key encrypts s3://${s3PrivateKey}, on the client or in S3, let the function use it: run this again with --kms-key ${JSON.stringify(original)}=KEY_ARN.`,
    ),
  ...[
    ...new Set(
      streams.filter(({ side, paused }) => side === "push" && !paused).map(({ s3 }) => s3.split("/")[0] ?? ""),
    ),
  ].map(
    (bucket) =>
      `Have bucket ${bucket} send its events to EventBridge: enable_eventbridge_on_buckets = [${JSON.stringify(bucket)}] replaces its notifications; what it has is told by aws s3api get-bucket-notification-configuration --bucket ${bucket}`,
  ),
  ...[...new Set(streams.map(({ s3 }) => s3.split("/")[0] ?? ""))].map(
    (bucket) =>
      `If a customer-managed KMS key encrypts bucket ${bucket}, give its ARN as kms_key_arn to each push and pull there (aws s3api get-bucket-encryption --bucket ${bucket} tells).`,
  ),
  ...kept.map(
    ({ name, schedule }) =>
      `After the apply, point rule ${name} (${schedule}) to the bridge: aws events put-targets --rule ${name} --targets Id=bridge,Arn="$(terraform output -raw schedule_arn)"`,
  ),
  ...streams
    .filter(({ side, paused }) => side === "push" && !paused)
    .map(
      ({ name }) =>
        `After the apply, send what was waiting: npm run bridge -- backfill --stream ${name} --dry-run, then without --dry-run. What is marked synched=true is passed over.`,
    ),
];
