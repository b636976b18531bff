/**
 * What it comes to when a file falls due at each of many partners in one minute, and the tick starts further invocations for
 * them. Reckoned from what was measured of one file and of one start: the benchmark has one partner, and no Lambda to ask.
 */
import { partnersAtOnce } from "../../../lambda/src/invocation.ts";
import { maxStarted, requestsAtOnce } from "../../../lambda/src/runs/fan-out.ts";
import type { Measurements } from "./cases.ts";
import { costOf, sum } from "./month.ts";
import { billedRequests, memory, onLambda, total, type Use } from "./use.ts";

/** Seconds until Lambda has taken an event: assumed. */
const toStart = 0.05;
/** Seconds until the journal answers, as it does in the benchmark. */
const toRead = 0.004;
/** Items of one BatchGetItem, which reads each consistently for one unit. https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_BatchGetItem.html */
const itemsOfRequest = 100;
/** Of a partner, before the tick starts an invocation for it: its pause, and the lease of its one connection. */
const itemsOfPartner = 2;

export interface FanOut {
  readonly partners: number;
  /** The tick among them. */
  readonly invocations: number;
  readonly gbSeconds: number;
  readonly journalRequests: number;
  readonly writeUnits: number;
  readonly readUnits: number;
  readonly s3Requests: number;
  /** US dollars for this minute; `alone`: if the tick drained all of them by itself, in an environment that is there. */
  readonly dollars: number;
  readonly alone: number;
}

const nothing: Use = {
  wall: 0,
  cpu: 0,
  invocations: 0,
  journalRequests: 0,
  writeUnits: 0,
  readUnits: 0,
  journalBytes: 0,
  s3: {},
  logLines: 0,
  logBytes: 0,
  metrics: [],
};

/** A file at each of so many partners side by side: they wait together, and compute one after the other. */
const together = (file: Use, partners: number): Use => {
  const all = total(Array<Use>(partners).fill(file));
  return { ...all, wall: file.wall + (partners - 1) * file.cpu, invocations: 0 };
};

/** What a fresh environment adds to an invocation, with the secret of each of its partners. */
const start = (fresh: Use, warm: Use, partners: number): Use => ({
  ...nothing,
  wall: fresh.wall - warm.wall,
  cpu: fresh.cpu - warm.cpu,
  s3: { "get configuration": 1, "get secret": partners },
});

/** Reads one after the other. */
const reads = (requests: number, units: number): Use => ({
  ...nothing,
  wall: requests * toRead,
  journalRequests: requests,
  readUnits: units,
});

/** `tick`: one that finds nothing due, with as many streams. Every started invocation has a fresh environment, which is the dearer case. */
export const fanOutOf = (measured: Measurements, tick: Use, partners: number): FanOut => {
  const file = measured["small file pushed by itself"];
  const [fresh, warm] = [measured["tick, a fresh environment"], measured["tick, 1 push stream"]];
  const further = Math.max(0, partners - partnersAtOnce);
  const groups = Array.from({ length: Math.min(maxStarted, Math.ceil(further / partnersAtOnce)) }, (_, group) =>
    Math.min(partnersAtOnce, further - group * partnersAtOnce),
  );
  const looked = groups.length === 0 ? 0 : partners * itemsOfPartner;
  const started = groups.flatMap((group) => [
    { ...start(fresh, warm, group), invocations: 1, logBytes: warm.logBytes },
    // Whether there is still something due: polls that were asked for, read consistently, and the first page of what is open.
    { ...reads(2 * group, 1.5 * group), wall: 2 * toRead },
    together(file, group),
  ]);
  const own = [
    tick,
    reads(Math.ceil(looked / itemsOfRequest), looked),
    { ...nothing, wall: Math.ceil(groups.length / requestsAtOnce) * toStart },
    together(file, Math.min(partners, partnersAtOnce)),
  ];
  const all = total([...own, ...started]);
  const invocations = 1 + groups.length;
  const { put, get } = billedRequests(all.s3);
  const files = [Math.min(partners, partnersAtOnce), ...groups].map((group) => together(file, group));
  const dollarsOf = (use: Use, count: number) => sum(costOf({ ...use, invocations: count }, 1));
  return {
    partners,
    invocations,
    gbSeconds: onLambda(all).most * (memory / 1024),
    journalRequests: all.journalRequests,
    writeUnits: all.writeUnits,
    readUnits: all.readUnits,
    s3Requests: put + get,
    dollars: dollarsOf(all, invocations),
    alone: dollarsOf(total([tick, ...files]), 1),
  };
};
