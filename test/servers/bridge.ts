/**
 * The bridge's own push and pull over a real connection to a tested server, in real time, with S3 and the journal in memory.
 * A relay of its own lies in between, so each bridge has its own partner, connections to count, and bytes to cut at.
 */
import type { ExecutionContext } from "ava";
import { createBudget } from "../../lambda/src/concurrency/budget.ts";
import { partnersOf } from "../../lambda/src/config/partners.ts";
import { type PullConfig, type PushConfig, partnerOf, type SftpConfig } from "../../lambda/src/config/types.ts";
import { createDeadline } from "../../lambda/src/drain/deadline.ts";
import type { DrainDeps } from "../../lambda/src/drain/deps.ts";
import { type DrainResult, drain } from "../../lambda/src/drain/drain.ts";
import type { Entry } from "../../lambda/src/journal/entry.ts";
import { openJournal } from "../../lambda/src/journal/journal.ts";
import { requestPoll } from "../../lambda/src/journal/polls.ts";
import { intake } from "../../lambda/src/push/intake.ts";
import type { Credentials } from "../../lambda/src/secrets/types.ts";
import { openRemote } from "../../lambda/src/sftp/open.ts";
import type { Remote } from "../../lambda/src/sftp/remote.ts";
import type { LearnedTraits, Traits } from "../../lambda/src/traits/traits.ts";
import { defaultSizes, type Sizes } from "../../lambda/src/transfer/sizes.ts";
import { memoryBuckets, memoryObjects, putObject } from "../helpers/memory-objects.ts";
import { memoryTable } from "../helpers/memory-table.ts";
import { configOf, memoryTelemetry, pull, push, stream } from "../helpers/streams.ts";
import { startLine } from "./line.ts";
import { startCuttingRelay } from "./relay.ts";
import { sftpConfigOf, type TestedServer } from "./server.ts";

export interface BridgeOptions {
  readonly push?: Partial<PushConfig>;
  readonly pull?: Partial<PullConfig>;
  readonly sftp?: Partial<SftpConfig>;
  readonly credentials?: Credentials;
  readonly sizes?: Partial<Sizes>;
  /** Bytes after which a connection is cut, while `relay.setTrouble(1)`. */
  readonly cutAfter?: number;
  /** How long a round trip takes beside what the machine takes. Milliseconds. */
  readonly roundTrip?: number;
}

const mebibyte = 1024 * 1024;
let nonces = 0;

/** A bridge to `server` that works below the folder `directory`: pushes to `in`, pulls from `out`. It ends with the test. */
export const createBridge = async (
  t: ExecutionContext,
  server: TestedServer,
  directory: string,
  options: BridgeOptions = {},
) => {
  const line = await startLine(server.port, (options.roundTrip ?? 0) / 2);
  t.teardown(() => line.stop());
  const relay = await startCuttingRelay(options.roundTrip ? line.port : server.port, options.cutAfter ?? 0);
  t.teardown(() => relay.stop());
  const sftp: SftpConfig = {
    ...sftpConfigOf(server, relay.port),
    ...options.sftp,
  };
  const credentials = options.credentials ?? {
    ...(server.privateKey === undefined ? { password: server.password ?? "" } : { privateKey: server.privateKey }),
  };
  const config = configOf(
    stream({
      sftp,
      push: { ...push, directory: `${directory}/in`, ...options.push },
      pull: { ...pull, directory: `${directory}/out`, ...options.pull },
    }),
  );
  const [partner] = partnersOf(config).values();
  const [only] = config.streams.values();
  if (!partner || !only) throw new Error("a configuration with one stream has one partner");

  const items = new Map();
  const buckets = memoryBuckets();
  const table = memoryTable(items);
  const telemetry = memoryTelemetry();
  let skipped = 0;
  const clock = { wall: () => Date.now() + skipped, steady: () => performance.now() + skipped };
  const nonce = () => `n${++nonces}`;
  const journal = openJournal({ table, now: clock.wall, nonce, deliveredTtlDays: 400, log: telemetry.log });
  const plain = memoryObjects(buckets, undefined, 64 * 1024);
  /** What was read from S3 and written to it, and from where on. */
  const traffic = { offsets: [] as number[], parts: [] as number[] };
  const connect = (_partner?: unknown, signal?: AbortSignal, _reached?: unknown, traits?: Traits): Promise<Remote> =>
    openRemote(sftp, credentials, { log: telemetry.log, ...(signal && { signal }), ...(traits && { traits }) });
  const deps: DrainDeps = {
    config,
    table,
    journal,
    objects: {
      ...plain,
      get: (place, request) => {
        traffic.offsets.push(request.offset ?? 0);
        return plain.get(place, request);
      },
      uploadPart: (place, id, number, body, ...rest) => {
        traffic.parts.push(number);
        return plain.uploadPart(place, id, number, body, ...rest);
      },
    },
    memory: createBudget(32 * mebibyte),
    telemetry,
    staging: "config-bucket",
    invocationTime: 900_000,
    readSecret: () => async () => undefined,
    clock,
    nonce,
    random: () => 0.5,
    sightings: new Map(),
    sizes: { ...defaultSizes, ...options.sizes },
    sleep: (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds)),
    connect,
  };
  let sequence = 0;

  return {
    relay,
    sftp,
    credentials,
    telemetry,
    traffic,
    /** A connection of its own, which the test has to close. */
    connect: () => connect(),
    /** Puts an object and takes the event in that tells of it. */
    async put(path: string, content: string | Buffer): Promise<void> {
      const place = { bucket: push.bucket, key: push.prefix + path };
      const versionId = putObject(buckets, place, content, { at: clock.wall() });
      await intake(
        { config, journal, objects: plain },
        {
          ...place,
          size: Buffer.byteLength(content),
          versionId,
          sequencer: String(++sequence).padStart(16, "0"),
          time: clock.wall(),
        },
      );
    },
    /** What S3 holds of a pulled file. */
    pulled: (path: string): Buffer | undefined =>
      buckets.objects.get(`${pull.bucket}/${pull.prefix}${path}`)?.at(-1)?.bytes,
    /** Paths of all that was pulled, sorted. */
    allPulled: (): string[] =>
      [...buckets.objects.keys()]
        .filter((name) => name.startsWith(`${pull.bucket}/${pull.prefix}`))
        .map((name) => name.slice(pull.bucket.length + 1 + pull.prefix.length))
        .sort(),
    uploads: () => buckets.uploads.size,
    /** What the journal holds of the server. */
    learned: () =>
      [...items.values()].find((item) => item["kind"] === "traits")?.["learned"] as LearnedTraits | undefined,
    /** As `bridge forget-traits` does. */
    forgetTraits: () => {
      for (const [key, item] of items) if (item["kind"] === "traits") items.delete(key);
    },
    /** What the last whole poll left, by reason. */
    left: () => [...items.values()].find((item) => item["kind"] === "fact" && item["kinds"] !== undefined)?.["kinds"],
    entries: () => [...items.values()].filter((item) => item["kind"] === "entry") as Entry[],
    /** One run that works through what is due; `remaining` tells how many milliseconds it has. */
    drain: (remaining: () => number = () => 900_000): Promise<DrainResult> =>
      drain({ ...deps, sightings: new Map() }, partner, { hints: [], deadline: createDeadline(remaining) }),
    /** One scheduled poll, and the run that it causes. */
    async poll(remaining?: () => number): Promise<DrainResult> {
      await requestPoll(table, { partner: partnerOf(sftp), stream: only.name, now: clock.wall(), nonce });
      return this.drain(remaining);
    },
    /** Lets time pass, without waiting. Milliseconds. */
    skip: (milliseconds: number): void => {
      skipped += milliseconds;
    },
  };
};

export type TestBridge = Awaited<ReturnType<typeof createBridge>>;
