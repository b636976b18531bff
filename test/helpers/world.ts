/** Both sides, the journal and a clock in memory, and bridges that work in it and may die at any step. */

import type { DeadLetter, DeadLetters } from "../../lambda/src/aws/dead-letters.ts";
import type { Received } from "../../lambda/src/aws/postpone.ts";
import { type BusEvent, EventsRefused } from "../../lambda/src/aws/put-events.ts";
import { createBudget } from "../../lambda/src/concurrency/budget.ts";
import type { Told } from "../../lambda/src/config/environment.ts";
import { partnersOf } from "../../lambda/src/config/partners.ts";
import type { BridgeConfig } from "../../lambda/src/config/types.ts";
import { partnerOf, type StreamConfig } from "../../lambda/src/config/types.ts";
import { createDeadline } from "../../lambda/src/drain/deadline.ts";
import type { DrainDeps } from "../../lambda/src/drain/deps.ts";
import { type DrainResult, drain } from "../../lambda/src/drain/drain.ts";
import { openOutbox } from "../../lambda/src/events/outbox.ts";
import { type Invocation, nothingReported } from "../../lambda/src/invocation.ts";
import { openJournal } from "../../lambda/src/journal/journal.ts";
import type { Sightings } from "../../lambda/src/journal/lease.ts";
import { requestPoll } from "../../lambda/src/journal/polls.ts";
import { intake } from "../../lambda/src/push/intake.ts";
import type { CreatedObject } from "../../lambda/src/push/s3-event.ts";
import { reading } from "../../lambda/src/secrets/read.ts";
import type { SecretClients } from "../../lambda/src/secrets/types.ts";
import type { NewHostKey } from "../../lambda/src/sftp/remote.ts";
import type { Sizes } from "../../lambda/src/transfer/sizes.ts";
import { type Effects, noFaults } from "./effects.ts";
import { deleteObject, memoryBuckets, memoryObjects, putObject } from "./memory-objects.ts";
import { memoryDisk, memoryRemote } from "./memory-remote.ts";
import { laggingItems, memoryTable } from "./memory-table.ts";
import { configOf, memoryTelemetry } from "./streams.ts";

let nonces = 0;

/** Secrets Manager, as far as it is asked for secrets that are text. */
const secretsOf = (secrets: ReadonlyMap<string, string>): SecretClients => {
  const send = async ({ input }: { input: { SecretId: string } }) => {
    const text = secrets.get(input.SecretId);
    if (text === undefined) throw Object.assign(new Error("no such secret"), { name: "ResourceNotFoundException" });
    return { SecretString: text };
  };
  // Of the clients nothing else is used.
  return { secretsManager: async () => ({ send }) } as unknown as SecretClients;
};

interface BridgeOptions {
  /** By how much this run's clock differs from the world's. Milliseconds. */
  readonly skew?: number;
  /** Milliseconds until the run is killed. */
  readonly remaining?: () => number;
  readonly sizes?: Sizes;
  /** Throws what a connection attempt fails with. */
  readonly connecting?: () => void;
  /** Milliseconds that the partner takes to answer; from 3 on it counts as far. */
  readonly roundTrip?: number;
  /** From 0 to 1; a half unless a test has its own. */
  readonly random?: () => number;
}

export const createWorld = (...streams: StreamConfig[]) => {
  const config: BridgeConfig = configOf(...streams);
  const items = laggingItems();
  const disk = memoryDisk();
  const time = { now: Date.UTC(2026, 0, 1) };
  const buckets = memoryBuckets(() => time.now);
  const connections = { open: 0, most: 0, made: 0 };
  let sequence = 0;
  const letters: DeadLetter[] = [];
  const postponed: Received[] = [];
  /** Partners of each invocation that was started. */
  const started: (readonly string[])[] = [];
  const reported = nothingReported();
  /** What Secrets Manager holds, by ARN. */
  const secrets = new Map<string, string>();
  const hidden = new Set<string>();
  /** Host keys that the server announces and that aren't pinned. */
  const announced: NewHostKey[] = [];
  /** Gates: what a function answers, and the tags of versions. */
  const gates = {
    answer: (_event: Record<string, unknown>): unknown => ({ verdict: "hold" }),
    /** Throws what a dry run is refused with. */
    mayInvoke: (): void => {},
    /** … and a look at tags. */
    mayLook: (): void => {},
    tags: new Map<string | undefined, Record<string, string>>(),
  };
  /** The bus of events: what it has taken, in order. Only with `on` are there any. */
  const bus = { on: [] as Told[], taken: [] as BusEvent[], denies: false };

  /** One invocation's view: its effects may fail, what it did stays. */
  const bridge = (given: Effects = noFaults, sightings: Sightings = new Map(), options: BridgeOptions = {}) => {
    const { skew = 0, remaining = () => 900_000, sizes, connecting, roundTrip = 0, random = () => 0.5 } = options;
    const timers = new Set<() => void>();
    /** What an interval does in a real run: it gets its turn between any two effects. */
    const effects: Effects = async (name, effect) => {
      try {
        return await given(name, effect);
      } finally {
        for (const act of timers) act();
      }
    };
    const clock = { wall: () => time.now + skew, steady: () => time.now };
    const table = memoryTable(items, effects, { now: () => time.now, clock });
    const nonce = () => `n${++nonces}`;
    const telemetry = memoryTelemetry();
    const put = (events: readonly BusEvent[]) =>
      effects("events.put", () => {
        if (bus.denies) throw new EventsRefused("the bus takes no events. (AccessDeniedException: no)");
        bus.taken.push(...events);
        return events.map(() => undefined);
      });
    const outbox =
      bus.on.length > 0
        ? openOutbox({ on: bus.on, table, put, now: clock.wall, log: telemetry.log, gather: 60_000 })
        : undefined;
    const deps: DrainDeps = {
      config,
      table,
      journal: openJournal({
        table,
        now: clock.wall,
        nonce,
        deliveredTtlDays: 400,
        log: telemetry.log,
        teller: outbox,
      }),
      objects: memoryObjects(buckets, effects),
      memory: createBudget(1024 * 1024 * 1024),
      telemetry,
      staging: "config-bucket",
      accountId: "111111111111",
      tellsHostKeys: bus.on.includes("host_key"),
      readSecret: (stream) => reading(stream, secretsOf(secrets), () => time.now),
      invocationTime: 900_000,
      judges: {
        invoke: (_arn, event) => effects("gate.invoke", () => gates.answer(event as Record<string, unknown>)),
        mayInvoke: () => effects("gate.mayInvoke", () => gates.mayInvoke()),
        tags: (_place, versionId) =>
          effects("gate.tags", () => {
            gates.mayLook();
            return new Map(Object.entries(gates.tags.get(versionId) ?? {}));
          }),
      },
      clock,
      nonce,
      random,
      sightings,
      every: (_milliseconds, act) => {
        timers.add(act);
        return () => timers.delete(act);
      },
      ...(sizes && { sizes }),
      sleep: async (milliseconds) => {
        time.now += milliseconds;
        await new Promise(setImmediate);
      },
      connect: async (_partner, _signal, reached) => {
        await effects("connect", () => {});
        connecting?.();
        time.now += roundTrip;
        reached?.("greeting");
        reached?.("session");
        connections.open++;
        connections.made++;
        connections.most = Math.max(connections.most, connections.open);
        const remote = memoryRemote({ disk, effects, now: () => Math.floor(time.now / 1000) });
        let closed = false;
        const close = () => {
          if (!closed) connections.open--;
          closed = true;
        };
        return {
          ...remote,
          newHostKeys: () => announced,
          close: async () => close(),
          destroy: (reason) => {
            close();
            remote.destroy(reason);
          },
        };
      },
    };
    const deadline = createDeadline(remaining);
    const deadLetters: DeadLetters = {
      receive: () =>
        effects("queue.receive", () => {
          const handed = letters.filter(({ id }) => !hidden.has(id)).slice(0, 2);
          for (const { id } of handed) hidden.add(id);
          return handed;
        }),
      remove: (message) =>
        effects(
          "queue.remove",
          () =>
            void letters.splice(
              letters.findIndex(({ id }) => id === message.id),
              1,
            ),
        ),
    };
    const resolve = (host: string) => effects("resolve", () => [`address of ${host}`]);
    const startDrain = (ids: readonly string[]) => effects("invoke", () => void started.push(ids));
    const postpone = (messages: readonly Received[]) =>
      effects("queue.postpone", () => void postponed.push(...messages));
    const invocation: Invocation = { deps, deadline, deadLetters, postpone, reported, outbox, resolve, startDrain };
    return {
      deps,
      telemetry,
      invocation,
      /** Drains every partner, one after the other; `instead` takes the place of what the run works with otherwise. */
      async drainAll(instead: Partial<DrainDeps> = {}): Promise<DrainResult[]> {
        const results: DrainResult[] = [];
        for (const partner of partnersOf(config).values())
          results.push(await drain({ ...deps, ...instead }, partner, { hints: [], deadline }));
        return results;
      },
      poll: async (stream: StreamConfig) =>
        requestPoll(table, { partner: partnerOf(stream.sftp), stream: stream.name, now: time.now, nonce }),
      intake: (object: CreatedObject) => intake(deps, object),
    };
  };

  return {
    config,
    items,
    disk,
    buckets,
    time,
    connections,
    letters,
    postponed,
    started,
    bus,
    announced,
    secrets,
    gates,
    bridge,
    /** Puts an object, and returns the event that tells of it. */
    put(bucket: string, key: string, content: string | Buffer, metadata: Record<string, string> = {}): CreatedObject {
      time.now += 1_000;
      const versionId = putObject(buckets, { bucket, key }, content, { metadata, at: time.now });
      return {
        bucket,
        key,
        size: Buffer.byteLength(content),
        versionId,
        sequencer: String(++sequence).padStart(16, "0").padEnd(64, "0"),
        time: time.now,
      };
    },
    remove: (bucket: string, key: string) => deleteObject(buckets, { bucket, key }),
    content: (bucket: string, key: string): string | undefined =>
      buckets.objects.get(`${bucket}/${key}`)?.at(-1)?.bytes.toString(),
    entries: () => [...items.values()].filter((item) => item["kind"] === "entry"),
  };
};

export type World = ReturnType<typeof createWorld>;

/** Long enough for a dead holder's lease to be taken over, by anybody. Milliseconds. */
export const untilTakenOver = 70_000;
/** The same where nobody knows the table's time, and whatever the clocks say; and for most pauses between attempts. */
export const untilLapsed = 7 * 60_000;
