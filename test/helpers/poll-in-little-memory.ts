// A worker that polls a large tree with as much memory as its maker allows; the journal forgets what it is told. Posts how
// many files became known.
import { parentPort, workerData } from "node:worker_threads";
import { openJournal } from "../../lambda/src/journal/journal.ts";
import type { Table } from "../../lambda/src/journal/table.ts";
import { poll } from "../../lambda/src/pull/poll.ts";
import { createTraits } from "../../lambda/src/traits/traits.ts";
import { type LargeTree, largeTree } from "./large-tree.ts";
import { memoryTelemetry, pull, stream } from "./streams.ts";

let known = 0;
let nonces = 0;
const pause = () => new Promise<void>((resolve) => setTimeout(resolve, 1));
const table = {
  get: async () => undefined,
  async *queryOpen() {},
  getMany: async () => {
    await pause();
    return [];
  },
  put: async () => {
    await pause();
    known++;
    return { ok: true };
  },
} as unknown as Table;
const { log } = memoryTelemetry();
const { remote } = largeTree(workerData as LargeTree);
const report = await poll({
  stream: stream({ pull }),
  pull,
  journal: openJournal({ table, now: Date.now, nonce: () => `n${++nonces}`, deliveredTtlDays: 400, log }),
  remote,
  traits: createTraits(),
  clock: { wall: Date.now, steady: () => performance.now() },
  sleep: () => Promise.resolve(),
  log,
  signal: new AbortController().signal,
});
parentPort?.postMessage({ known, listed: report.listed, hints: report.known.length });
