/**
 * `npm run bench:tick [-- ENTRIES STREAMS TICKS]`: ticks of a bridge in whose journal one stream has so many open entries that aren't
 * due (1,000,000), beside streams (10) with nothing open: wall and CPU time of each tick, its requests and read units, in this
 * process, over the table of the benchmark; and the same of what a drain of that stream asks for, where 100 further entries are due.
 * A minute or two, and 2 GB for the table.
 */
import { execFileSync } from "node:child_process";
import { rmSync } from "node:fs";
import { loadavg } from "node:os";
import { join } from "node:path";
import { createClients } from "../../lambda/src/aws/clients.ts";
import { createBudget } from "../../lambda/src/concurrency/budget.ts";
import { createDeadline } from "../../lambda/src/drain/deadline.ts";
import type { DrainDeps } from "../../lambda/src/drain/deps.ts";
import { dueEntries } from "../../lambda/src/drain/due.ts";
import { type Invocation, nothingReported } from "../../lambda/src/invocation.ts";
import { plain } from "../../lambda/src/journal/attributes.ts";
import { openTable } from "../../lambda/src/journal/dynamo.ts";
import { openJournal } from "../../lambda/src/journal/journal.ts";
import { requestDynamo } from "../../lambda/src/journal/requests.ts";
import type { Item, Key } from "../../lambda/src/journal/table.ts";
import { intake } from "../../lambda/src/push/intake.ts";
import { tick } from "../../lambda/src/runs/tick.ts";
import { memoryBuckets, memoryObjects } from "../helpers/memory-objects.ts";
import { configOf, memoryTelemetry, push, sftp, stream } from "../helpers/streams.ts";
import { freePort } from "../stack/temporary.ts";
import { startServer, stop } from "./processes.ts";
import { scratchFolder } from "./scratch.ts";

const [entries = 1_000_000, others = 10] = process.argv.slice(2).map(Number);
const ticks = Number(process.argv[4] ?? 24);
/** Entries that are due, for a drain to find. */
const dueOnes = 100;
const hour = 3_600_000;

const folder = scratchFolder("tick");
const tools = join(folder, "benchtools");
execFileSync("go", ["build", "-o", tools, "."], { cwd: join(import.meta.dirname, "native"), stdio: "inherit" });
const address = `127.0.0.1:${await freePort()}`;
const tellUse = async () =>
  (await (await fetch(`http://${address}`)).json()) as { requests: number; readUnits: number };
const table = await startServer([tools, "table", address, "2ms"], {
  log: join(folder, "table.log"),
  ready: async () => {
    try {
      return (await tellUse()).requests >= 0;
    } catch {
      return false;
    }
  },
});

const of = (name: string) =>
  stream({ name, sftp: { ...sftp, host: name }, push: { ...push, prefix: `${name}/`, directory: name } });

const openDeps = (): DrainDeps & { readonly telemetry: ReturnType<typeof memoryTelemetry> } => {
  Object.assign(process.env, {
    AWS_ACCESS_KEY_ID: "bench",
    AWS_SECRET_ACCESS_KEY: "bench",
    AWS_REGION: "us-east-1",
    AWS_ENDPOINT_URL_DYNAMODB: `http://${address}`,
  });
  const clients = createClients();
  const clock = { wall: Date.now, steady: () => performance.now() };
  const opened = openTable(requestDynamo(clients.dynamodb, clients.lightDynamo), "bench");
  let nonces = 0;
  const nonce = () => `n${nonces++}`;
  return {
    config: configOf(of("big"), ...Array.from({ length: others }, (_, n) => of(`stream-${n}`))),
    table: opened,
    journal: openJournal({ table: opened, now: clock.wall, nonce, deliveredTtlDays: 400 }),
    objects: memoryObjects(memoryBuckets()),
    memory: createBudget(1),
    telemetry: memoryTelemetry(),
    staging: "config-bucket",
    invocationTime: 900_000,
    readSecret: () => async () => undefined,
    clock,
    nonce,
    random: Math.random,
    sightings: new Map(),
    sleep: async () => {},
    connect: async () => {
      throw new Error("nothing is due, so nobody is connected to");
    },
  };
};

/** Copies of an entry as the journal writes it, that waits for its next attempt. */
const fill = async (deps: DrainDeps): Promise<void> => {
  const object = {
    bucket: push.bucket,
    key: "big/2026/file",
    size: 1,
    versionId: "v",
    sequencer: "01",
    time: Date.now(),
  };
  const [entry] = await intake(deps, object);
  if (!entry) throw new Error("the entry isn't known");
  const last_error = { kind: "permission", message: "Permission denied: ".repeat(10), at: new Date().toISOString() };
  const waiting = await deps.journal.update(entry, { next_attempt: Date.now() + 10 * hour, attempts: 3, last_error });
  const answer = await fetch(`http://${address}/?copies=${entries}`, {
    method: "PUT",
    body: JSON.stringify(plain(waiting as unknown as Item)),
  });
  if (!answer.ok) throw new Error(`the table wasn't filled: ${answer.status}`);
};

/** What a drain asks the journal for, when it looks for what is due. */
const lookForDue = async (deps: DrainDeps): Promise<number> => {
  const { journal, config, clock } = deps;
  const source = { journal, streams: [...config.streams.values()].slice(0, 1), ordered: new Map(), now: clock.wall };
  const begun = new Set<string>();
  const run = { isBusy: ({ sk }: Key) => begun.has(sk), holder: "bench", liveHolders: async () => new Set<string>() };
  for await (const { sk } of dueEntries({ ...source, ...run }, { at: 0 })) begun.add(sk);
  return begun.size;
};

/** What some work took: of time, of processor, of the table. */
const measured = async (work: () => Promise<unknown>): Promise<string> => {
  const before = await tellUse();
  const cpu = process.cpuUsage();
  const began = performance.now();
  await work();
  const wall = performance.now() - began;
  const { user, system } = process.cpuUsage(cpu);
  const { requests, readUnits } = await tellUse();
  return `${wall.toFixed(0)} ms, CPU ${((user + system) / 1000).toFixed(0)} ms, ${requests - before.requests} requests, ${readUnits - before.readUnits} read units`;
};

try {
  const deps = openDeps();
  await fill(deps);
  console.log(
    `${entries} open entries of one stream, ${others} other streams; load of the machine ${loadavg()[0]?.toFixed(1)}`,
  );
  const invocation: Invocation = {
    deps,
    deadline: createDeadline(() => 900_000),
    deadLetters: { receive: async () => [], remove: async () => {} },
    postpone: async () => {},
    reported: nothingReported(),
    resolve: async () => [],
    startDrain: async () => {},
  };
  for (let turn = 1; turn <= ticks; turn++) {
    const took = await measured(() => tick(invocation));
    const { backlog } = deps.telemetry.records.at(-1) as { backlog: number };
    console.log(`tick ${turn}: ${took}; backlog ${backlog}`);
  }
  for (let n = 0; n < dueOnes; n++)
    await intake(deps, {
      bucket: push.bucket,
      key: `big/due/${n}`,
      size: 1,
      versionId: "v",
      sequencer: "01",
      time: Date.now(),
    });
  for (let turn = 1; turn <= 4; turn++) {
    let found = 0;
    const took = await measured(async () => {
      found = await lookForDue(deps);
    });
    console.log(`drain ${turn}: ${took}; ${found} due`);
  }
} finally {
  await stop(table);
  rmSync(folder, { recursive: true, force: true });
}
