// `npm run acceptance -- --profile NAME --region REGION`: the bridge and a partner of its own in an account of AWS, files both
// ways, what breaks, what the platform says of it, and all of it gone again, also where it fails or is interrupted. The report
// goes to docs/acceptance.md. `--emulator` does the same on the local stack.
import { randomBytes } from "node:crypto";
import { parseArgs } from "node:util";
import { openConfiguration, type Workspace } from "../stack/terraform.ts";
import { repository } from "../stack/tools.ts";
import { type Account, type Bridge, openAws, openEmulator } from "./account.ts";
import { createPartner } from "./partner.ts";
import { createReport } from "./report.ts";
import { runScenarios } from "./scenarios.ts";

const usage = `npm run acceptance -- --profile NAME --region REGION [--size MIB] [--report FILE]
npm run acceptance -- --emulator [--size MIB] --report FILE

It makes, and removes, a bridge and a Transfer Family server. It takes about an hour and a half, and costs about a dollar:
$0.30 an hour for the server, $0.04 a GB, and a few cents for alarms, requests and transfers (aws.amazon.com/aws-transfer-family/pricing).`;
const cost = "It cost about a dollar: $0.30 an hour for the Transfer Family server, and a few cents for all else.";

const { values } = parseArgs({
  options: {
    profile: { type: "string" },
    region: { type: "string" },
    emulator: { type: "boolean", default: false },
    size: { type: "string" },
    report: { type: "string" },
    help: { type: "boolean", default: false },
  },
});
const tell = (line: string) => console.log(line);
if (values.help || (values.emulator ? values.report === undefined : !values.profile || !values.region)) {
  tell(usage);
  process.exit(values.help ? 0 : 2);
}

const configuration = `variable "sftp" { type = any }
module "bridge" {
  source        = "../.."
  name          = "NAME"
  force_destroy = true
  streams = {
    acme = {
      sftp = var.sftp
      push = { sftp = "inbox" }
      pull = { sftp = "outbox", schedule = "rate(1 minute)" }
    }
  }
}
output "bridge" { value = module.bridge }
`;

// What is being made is made to its end, so that it can be removed; waiting ends at once.
const interruption: { by?: string } = {};
const interrupted = new Promise<never>((_, reject) => {
  for (const signal of ["SIGINT", "SIGTERM"] as const)
    process.once(signal, () => {
      interruption.by = signal;
      tell(`${signal}: everything is removed`);
      reject(new Error(`interrupted by ${signal}`));
    });
});
interrupted.catch(() => {});
const goOn = () => {
  if (interruption.by !== undefined) throw new Error(`interrupted by ${interruption.by}`);
};

const report = createReport(tell);
const undo: { title: string; work: () => Promise<unknown> }[] = [];

async function accept(account: Account): Promise<void> {
  const name = `acceptance-${randomBytes(3).toString("hex")}`;
  tell(`${account.name}, account ${account.accountId}, ${account.region}: everything is called ${name}`);
  const made: { partner?: Awaited<ReturnType<typeof createPartner>>; workspace?: Workspace; bridge?: Bridge } = {};
  await report.step("the partner, a Transfer Family server", async () => {
    made.partner = await createPartner(account, name);
  });
  const { partner } = made;
  if (partner === undefined) return;
  undo.push({ title: "the partner", work: partner.remove });
  goOn();
  const { ARN: secret } = (await account.aws(
    ...["secretsmanager", "create-secret", "--name", `${name}/key`, "--secret-string", partner.privateKey],
  )) as { ARN: string };
  undo.push({
    title: "the secret",
    work: () =>
      account.aws("secretsmanager", "delete-secret", "--secret-id", secret, "--force-delete-without-recovery"),
  });
  const workspace = await openConfiguration(account, { "main.tf": configuration.replace("NAME", name) });
  undo.push({
    title: "the bridge",
    work: async () => {
      await workspace.destroy();
      const left = await workspace.resources();
      if (left.length > 0) throw new Error(`left: ${left.join(", ")}`);
    },
  });
  goOn();
  await report.step("terraform apply", async () => {
    const { host, port, username, fingerprint } = partner;
    const sftp = { host, port, username, host_keys: [fingerprint], private_key: { secret_arn: secret } };
    made.bridge = (await workspace.apply({ sftp }))["bridge"] as Bridge;
  });
  goOn();
  await report.step("a second plan changes nothing", async () => {
    const changes = await workspace.plan();
    if (changes.length > 0) throw new Error(changes.map(({ address, actions }) => `${actions} ${address}`).join(", "));
  });
  const large = Number(values.size ?? (account.isReal ? 256 : 8)) * 1024 * 1024;
  goOn();
  if (made.bridge === undefined) return;
  const running = runScenarios({ account, partner, bridge: made.bridge, report, large });
  // After an interruption nobody waits for what it still finds out.
  running.catch(() => {});
  await Promise.race([running, interrupted]);
}

const account = values.emulator ? await openEmulator() : await openAws(values.profile ?? "", values.region ?? "");
let failure: unknown;
try {
  await accept(account);
} catch (error) {
  failure = error;
  console.error(error instanceof Error ? error.message : error);
}
for (const { title, work } of undo.reverse())
  await report.step(`${title} is gone again`, work).catch((error: unknown) => {
    failure ??= error;
    console.error(`REMOVE BY HAND: ${title}: ${error instanceof Error ? error.message : error}`);
  });
const path = values.report ?? `${repository}docs/acceptance.md`;
report.write(path, account, account.isReal ? cost : "Nothing of it was AWS.");
await account.stop();
tell(failure === undefined ? `Accepted; the report is in ${path}` : `NOT accepted; the report is in ${path}`);
process.exit(failure === undefined ? 0 : 1);
