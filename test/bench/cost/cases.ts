/** The events that are measured, one function for each kind: files are written, the handler runs, and what it used comes back. */
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import type { BridgeResult, BridgeRun } from "../bridge.ts";
import { type FileSet, smallBytes, writeFileSet } from "../data.ts";
import type { Partner } from "../servers.ts";
import { clear, verify } from "../works.ts";
import { total, typical, type Use, usesOf } from "./use.ts";

export interface Bench {
  readonly run: (run: BridgeRun) => Promise<BridgeResult>;
  readonly bucket: string;
  readonly partnerFolder: string;
  readonly partner: Partner;
  readonly meteredS3: NonNullable<BridgeRun["meteredS3"]>;
}

/** What was measured, by the name under which the months and the page know it. */
export interface Measurements {
  readonly "tick, 1 push stream": Use;
  readonly "tick, 200 push streams": Use;
  readonly "tick, 1,000 push streams": Use;
  readonly "tick, 1 pull stream": Use;
  readonly "tick, 200 pull streams": Use;
  readonly "tick, 1,000 pull streams": Use;
  readonly "tick, a fresh environment": Use;
  readonly "empty poll": Use;
  readonly "empty poll, a fresh environment": Use;
  readonly "empty poll, a fresh environment, 200 streams": Use;
  readonly "empty poll, a fresh environment, 1,000 streams": Use;
  readonly "small file pushed by itself": Use;
  readonly "small file pushed, of 100": Use;
  readonly "small file pushed, of 1,000": Use;
  readonly "small file pulled, of 100": Use;
  readonly "100 MB pushed": Use;
  readonly "100 MB pulled": Use;
}

const alone = 6;
const megabytes = 100;

const setOf = (name: string, count: number, bytes: number): FileSet => ({
  name,
  files: new Map(Array.from({ length: count }, (_, index) => [`${String(index).padStart(5, "0")}.dat`, bytes])),
});

const sets = {
  alone: setOf("alone", alone, smallBytes),
  hundred: setOf("hundred", 100, smallBytes),
  thousand: setOf("thousand", 1_000, smallBytes),
  pulled: setOf("pulled", 100, smallBytes),
  large: setOf("large", 1, megabytes * 1e6),
};

/** Has to be done before S3's server starts, which remembers what a folder has. */
export const writeFiles = (bucket: string, partnerFolder: string): void => {
  for (const set of Object.values(sets)) writeFileSet(set, bucket, partnerFolder);
  mkdirSync(join(partnerFolder, "empty"), { recursive: true });
};

/** Ten streams are swept in each tick of their first day: what is measured comes after that. */
const ticks = async ({ run, ...bench }: Bench, direction: "push" | "pull", streams: number): Promise<Use[]> => {
  const settled = Math.ceil(streams / 10) + 2;
  const result = await run({
    ...bench,
    direction,
    set: setOf("nothing", 0, 0),
    target: "nowhere",
    maxConnections: 1,
    ticks: settled + 5,
    idleStreams: streams - 1,
    timeout: 300,
  });
  const uses = usesOf(result);
  const [first] = uses;
  if (!first) throw new Error("no tick ran");
  return [first, typical(uses.slice(settled))];
};

const emptyPolls = async ({ run, ...bench }: Bench, streams = 1): Promise<Use[]> => {
  const set = setOf("empty", 0, 0);
  const result = await run({
    ...bench,
    direction: "pull",
    set,
    target: "nowhere",
    maxConnections: 1,
    repeat: streams === 1 ? 6 : 2,
    idleStreams: streams - 1,
    timeout: 60,
  });
  const [first, ...others] = usesOf(result);
  if (!first) throw new Error("no poll ran");
  return [first, typical(others)];
};

let runs = 0;

/** Moves a set of files, and proves that they are there. Each invocation by itself. */
const move = async (bench: Bench, direction: "push" | "pull", set: FileSet, batch?: number): Promise<Use[]> => {
  const { run, bucket, partnerFolder, ...rest } = bench;
  const target = `cost-${++runs}`;
  const result = await run({
    ...rest,
    direction,
    set,
    target,
    maxConnections: 1,
    warm: true,
    ...(batch !== undefined && { batch }),
    timeout: 300,
  });
  const [from, to] =
    direction === "push"
      ? [join(bucket, set.name), join(partnerFolder, target)]
      : [join(partnerFolder, set.name), join(bucket, target)];
  verify(set, from, to);
  clear(to);
  // Without the tick that has warmed the process up.
  return usesOf(result).slice(1);
};

/** Everything, one after the other: about a minute without a round trip, two with one of 80 ms. */
export const measureAll = async (bench: Bench): Promise<Measurements> => {
  const [fresh, push] = await ticks(bench, "push", 1);
  const [, pushes200] = await ticks(bench, "push", 200);
  const [, pushes1000] = await ticks(bench, "push", 1_000);
  const [, pull] = await ticks(bench, "pull", 1);
  const [, pulls200] = await ticks(bench, "pull", 200);
  const [, pulls1000] = await ticks(bench, "pull", 1_000);
  const [freshPoll, poll] = await emptyPolls(bench);
  const [freshOf200] = await emptyPolls(bench, 200);
  const [freshOf1000] = await emptyPolls(bench, 1_000);
  // The first one reads the secret, which later ones have for minutes.
  const single = (await move(bench, "push", sets.alone, 1)).slice(1);
  const hundred = await move(bench, "push", sets.hundred);
  const thousand = await move(bench, "push", sets.thousand);
  const pulled = await move(bench, "pull", sets.pulled);
  const pushedLarge = await move(bench, "push", sets.large);
  const pulledLarge = await move(bench, "pull", sets.large);
  if (!fresh || !push || !pushes200 || !pushes1000 || !pull || !pulls200 || !pulls1000 || !freshPoll || !poll)
    throw new Error("nothing was measured");
  if (!freshOf200 || !freshOf1000) throw new Error("no poll ran");
  return {
    "tick, 1 push stream": push,
    "tick, 200 push streams": pushes200,
    "tick, 1,000 push streams": pushes1000,
    "tick, 1 pull stream": pull,
    "tick, 200 pull streams": pulls200,
    "tick, 1,000 pull streams": pulls1000,
    "tick, a fresh environment": fresh,
    "empty poll": poll,
    "empty poll, a fresh environment": freshPoll,
    "empty poll, a fresh environment, 200 streams": freshOf200,
    "empty poll, a fresh environment, 1,000 streams": freshOf1000,
    "small file pushed by itself": typical(single),
    "small file pushed, of 100": total(hundred, 100),
    "small file pushed, of 1,000": total(thousand, 1_000),
    "small file pulled, of 100": total(pulled, 100),
    "100 MB pushed": total(pushedLarge),
    "100 MB pulled": total(pulledLarge),
  };
};
