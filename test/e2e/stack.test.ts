/** The stack itself: two side by side, and nothing left of it however the program ends that started it. */
import { spawn } from "node:child_process";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { createInterface } from "node:readline";
import { connect } from "node:tls";
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

test("a client that would like HTTP/2, as Terraform's provider does, gets HTTP/1.1, on which no request stays without an answer", async (t) => {
  const stack = await startStack();
  t.teardown(() => stack.stop());
  const port = Number(new URL(stack.endpoint).port);
  const protocol = await new Promise((resolve, reject) => {
    const socket = connect({ host: "127.0.0.1", port, ca: stack.authorityPem, ALPNProtocols: ["h2", "http/1.1"] });
    socket.once("secureConnect", () => {
      resolve(socket.alpnProtocol);
      socket.destroy();
    });
    socket.once("error", reject);
  });
  t.is(protocol, "http/1.1");
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
