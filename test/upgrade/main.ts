// `npm run test:upgrade -- [COMMIT]`: applies an earlier version on the local stack, puts files under way, applies this one, and looks
// whether anything is lost, sent twice or misread. By hand: it takes a few minutes. README.md says which commit stands for 0.1.0.
import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { cpSync, mkdtempSync, readdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { S3Client } from "@aws-sdk/client-s3";
import { GetQueueAttributesCommand, SQSClient } from "@aws-sdk/client-sqs";
import { asEntry } from "../../lambda/src/journal/entry.ts";
import { step } from "../../scripts/setup/report.mjs";
import { invoke } from "../e2e/helpers/invoke.ts";
import { journalItems } from "../e2e/helpers/journal.ts";
import { putObject, readObject } from "../e2e/helpers/objects.ts";
import {
  awsConfig,
  createSecret,
  functionProcesses,
  openConfiguration,
  startSshd,
  startStack,
  until,
} from "../stack/index.ts";
import { repository } from "../stack/tools.ts";

const commit = process.argv[2] ?? "30b29d9";
const parts = ["modules", "lambda/dist"];
const name = "upgraded";

const configuration = `
variable "stream" { type = any }
module "bridge" {
  source        = "../.."
  name          = "${name}"
  force_destroy = true
  streams       = { acme = var.stream }
}
output "bucket" { value = module.bridge.bucket }
output "table" { value = module.bridge.table_name }
output "events" { value = module.bridge.queue_url }
output "dead_letters" { value = module.bridge.dead_letter_queue_url }
`;

const bytesOf = (text: string, length: number) =>
  Buffer.alloc(length, createHash("sha256").update(text).digest("base64url"));

/** Puts the module's files of a tree in the place of those that a workspace has. */
const exchange = (folder: string, from: string) => {
  const to = join(folder, "../..");
  for (const file of readdirSync(to).filter((one) => one.endsWith(".tf"))) rmSync(join(to, file));
  for (const part of parts) rmSync(join(to, part), { recursive: true, force: true });
  const files = readdirSync(from).filter((file) => file.endsWith(".tf"));
  for (const part of [...files, ...parts]) cpSync(join(from, part), join(to, part), { recursive: true });
};

/** Messages of a queue, hidden ones among them. */
const messagesIn = async (QueueUrl: string): Promise<number> => {
  const client = new SQSClient(awsConfig(stack));
  const AttributeNames = ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"] as const;
  const { Attributes = {} } = await client.send(
    new GetQueueAttributesCommand({ QueueUrl, AttributeNames: [...AttributeNames] }),
  );
  client.destroy();
  return AttributeNames.reduce((sum, attribute) => sum + Number(Attributes[attribute] ?? 0), 0);
};

const fail = (message: string): never => {
  throw new Error(message);
};

const [stack, acme] = await Promise.all([startStack(), startSshd()]);
try {
  for (const folder of ["inbox", "outbox"]) acme.files.mkdir(folder);
  const s3 = new S3Client(awsConfig(stack));
  const earlier = mkdtempSync(join(stack.folder, "earlier-"));
  execFileSync("sh", ["-c", `git -C "$1" archive "$2" | tar -x -C "$3"`, "sh", repository, commit, earlier]);
  const stream = {
    sftp: {
      host: acme.host,
      port: acme.port,
      username: acme.username,
      host_keys: [acme.fingerprint],
      private_key: { secret_arn: await createSecret(stack, "sftp/acme", acme.key.privateKey) },
    },
    push: { sftp: "inbox" },
    pull: { sftp: "outbox", schedule: "rate(1 day)" },
  };
  const workspace = await openConfiguration(stack, { "main.tf": configuration });
  exchange(workspace.folder, earlier);
  const outputs = await step(`terraform apply of ${commit}`, async (note) => {
    note("applying");
    await workspace.terraform(["init", "-input=false", "-no-color"]);
    return workspace.apply({ stream });
  });
  const bucket = String(outputs["bucket"]);
  const table = String(outputs["table"]);
  const push = `s3://${bucket}/acme/push/`;
  const pull = `s3://${bucket}/acme/pull/`;

  /** What has to be where in the end, by file. */
  const sent = new Map<string, Buffer>();
  const fetched = new Map<string, Buffer>();
  const send = async (file: string, content: Buffer) => {
    sent.set(file, content);
    await putObject(s3, push, file, content);
  };
  const leave = (file: string, content: Buffer) => {
    fetched.set(file, content);
    acme.files.write(`outbox/${file}`, content);
  };
  const poll = () => invoke(stack, name, { action: "poll", streams: ["acme"] });

  await send("delivered.csv", bytesOf("delivered", 1_000));
  leave("fetched.csv", bytesOf("fetched", 1_000));
  await until("the first push", 60, () => acme.files.exists("inbox/delivered.csv") || undefined);
  await poll();
  await until("the first pull", 60, () => readObject(s3, pull, "fetched.csv"));
  const before = new Map(
    (await journalItems(stack, table))
      .filter(({ kind }) => kind === "entry")
      .map((item) => [String(item["path"]), JSON.stringify(item["deliveries"])]),
  );

  // A large file each way, in the middle of which the function's process ends.
  const large = bytesOf("large", 150 * 1024 * 1024);
  await send("large.bin", large);
  await until(
    "the large push to have begun",
    60,
    () => acme.files.list("inbox").some((path) => path.includes(".tmp")) || undefined,
  );
  for (const { pid } of functionProcesses(stack)) process.kill(pid, "SIGKILL");
  acme.cut();
  const inMidst = acme.files.list("inbox").filter((path) => path.includes(".tmp"));
  // And the partner is down, so that others wait with an error.
  await acme.down();
  for (let file = 0; file < 5; file++) await send(`waiting-${file}.csv`, bytesOf(`waiting ${file}`, 10_000));
  for (let file = 0; file < 3; file++) leave(`there-${file}.csv`, bytesOf(`there ${file}`, 10_000));
  await until("the files that wait to be known", 120, async () => {
    const known = (await journalItems(stack, table)).filter(({ path }) => String(path).startsWith("waiting-"));
    return known.length === 5 || undefined;
  });
  const states = (await journalItems(stack, table))
    .filter(({ kind }) => kind === "entry")
    .map(({ path, state }) => `${path} ${state}`);
  console.log(`  under way: ${states.join(", ")}; at the partner ${inMidst.join(", ") || "no temporary file"}`);

  exchange(workspace.folder, repository);
  await workspace.terraform(["init", "-input=false", "-no-color"]);
  const changes = await workspace.plan();
  const counted = Object.entries(Object.groupBy(changes, ({ actions }) => actions.join("+")));
  console.log(`  the plan: ${counted.map(([actions, some]) => `${some?.length} ${actions}`).join(", ")}`);
  const replaced = changes.filter(({ actions }) => actions.includes("delete")).map(({ address }) => address);
  console.log(`  deleted or replaced: ${replaced.join(", ") || "nothing"}`);
  const lost = replaced.filter((address) =>
    /aws_dynamodb_table|aws_s3_bucket\.|aws_sqs_queue\.|aws_lambda_function\./.test(address),
  );
  if (lost.length > 0) fail(`the plan would replace ${lost.join(", ")}`);
  let applying = true;
  const meanwhile = (async () => {
    for (let file = 0; applying; file++) {
      await send(`meanwhile-${file}.csv`, bytesOf(`meanwhile ${file}`, 5_000));
      await new Promise((resolve) => setTimeout(resolve, 1_000));
    }
  })();
  try {
    await step("terraform apply of this version, while files are put", async (note) => {
      note("applying");
      await workspace.apply();
    });
  } finally {
    applying = false;
    await meanwhile;
  }
  const again = await workspace.plan();
  if (again.length > 0) fail(`another plan changes ${again.map(({ address }) => address).join(", ")}`);

  const began = Date.now();
  await acme.up();
  /** Files that aren't where they belong. */
  const missing = async () => {
    const found = [...sent.keys()].filter((file) => !acme.files.exists(`inbox/${file}`));
    for (const file of fetched.keys()) if (!(await readObject(s3, pull, file))) found.push(file);
    return found;
  };
  const arrive = (seconds: number, isEnough: (files: readonly string[]) => boolean) =>
    step("everything to arrive", (note) =>
      until("everything to arrive", seconds, async () => {
        await invoke(stack, name, { action: "tick" });
        await poll();
        const files = await missing();
        note(`missing: ${files.slice(0, 3).join(", ")}`);
        return isEnough(files) || undefined;
      }),
    );
  // The stack ends what runs when a function is updated, which AWS doesn't. An event that was in its hands stays hidden in the queue
  // for the queue's time-out, longer than anybody waits here: it has to be there still, and `send` moves its object meanwhile.
  await arrive(240, (files) => files.every((file) => file.startsWith("meanwhile-")));
  await new Promise((resolve) => setTimeout(resolve, 20_000));
  const late = await missing();
  if (late.length > 0) {
    const hidden = await messagesIn(String(outputs["events"]));
    console.log(`  ${late.length} files put during the apply are late, ${hidden} events hidden in the queue`);
    if (hidden < 1) fail(`the events of ${late.join(", ")} are gone`);
    for (const path of late) await invoke(stack, name, { action: "send", stream: "acme", path });
    await arrive(120, (files) => files.length === 0);
  }
  const took = Math.round((Date.now() - began) / 1000);
  for (const [file, content] of sent)
    if (!acme.files.read(`inbox/${file}`).equals(content)) fail(`${file} differs at the partner`);
  for (const [file, content] of fetched) {
    const there = await readObject(s3, pull, file);
    if (there === undefined || Buffer.compare(Buffer.from(there), content) !== 0) fail(`${file} differs in S3`);
  }
  const entries = await until("the journal to say so", 60, async () => {
    const items = (await journalItems(stack, table)).filter(({ kind }) => kind === "entry");
    return items.every(({ state }) => state === "delivered") ? items : undefined;
  });
  if (entries.length !== sent.size + fetched.size)
    fail(`${entries.length} entries for ${sent.size + fetched.size} files`);
  for (const item of entries) {
    if (asEntry(item as never) === undefined) fail(`the entry of ${item["path"]} is misread`);
    const was = before.get(String(item["path"]));
    if (was !== undefined && was !== JSON.stringify(item["deliveries"])) fail(`${item["path"]} was moved again`);
  }
  const litter = acme.files.list("inbox").filter((path) => path.includes(".tmp"));
  if (litter.length > 0) fail(`temporary files are left: ${litter.join(", ")}`);
  if ((await messagesIn(String(outputs["dead_letters"]))) > 0) fail("there are dead letters");
  console.log(
    `  ${sent.size} files sent and ${fetched.size} fetched, ${[...sent.keys()].filter((file) => file.startsWith("meanwhile")).length} of them put during the apply: all there, equal, and once in the journal, ${took} s after the partner was back.`,
  );
} finally {
  await Promise.all([stack.stop(), acme.stop()]);
}
