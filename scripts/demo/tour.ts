// How to look around while the demo's stack runs: files that make the usual commands work, and the commands.
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { installAwsCli } from "../../test/stack/aws-cli.ts";
import type { Partners } from "../../test/stack/complete.ts";
import type { Stack } from "../../test/stack/index.ts";
import { tools } from "../../test/stack/tools.ts";
import type { Places } from "./files.ts";

export type Bridge = {
  readonly alarm_topic_arn: string;
  readonly function_name: string;
  readonly log_group_name: string;
  readonly metric_namespace: string;
  readonly table_name: string;
};

/** Writes an environment for the shell and returns lines that say what to do with it; `console` is the console's address. */
export function tour(stack: Stack, partners: Partners, places: Places, bridge: Bridge, console: string): string[] {
  const folder = join(stack.folder, "tour");
  const { openssh } = tools();
  // Where the machine has an aws CLI of its own, it is as good; this one is there in any case.
  installAwsCli(join(folder, "bin"));
  // Version 2 of the aws CLI would else want the payloads of invocations in base64; version 1 takes them as they are.
  writeFileSync(join(folder, "aws-config"), "[default]\ncli_binary_format = raw-in-base64-out\n");
  const variables = { ...stack.env, AWS_CONFIG_FILE: join(folder, "aws-config"), AWS_PAGER: "" };
  const exports = Object.entries(variables).map(([name, value]) => `export ${name}='${value}'`);
  writeFileSync(join(folder, "env"), `${exports.join("\n")}\nexport PATH='${folder}/bin':"$PATH"\n`);
  const knownHosts = join(folder, "known_hosts");
  writeFileSync(knownHosts, `${partners.acme.knownHosts}\n${partners.globex.knownHosts}\n`);
  const sftp =
    openssh.libraries === ""
      ? "sftp"
      : `LD_LIBRARY_PATH=${openssh.libraries} ${openssh.sftp} -S ${openssh.sftp.replace(/sftp$/, "ssh")}`;
  const { acme, globex } = partners;
  return [
    "The console, in a browser:",
    `  ${console}`,
    "",
    "S3 and everything else of AWS, in any shell:",
    `  . ${folder}/env`,
    `  echo hello > hello.txt && aws s3 cp hello.txt ${places["acme"]?.push}`,
    `  aws s3 ls --recursive ${places["acme"]?.pull}`,
    `  aws logs filter-log-events --log-group-name ${bridge.log_group_name} --query "events[].message" --output text`,
    `  aws dynamodb scan --table-name ${bridge.table_name}`,
    `  aws cloudwatch list-metrics --namespace ${bridge.metric_namespace}`,
    `  npm run -s bridge -- status --function ${bridge.function_name}`,
    `  aws lambda invoke --function-name ${bridge.function_name} --payload '{"action":"poll","streams":["acme"]}' answer.json && cat answer.json`,
    "",
    "acme, by key (relative paths start in its folder; put files into outbox, find ours in inbox):",
    `  ${sftp} -P ${acme.port} -i ${acme.key.path} -o UserKnownHostsFile=${knownHosts} ${acme.username}@${acme.host}`,
    "",
    `globex, by password (${globex.password}):`,
    `  ${sftp} -P ${globex.port} -o UserKnownHostsFile=${knownHosts} ${globex.username}@${globex.host}`,
    "",
    `The partners' folders on this machine: ${acme.root} and ${globex.files.path(".")}`,
  ];
}
