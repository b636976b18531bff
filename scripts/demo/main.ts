// The demo: the complete example, applied to a local stack, with files crossing both ways. See scripts/demo.mjs.
import { S3Client } from "@aws-sdk/client-s3";
import { startBridgeConsole } from "../../test/e2e/helpers/console.ts";
import { type OnCall, startOnCall } from "../../test/e2e/helpers/on-call.ts";
import { completeVariables, type Partners, startPartners } from "../../test/stack/complete.ts";
import { awsConfig, openExample, type Stack, startStack, until, type Workspace } from "../../test/stack/index.ts";
import { step } from "../setup/report.mjs";
import { assertSmallDisk, type Breakage, breakageOf, smallDisk } from "./breakages.ts";
import { journeys, order, type Places } from "./files.ts";
import { night } from "./night.ts";
import { breakNames, type Options, readOptions } from "./options.mjs";
import { heading } from "./screen.ts";
import { followTelemetry, showTelemetry } from "./telemetry.ts";
import { type Bridge, tour } from "./tour.ts";
import { watch } from "./watch.ts";

const { keep, breaks } = given();

/** How to stop what runs; what started last goes first. */
const running: (() => Promise<void>)[] = [];
/** While files are moving with --keep, the first Ctrl-C ends that, and the demo goes on to its end. */
let isKept = false;
let isStopping = false;
let stoppingSince = 0;
/** Ctrl-C at a terminal reaches this process and the one that started it, which passes it on. Milliseconds. */
const sameSignal = 1_000;

for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const)
  process.on(signal, () => {
    // A second Ctrl-C leaves at once; what is running ends with us in any case.
    if (isStopping) {
      if (Date.now() - stoppingSince > sameSignal) process.exit(130);
      return;
    }
    isStopping = true;
    stoppingSince = Date.now();
    if (isKept) return;
    console.log("\nStopping …");
    void stopAll().finally(() => process.exit(130));
  });

try {
  await demo();
} catch (error) {
  if (!isStopping) console.error(`\nThe demo failed: ${error instanceof Error ? error.message : String(error)}`);
  process.exitCode = 1;
}
await stopAll();

async function demo(): Promise<void> {
  heading("1  A local stack: AWS, and two partners with SFTP servers");
  const stack = await begin("starting the AWS emulator (IAM, bucket policies and TLS are enforced)", startStack);
  const partners = await begin("starting the partners", () =>
    startPartners("demo-password", breaks === "disk" ? { diskBytes: smallDisk } : {}),
  );
  if (breaks === "disk") assertSmallDisk(partners);
  const { acme, globex } = partners;
  console.log(`  AWS at ${stack.endpoint}`);
  console.log(`  acme: OpenSSH at port ${acme.port}, by key; globex: asyncssh at port ${globex.port}, by password`);

  heading("2  terraform apply of examples/complete, with the real AWS provider");
  const terraform = { hear: (_line: string): void => undefined };
  const workspace = await step("terraform init", (note) => {
    note("copying the module");
    return openExample(stack, "complete", { onLine: (line) => terraform.hear(line) });
  });
  const variables = await completeVariables(stack, partners);
  const outputs = await step("terraform apply", (note) => {
    terraform.hear = countResources(note, /: Creation complete/, /^Plan: (\d+) to add/);
    note("planning");
    return workspace.apply(variables);
  });
  const places = outputs["places"] as Places;
  const bridge = outputs["bridge"] as Bridge;
  console.log(
    `  ${(await workspace.resources()).length} resources. The secrets were there before; their values are in no state.`,
  );

  const onCall = await startOnCall(stack, bridge.function_name, bridge.alarm_topic_arn);
  running.push(async () => onCall.close());

  heading("3  Files, both ways");
  await moveFiles(stack, partners, places);

  heading("4  What the function said");
  await showTelemetry(stack, bridge);
  await onCall.minutes(0);

  let section = 5;
  if (breaks !== undefined) {
    const apply = async (hostKeys: readonly string[]) => {
      terraform.hear = () => undefined;
      await workspace.apply({ ...variables, acme: { ...variables.acme, host_keys: hostKeys } });
    };
    const secret = variables.globex.credentials_secret_arn;
    const breakage = breakageOf(breaks, { stack, partners, secret, apply });
    heading(`${section++}  On purpose: ${breakage.what}`);
    await breakAndMend(stack, partners, places, onCall, breakage);
  }

  heading(`${section++}  Looking around`);
  if (keep) {
    const { address } = await begin("building and starting the console", async () => {
      await import("../../bridge/build.ts");
      return startBridgeConsole(stack.env, bridge.function_name);
    });
    for (const line of tour(stack, partners, places, bridge, address)) console.log(line === "" ? "" : `  ${line}`);
    console.log(
      "\n  Ctrl-C destroys and stops everything. Until then, what moves, and alarms that change, are shown here:",
    );
    isKept = true;
    await followTelemetry(stack, bridge, onCall, () => isStopping);
  } else {
    console.log(
      "  npm run demo -- --keep leaves all of this running and says how to reach S3, both partners and the console.",
    );
    if (breaks === undefined)
      console.log(
        `  npm run demo -- --break ${breakNames.join("|")} shows an alarm turn red, and the way back to green.`,
      );
  }

  heading(`${section}  terraform destroy`);
  await destroy(workspace, terraform);
  await step("stopping the stack and the partners", (note) => {
    note("stopping");
    return stopAll();
  });
  console.log("  Nothing of it is left running, and nothing on disk.");
}

/** Starts something as a step, and sees to it that it is stopped. */
function begin<T extends { readonly stop: () => Promise<void> }>(title: string, start: () => Promise<T>): Promise<T> {
  return step(title, async (note) => {
    note("starting");
    const started = await start();
    running.push(started.stop);
    return started;
  });
}

async function stopAll(): Promise<void> {
  for (const stop of running.splice(0).reverse()) await stop();
}

async function moveFiles(stack: Stack, partners: Partners, places: Places): Promise<void> {
  const s3 = new S3Client(awsConfig(stack));
  const all = journeys(s3, places, partners);
  const began = Date.now();
  for (const journey of all) await journey.put();
  console.log(`  ${all.length} files put. S3 → SFTP goes by events; SFTP → S3 by a schedule, here every minute.`);
  const going = (direction: string) => all.filter((journey) => journey.direction === direction);
  await watch(going("S3 → SFTP"), began, 120, "");
  await watch(going("SFTP → S3"), began, 240, "the schedule fires once a minute");
  s3.destroy();
  // A pulled file is in S3 before the partner's is moved or deleted, so that a crash between the two loses nothing.
  const { acme, globex } = partners;
  const isCleared = () =>
    globex.files.list("outgoing").length === 0 && acme.files.list("outbox").every((path) => path.includes(".done/"));
  await until("the partners' folders to be cleared", 30, () => isCleared() || undefined);
  console.log(
    "  Each was compared by SHA-256 with what was put. What was pulled is now in .done at acme, and deleted at globex:",
  );
  console.log(
    `    acme ${JSON.stringify(acme.files.list("outbox"))}, globex ${JSON.stringify(globex.files.list("outgoing"))}`,
  );
}

async function breakAndMend(
  stack: Stack,
  partners: Partners,
  places: Places,
  onCall: OnCall,
  breakage: Breakage,
): Promise<void> {
  const s3 = new S3Client(awsConfig(stack));
  const file = order(s3, places, partners, breakage.stream);
  await night({
    onCall,
    breakage,
    order: file,
    delivered: () => watch([file], Date.now(), 60, ""),
    say: (line) => console.log(line === "" ? "" : `  ${line}`),
  });
  s3.destroy();
}

async function destroy(workspace: Workspace, terraform: { hear: (line: string) => void }): Promise<void> {
  await step("terraform destroy", async (note) => {
    terraform.hear = countResources(note, /: Destruction complete/, /^Plan: .* (\d+) to destroy/);
    note("planning");
    await workspace.destroy();
  });
  const left = await workspace.resources();
  if (left.length > 0) throw new Error(`destroy left ${left.join(", ")}`);
}

/** The options; where they can't be read, says so and ends. */
function given(): Options {
  try {
    return readOptions(process.argv.slice(2));
  } catch (error) {
    console.error((error as Error).message);
    process.exit(2);
  }
}

/** Turns Terraform's lines into `12 of 54 resources`. */
function countResources(note: (text: string) => void, done: RegExp, plan: RegExp): (line: string) => void {
  let total = "?";
  let count = 0;
  return (line) => {
    total = plan.exec(line)?.[1] ?? total;
    if (done.test(line)) note(`${++count} of ${total} resources`);
  };
}
