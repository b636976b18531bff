/** Runs of the bridge itself: its configuration, its events, its journal, and the process that is measured. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { PutObjectCommand, S3Client } from "@aws-sdk/client-s3";
import type { Bundle } from "../../lambda/build/bundle.ts";
import { configKeyOf } from "../../lambda/src/config/load.ts";
import { lambdaNodeFlags } from "../helpers/lambda-node.ts";
import { freePort } from "../stack/temporary.ts";
import { defaultMegabytes, makeBoxes, wholeCore } from "./box.ts";
import type { FileSet } from "./data.ts";
import { type Measured, measure, startServer, stop } from "./processes.ts";
import type { Partner, Servers } from "./servers.ts";
import type { Programs } from "./setup.mjs";

export interface BridgeRun {
  readonly direction: "push" | "pull";
  readonly set: FileSet;
  readonly partner: Partner;
  readonly maxConnections: number;
  /** Name of the folder, at the partner or in the bucket, that the files go to. */
  readonly target: string;
  /** Only lists: no file of the set is included. */
  readonly listOnly?: boolean;
  readonly after?: "keep" | "move" | "delete";
  /** Polls one after the other, in the same process. */
  readonly repeat?: number;
  /** Ticks instead of polls or events. */
  readonly ticks?: number;
  /** A tick comes first, so that what is measured meets a process that has everything loaded. */
  readonly warm?: boolean;
  /** Further streams of the configuration, of the same direction, for which nothing ever happens. */
  readonly idleStreams?: number;
  /** Records of one batch; what modules/function asks of the queue unless said otherwise. */
  readonly batch?: number;
  /** Environments of the function, side by side, among which the events are handed out as they are free; one unless said otherwise. */
  readonly environments?: number;
  /** S3 as this run reaches it, and what tells after each invocation what was asked of it. */
  readonly meteredS3?: { readonly endpoint: string; readonly meter: string };
  /** Where the partner's folders are; the log-in directory unless said otherwise. */
  readonly root?: string;
  readonly timeout: number;
  /** Each environment has a function's share of a core, and so much memory. MB; the whole machine unless said otherwise. */
  readonly box?: number | undefined;
  /** Ticks follow until nothing is left: a drain that a queue's batch started leaves to them what takes longer than a minute. */
  readonly untilDone?: boolean;
}

/** Requests to the journal that a run made. */
export interface JournalUse {
  readonly requests: number;
  readonly writes: number;
  readonly writeUnits: number;
  readonly reads: number;
  readonly readUnits: number;
  /** Files that aren't moved yet. */
  readonly open: number;
  /** Items that are there, and the bytes that are billed for them. */
  readonly items: number;
  readonly bytes: number;
}

/** What one event took. Milliseconds; meters and lines only where S3 is metered. */
export interface Invocation {
  /** Milliseconds since the epoch. */
  readonly begunAt: number;
  readonly milliseconds: number;
  readonly cpuMs: number;
  /** What was told after it: by the journal, and by S3's meter. */
  readonly meters: readonly unknown[];
  readonly lines: readonly string[];
}

export interface BridgeResult extends Measured {
  readonly journal: JournalUse;
  /** Milliseconds: Node's own start, the bundle's load, the CPU time of both, the invocations. */
  readonly startMs: number;
  readonly loadMs: number;
  readonly startCpuMs: number;
  readonly metersBefore: readonly unknown[];
  readonly invocations: readonly Invocation[];
}

/** What DynamoDB takes for a write, seen from a function in the same region. */
const tableLatency = "4ms";
/** Records of one batch: what modules/function asks of the queue. */
const batchSize = 100;

/** A command that runs these at the same time, and fails if one does. The kernel counts them together, but the memory of the largest only. */
const sideBySide = (commands: readonly (readonly string[])[]): readonly string[] => {
  const quoted = commands.map((command) => command.map((word) => `'${word.replaceAll("'", "'\\''")}'`).join(" "));
  const started = quoted.map((command, index) => `${command} & p${index}=$!`);
  return ["sh", "-c", [...started, ...quoted.map((_, index) => `wait $p${index} || exit 1`)].join("\n")];
};

/** An event as Lambda's poller of the queue hands it over, with S3's events as EventBridge writes them. */
const queueEvents = (set: FileSet, batch: number): unknown[] => {
  const records = [...set.files].map(([path, size], index) => ({
    messageId: `00000000-0000-4000-8000-${String(index).padStart(12, "0")}`,
    receiptHandle: "bench",
    body: JSON.stringify({
      version: "0",
      id: `00000000-0000-4000-9000-${String(index).padStart(12, "0")}`,
      "detail-type": "Object Created",
      source: "aws.s3",
      account: "123456789012",
      time: new Date().toISOString(),
      region: "us-east-1",
      resources: ["arn:aws:s3:::bench"],
      detail: {
        version: "0",
        bucket: { name: "bench" },
        object: { key: `${set.name}/${path}`, size, etag: "0", sequencer: "0055AED6DCD90281E5" },
        "request-id": "bench",
        requester: "123456789012",
        reason: "PutObject",
      },
    }),
    attributes: {
      ApproximateReceiveCount: "1",
      SentTimestamp: String(Date.now()),
      SenderId: "bench",
      ApproximateFirstReceiveTimestamp: String(Date.now()),
    },
    messageAttributes: {},
    md5OfBody: "0",
    eventSource: "aws:sqs",
    eventSourceARN: "arn:aws:sqs:us-east-1:123456789012:bench",
    awsRegion: "us-east-1",
  }));
  return Array.from({ length: Math.ceil(records.length / batch) }, (_, index) => ({
    Records: records.slice(index * batch, (index + 1) * batch),
  }));
};

/** What the module sets of the process itself, so that it is measured as it is deployed. */
const processSettings = (root: string): Record<string, string> => {
  const module = readFileSync(join(root, "modules/function/main.tf"), "utf8");
  const settings = [...module.matchAll(/^\s+(NODE_OPTIONS|MALLOC_\w+)\s+= "?([^"\n]+)"?$/gm)];
  if (settings.length < 2) throw new Error("modules/function/main.tf no longer says how the process is set up");
  return Object.fromEntries(settings.map(([, name = "", value = ""]) => [name, value]));
};

const pollEvent = {
  version: "0",
  id: "00000000-0000-4000-8000-000000000000",
  "detail-type": "Scheduled Event",
  source: "aws.events",
  account: "123456789012",
  time: "2026-01-01T00:00:00Z",
  region: "us-east-1",
  resources: ["arn:aws:events:us-east-1:123456789012:rule/bench"],
  detail: {},
};

const eventsOf = (run: BridgeRun): unknown[] => {
  const tick = { action: "tick" };
  if (run.ticks !== undefined) return Array(run.ticks).fill(tick);
  const events =
    run.direction === "push"
      ? queueEvents(run.set, run.batch ?? batchSize)
      : Array.from({ length: run.repeat ?? 1 }, () => pollEvent);
  return run.warm ? [tick, ...events] : events;
};

/** The document that the module would write. */
const configOf = (run: BridgeRun, hostKey: string) => {
  const names = Array.from({ length: run.idleStreams ?? 0 }, (_, index) => `idle-${index}`);
  const stream = streamOf(run, hostKey);
  // Partners of their own, as most streams have: a drain asks for what is open of each stream of its partner.
  const idle = (name: string) => ({
    ...stream,
    sftp: { ...stream.sftp, host: `${name}.example` },
    push: stream.push && { ...stream.push, prefix: `${name}/`, directory: name },
    pull: stream.pull && { ...stream.pull, prefix: `${name}/`, directory: name },
  });
  return { version: 1, streams: { bench: stream, ...Object.fromEntries(names.map((name) => [name, idle(name)])) } };
};

const streamOf = (run: BridgeRun, hostKey: string) => ({
  sftp: {
    host: run.partner.host,
    port: run.partner.port,
    username: "root",
    host_keys: [hostKey],
    insecure_ignore_host_key: false,
    password: null,
    private_key: {
      secret_arn: null,
      ssm_parameter: null,
      s3: "bench/user-key",
      json_key: null,
      encryption_context: null,
    },
    passphrase: null,
    max_connections: run.maxConnections,
    connect_timeout_seconds: 20,
    operation_timeout_seconds: 30,
    options: {},
  },
  push:
    run.direction === "push"
      ? {
          bucket: "bench",
          prefix: `${run.set.name}/`,
          directory: (run.root ?? "") + run.target,
          include: [],
          exclude: [],
          upload: "atomic",
          verify: "strict",
        }
      : null,
  pull:
    run.direction === "pull"
      ? {
          bucket: "bench",
          prefix: `${run.target}/`,
          directory: (run.root ?? "") + run.set.name,
          include: run.listOnly ? ["nothing"] : [],
          exclude: [],
          after: run.after ?? "keep",
          retention_days: 14,
          min_age_seconds: 0,
          temporary_suffixes: [".part"],
        }
      : null,
  retry_for_days: 7,
});

/** The function as the checkout at `root` builds it: what a build leaves out is part of what is compared. */
const buildOf = async (root: string): Promise<Bundle> => {
  const build: { readonly bundle: (root: string) => Promise<Bundle> } = await import(
    pathToFileURL(join(root, "lambda/build/bundle.ts")).href
  );
  return await build.bundle(root);
};

/** Builds the function once, of the checkout at `root`; what is returned runs it. Each run has an empty journal of its own. */
export const prepareBridge = async (
  programs: Programs,
  servers: Servers,
  folder: string,
  environment: Record<string, string>,
  root: string = join(import.meta.dirname, "../.."),
) => {
  const dist = mkdtempSync(join(folder, "bundle-"));
  const built = await buildOf(root);
  const settings = processSettings(root);
  for (const [name, content] of built.files) writeFileSync(join(dist, name), content);
  const s3 = new S3Client({
    endpoint: servers.s3,
    region: "us-east-1",
    forcePathStyle: true,
    credentials: { accessKeyId: "bench", secretAccessKey: "bench" },
  });
  const tableAddress = `127.0.0.1:${await freePort()}`;
  const reachable = async () => {
    try {
      return (await fetch(`http://${tableAddress}`)).ok;
    } catch {
      return false;
    }
  };

  return async (run: BridgeRun): Promise<BridgeResult> => {
    const document = JSON.stringify(configOf(run, servers.hostKey));
    const key = configKeyOf(document);
    await s3.send(new PutObjectCommand({ Bucket: "bench", Key: key, Body: document }));
    const place = mkdtempSync(join(folder, "run-"));
    const events = eventsOf(run);
    writeFileSync(join(place, "events.json"), JSON.stringify(events));
    const reports = Array.from({ length: Math.min(run.environments ?? 1, events.length) }, (_, index) =>
      join(place, `report-${index}.json`),
    );
    const table = await startServer([programs.native, "table", tableAddress, tableLatency], {
      log: join(folder, "servers.log"),
      ready: reachable,
    });
    const boxes = makeBoxes(programs.native, run.box);
    const megabytes = run.box ?? defaultMegabytes;
    try {
      const profile = process.env["BENCH_PROFILE"];
      const flags = profile ? ["--cpu-prof", `--cpu-prof-dir=${profile}`] : [];
      const start = [
        process.execPath,
        ...lambdaNodeFlags(megabytes),
        ...flags,
        join(import.meta.dirname, "handler-process.mjs"),
        join(dist, "index.mjs"),
      ];
      const measured = await measure(
        sideBySide(reports.map((report) => [...boxes.next(), ...start, join(place, "events.json"), report])),
        {
          native: programs.native,
          folder,
          timeout: run.timeout,
          env: {
            AWS_ACCESS_KEY_ID: "bench",
            AWS_SECRET_ACCESS_KEY: "bench",
            AWS_REGION: "us-east-1",
            // What has no box has its processors whole.
            AWS_LAMBDA_FUNCTION_MEMORY_SIZE: String(run.box ?? wholeCore),
            ...(run.untilDone && { BENCH_UNTIL_DONE: `http://${tableAddress}` }),
            BENCH_PROCESSES: String(reports.length),
            AWS_ENDPOINT_URL_S3: run.meteredS3?.endpoint ?? servers.s3,
            ...(run.meteredS3 && { BENCH_METERS: `http://${tableAddress},${run.meteredS3.meter}` }),
            AWS_ENDPOINT_URL_DYNAMODB: `http://${tableAddress}`,
            BRIDGE_NAME: "bench",
            BRIDGE_CONFIG_BUCKET: "bench",
            BRIDGE_CONFIG_KEY: key,
            BRIDGE_TABLE: "bench",
            BRIDGE_METRIC_NAMESPACE: "bench",
            BRIDGE_QUEUE_URL: "https://queue.invalid/bench",
            BRIDGE_DEAD_LETTER_QUEUE_URL: "https://queue.invalid/bench-dead",
            BRIDGE_UNDELIVERED_QUEUE_URL: "https://queue.invalid/bench-undelivered",
            ...settings,
            ...environment,
          },
        },
      );
      const journal = (await (await fetch(`http://${tableAddress}`)).json()) as JournalUse;
      if (process.env["BENCH_SHOW"]) console.log(measured.output.slice(-3_000));
      const told = reports.map(
        (report) => JSON.parse(readFileSync(report, "utf8")) as Omit<BridgeResult, keyof Measured | "journal">,
      );
      const most = (key: "startMs" | "loadMs" | "startCpuMs") => Math.max(...told.map((one) => one[key]));
      return {
        wall: measured.wall,
        cpu: measured.cpu,
        memory: measured.memory,
        journal,
        startMs: most("startMs"),
        loadMs: most("loadMs"),
        startCpuMs: most("startCpuMs"),
        metersBefore: told.flatMap(({ metersBefore }) => metersBefore),
        invocations: told.flatMap(({ invocations }) => invocations),
      };
    } finally {
      rmSync(place, { recursive: true, force: true });
      boxes.remove();
      await stop(table);
    }
  };
};
