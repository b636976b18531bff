/** The stack itself: two side by side, and nothing left of it however the program ends that started it. */
import { spawn } from "node:child_process";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { connect } from "node:http2";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { CreateBucketCommand, ListBucketsCommand, S3Client } from "@aws-sdk/client-s3";
import test from "ava";
import { awsConfig, startStack, until } from "../stack/index.ts";

test("two stacks side by side know nothing of each other", async (t) => {
  const [one, other] = await Promise.all([startStack(), startStack()]);
  t.teardown(() => Promise.all([one.stop(), other.stop()]));
  const clients = [new S3Client(awsConfig(one)), new S3Client(awsConfig(other))] as const;
  await clients[0].send(new CreateBucketCommand({ Bucket: "only-here" }));
  const [here, there] = await Promise.all(clients.map((client) => client.send(new ListBucketsCommand({}))));
  t.deepEqual(
    here?.Buckets?.map(({ Name }) => Name),
    ["only-here"],
  );
  t.deepEqual(there?.Buckets ?? [], []);
});

test("nobody gets in without the right secret, or without trust in the stack's certificate", async (t) => {
  const stack = await startStack();
  t.teardown(() => stack.stop());
  const stranger = new S3Client(awsConfig(stack, { accessKeyId: "AKIAIOSFODNN7EXAMPLE", secretAccessKey: "guessed" }));
  await t.throwsAsync(stranger.send(new ListBucketsCommand({})), { name: "InvalidAccessKeyId" });
  const { endpoint, region, credentials } = awsConfig(stack);
  const trusting = new S3Client({ endpoint, region, credentials, maxAttempts: 1 });
  await t.throwsAsync(trusting.send(new ListBucketsCommand({})), { message: /certificate/ });
});

test("thousands of requests on one HTTP/2 connection, as Terraform's provider makes them, are all answered", async (t) => {
  const stack = await startStack();
  t.teardown(() => stack.stop());
  const session = connect(stack.endpoint, { ca: stack.authorityPem });
  t.teardown(() => session.destroy());
  const ask = () =>
    new Promise<number | undefined>((resolve, reject) => {
      const request = session.request({ ":path": "/" });
      request.once("response", (headers) => resolve(headers[":status"]));
      request.once("error", reject);
      request.once("close", () => reject(new Error("no answer")));
      request.resume();
    });
  let answered = 0;
  const askOneByOne = async () => {
    for (let turn = 0; turn < 150; turn++) if ((await ask()) !== undefined) answered++;
  };
  await Promise.all(Array.from({ length: 20 }, askOneByOne));
  t.is(answered, 3_000);
});

const endings: Readonly<Record<string, (pid: number) => void>> = {
  "Ctrl-C": (pid) => process.kill(pid, "SIGINT"),
  SIGTERM: (pid) => process.kill(pid, "SIGTERM"),
  SIGKILL: (pid) => process.kill(pid, "SIGKILL"),
  "an uncaught exception": () => undefined,
};

for (const [ending, end] of Object.entries(endings))
  test(`nothing is left after ${ending}`, async (t) => {
    const program = fileURLToPath(new URL("helpers/start-and-wait.ts", import.meta.url));
    const child = spawn(process.execPath, [program, ...(ending === "an uncaught exception" ? ["throw"] : [])], {
      stdio: ["ignore", "pipe", "pipe"],
    });
    const errors: string[] = [];
    child.stderr.on("data", (chunk: Buffer) => errors.push(chunk.toString()));
    t.teardown(() => child.kill("SIGKILL"));
    const folders = await new Promise<string[]>((resolve, reject) => {
      createInterface({ input: child.stdout }).once("line", (line) => resolve(JSON.parse(line) as string[]));
      child.once("close", () => reject(new Error(`it ended before the stack was up:\n${errors.join("")}`)));
    });
    t.true(folders.length >= 4 && folders.every((folder) => existsSync(folder)), folders.join(", "));
    t.true(processesOf(folders).length >= 4, "emulator, two servers and their keepers run");
    end(child.pid ?? 0);
    await until("everything to end", 20, () =>
      processesOf(folders).length === 0 && !folders.some((folder) => existsSync(folder)) ? true : undefined,
    ).catch(() => undefined);
    t.deepEqual(processesOf(folders), []);
    t.deepEqual(
      folders.filter((folder) => existsSync(folder)),
      [],
    );
    t.false(
      readFileSync("/proc/mounts", "utf8")
        .split("\n")
        .some((line) => folders.some((folder) => line.includes(folder))),
    );
  });

/** Command lines of processes that name one of the folders, apart from our own. */
function processesOf(folders: readonly string[]): string[] {
  return readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name) && Number(name) !== process.pid)
    .map((pid) => {
      try {
        return readFileSync(`/proc/${pid}/cmdline`, "utf8").replaceAll("\0", " ");
      } catch {
        return "";
      }
    })
    .filter((line) => folders.some((folder) => line.includes(folder)));
}
