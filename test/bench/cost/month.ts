/** What a month costs, from what one event uses and how often there is one. */
import { smallBytes } from "../data.ts";
import type { Measurements } from "./cases.ts";
import { prices } from "./prices.ts";
import { billedRequests, memory, onLambda, type Use } from "./use.ts";

/** Days, as prices per month are meant. */
const days = 30;
const minutes = days * 24 * 60;
export const hours = days * 24;

/** Days for which the journal keeps what was delivered, unless said otherwise (`journal_retention_days`). */
const kept = 400;

/**
 * Lambda keeps five long polls of 20 seconds open to a queue on which nothing comes. It can do with two, but not where a maximum
 * concurrency is set, as here. https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-scaling.html
 */
const idleReceives = 5 * 3 * minutes;

/** AWS doesn't say how long an environment lives; this many fresh ones a month are one every two hours. */
const freshEnvironments = hours / 2;

/** Alarms of the bridge itself, and of a stream: test/module/monitoring.tftest.hcl names them. */
export const alarms = { bridge: 8, push: 6, pull: 6 } as const;

/** The tick's heartbeat, which has no stream, as `metricsOf` names it. */
const heartbeat = "ticks ";

/** Metrics of so many streams that each tell of these (`name stream`). What has no stream is one metric, however many streams tell of it. */
export const billedMetrics = (names: readonly string[], streams: number): number => {
  const shared = new Set([heartbeat, ...names.filter((name) => name.endsWith(" "))]);
  const own = new Set(names.filter((name) => !name.endsWith(" ")));
  return own.size * streams + shared.size;
};

/** US dollars a month. */
export interface Costs {
  readonly function: number;
  readonly journal: number;
  readonly s3AndEvents: number;
  readonly logs: number;
  readonly metrics: number;
  readonly alarms: number;
}

const none: Costs = { function: 0, journal: 0, s3AndEvents: 0, logs: 0, metrics: 0, alarms: 0 };

const add = (...all: readonly Costs[]): Costs => {
  const of = (name: keyof Costs) => all.reduce((sum, costs) => sum + costs[name], 0);
  return {
    function: of("function"),
    journal: of("journal"),
    s3AndEvents: of("s3AndEvents"),
    logs: of("logs"),
    metrics: of("metrics"),
    alarms: of("alarms"),
  };
};

export const sum = (costs: Costs): number => Object.values(costs).reduce((all: number, one: number) => all + one, 0);

/** Of `count` such events a month; metrics apart, as they are billed once whatever is put into them. */
export const costOf = (use: Use, count: number): Costs => {
  const { put, get } = billedRequests(use.s3);
  const seconds = onLambda(use).most;
  return {
    ...none,
    function: count * (use.invocations * prices.lambda.request + seconds * (memory / 1024) * prices.lambda.gbSecond),
    journal: count * (use.writeUnits * prices.dynamodb.writeUnit + use.readUnits * prices.dynamodb.readUnit),
    s3AndEvents: count * (put * prices.s3.put + get * prices.s3.get),
    logs: (count * use.logBytes * prices.logs.gb) / 1e9,
  };
};

/** What the journal keeps of files that come all year, once it has reached its size, with its backup. */
const storage = (bytesOfFile: number, filesOfMonth: number): Costs => {
  const gigabytes = (bytesOfFile * filesOfMonth * (kept / days)) / 1e9;
  return { ...none, journal: gigabytes * (prices.dynamodb.gbMonth + prices.dynamodb.backupGbMonth) };
};

/** The event's way from S3 to the function: EventBridge, one SendMessage, and its share of a ReceiveMessage and of a DeleteMessageBatch, which take ten at most. */
const events = (count: number, together: number): Costs => {
  const share = 1 / Math.min(10, together);
  return { ...none, s3AndEvents: count * (prices.eventBridge.event + (1 + 2 * share) * prices.sqs.request) };
};

interface Streams {
  readonly push?: number;
  readonly pull?: number;
  /** What one of them tells of, `name stream`. */
  readonly metrics: readonly string[];
}

/** What there is without any file: ticks, the queue's long polls, alarms, and metrics that are told of. */
const fixed = (measured: Measurements, tick: Use, { push = 0, pull = 0, metrics }: Streams): Costs =>
  add(costOf(tick, minutes), costOf(measured["tick, a fresh environment"], freshEnvironments), {
    ...none,
    s3AndEvents: idleReceives * prices.sqs.request,
    metrics: billedMetrics(metrics, push + pull) * prices.cloudwatch.metric,
    alarms: (alarms.bridge + push * alarms.push + pull * alarms.pull) * prices.cloudwatch.alarm,
  });

export interface Month {
  readonly name: string;
  readonly costs: Costs;
  /** SFTP connectors of Transfer Family for the same work, undefined where they do nothing comparable. */
  readonly connectors: number;
}

const perDay = 10_000;
const files = perDay * days;
/** A terabyte in files of 100 MB. */
const largeFiles = 10_000;
const terabyte = 1_000;

/** Files that move in a month, and what one of them uses. */
interface Moved {
  readonly use: Use;
  readonly count: number;
  readonly gb: number;
}

/** The months of the page. `metrics` of a stream: those that its ticks, polls and transfers told of. */
export const monthsOf = (measured: Measurements): Month[] => {
  const { transferFamily } = prices;
  const tickPush = measured["tick, 1 push stream"];
  const tickPull = measured["tick, 1 pull stream"];
  const pushMetrics = measured["small file pushed, of 100"].metrics;
  const pullMetrics = [...measured["empty poll"].metrics, ...tickPull.metrics];
  const polls = (streams: number, minutesBetween: number) => (streams * minutes) / minutesBetween;
  const pulls = (streams: number, tick: Use, minutesBetween: number, poll: Use): Costs =>
    add(fixed(measured, tick, { pull: streams, metrics: pullMetrics }), costOf(poll, polls(streams, minutesBetween)));
  /** Files of one push stream; `together`: that come in one event of the queue. */
  const pushed = (name: string, { use, count, gb, together }: Moved & { readonly together: number }): Month => ({
    name,
    costs: add(
      fixed(measured, tickPush, { push: 1, metrics: pushMetrics }),
      costOf(use, count),
      storage(use.journalBytes, count),
      events(count, together),
    ),
    connectors: count * transferFamily.call + gb * transferFamily.gb,
  });
  /** Files of one pull stream, which is polled every 15 minutes. */
  const pulled = (name: string, { use, count, gb }: Moved): Month => ({
    name,
    costs: add(pulls(1, tickPull, 15, measured["empty poll"]), costOf(use, count), storage(use.journalBytes, count)),
    connectors: (count + polls(1, 15)) * transferFamily.call + gb * transferFamily.gb,
  });
  const small = { count: files, gb: (files * smallBytes) / 1e9 };
  const large = { count: largeFiles, gb: terabyte };
  return [
    { name: "idle, 1 push stream", costs: fixed(measured, tickPush, { push: 1, metrics: [] }), connectors: 0 },
    {
      name: "1 pull stream, every 5 minutes, nothing there",
      costs: pulls(1, tickPull, 5, measured["empty poll"]),
      connectors: polls(1, 5) * transferFamily.call,
    },
    pushed("10,000 small files a day pushed, 100 at a time", {
      ...small,
      use: measured["small file pushed, of 100"],
      together: 100,
    }),
    pushed("… each by itself", { ...small, use: measured["small file pushed by itself"], together: 1 }),
    pulled("10,000 small files a day pulled, 100 at a time, every 15 minutes", {
      ...small,
      use: measured["small file pulled, of 100"],
    }),
    pushed("1 TB in files of 100 MB, pushed", { ...large, use: measured["100 MB pushed"], together: 1 }),
    pulled("… pulled, every 15 minutes", { ...large, use: measured["100 MB pulled"] }),
    {
      name: "200 push streams, idle",
      costs: fixed(measured, measured["tick, 200 push streams"], { push: 200, metrics: [] }),
      connectors: 0,
    },
    {
      name: "1,000 push streams, idle",
      costs: fixed(measured, measured["tick, 1,000 push streams"], { push: 1_000, metrics: [] }),
      connectors: 0,
    },
    {
      name: "200 pull streams, every 15 minutes, nothing there",
      costs: pulls(
        200,
        measured["tick, 200 pull streams"],
        15,
        measured["empty poll, a fresh environment, 200 streams"],
      ),
      connectors: polls(200, 15) * transferFamily.call,
    },
    {
      name: "1,000 such streams",
      costs: pulls(
        1_000,
        measured["tick, 1,000 pull streams"],
        15,
        measured["empty poll, a fresh environment, 1,000 streams"],
      ),
      connectors: polls(1_000, 15) * transferFamily.call,
    },
  ];
};

/** Ways out with a fixed address, a month each; per GB on top of it. */
export const waysOut = () => {
  const { natHour, natGb, addressHour, t4gNanoHour, volumeGbMonth, outGb } = prices.network;
  return {
    gateway: hours * (natHour + addressHour),
    gatewayGb: natGb,
    instance: hours * (t4gNanoHour + addressHour) + 8 * volumeGbMonth,
    outGb,
  };
};
