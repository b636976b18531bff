// Writes worlds-0.1.0.jsonl with the code of an earlier version: `node test/upgrade/write.ts TREE`, where TREE is a checkout of it
// (README.md says which). Its own world in memory runs, and is stopped or dies at every effect; what it leaves is kept.
import { writeFileSync } from "node:fs";
import { resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { type Left, leftBy } from "./left.ts";

const tree = process.argv[2];
if (tree === undefined) throw new Error("node test/upgrade/write.ts TREE: a checkout of the earlier version");
const from = (path: string) => import(pathToFileURL(resolve(tree, path)).href);
// The earlier version's own test helpers, whose types are those of another time.
const { createWorld, untilLapsed } = await from("test/helpers/world.ts");
const { crashAt, stopAt } = await from("test/helpers/effects.ts");
const { place } = await from("test/helpers/memory-remote.ts");
const { pull, push, stream } = await from("test/helpers/streams.ts");

type World = ReturnType<typeof createWorld>;
type Run = { readonly effects?: unknown; readonly options?: object };

const content = "0123456789abcdefghijklmnopqrstuvwxyzABCDEF";
const old = Date.UTC(2025, 11, 1) / 1000;
/** So small that each few bytes are a part, and a point to go on from. */
const small = { part: 8, quick: 0, tail: 4, mark: 4, pace: 1_000, checkpointEvery: 0 };
const refuse = (kind: string) => async (name: string, effect: () => unknown) => {
  if (name === "remote.write" || name === "remote.read")
    throw Object.assign(new Error(kind), { name: "RemoteError", kind });
  return effect();
};

/** Ways for one file to begin, by name. `sides`: of the stream. */
const scenarios: Record<string, { readonly sides: object; readonly begin: (world: World) => Promise<void> }> = {
  push: {
    sides: { push },
    begin: async (world) => void (await world.bridge().intake(world.put("bucket", "out/f", content))),
  },
  pull: {
    sides: { pull },
    begin: async (world) => {
      place(world.disk, "outbox/f", content, old);
      await world.bridge().poll(stream({ pull }));
    },
  },
  "pull, then delete": {
    sides: { pull: { ...pull, after: "delete" } },
    begin: async (world) => {
      place(world.disk, "outbox/f", content, old);
      await world.bridge().poll(stream({ pull: { ...pull, after: "delete" } }));
    },
  },
  "pull, and keep": {
    sides: { pull: { ...pull, after: "keep" } },
    begin: async (world) => {
      place(world.disk, "outbox/f", content, old);
      await world.bridge().poll(stream({ pull: { ...pull, after: "keep" } }));
    },
  },
};

const worlds: Left[] = [];
const seen = new Set<string>();
/** Keeps what the world holds now, unless one that differs in nothing but times is kept already. */
const keep = (scenario: string, sides: object, after: string, world: World) => {
  const left = leftBy(world, { scenario, sides, after });
  const shape = JSON.stringify({ ...left, after: "", now: 0 }).replace(
    /\d{13}|\d{4}-\d\d-\d\dT[\d:.]+Z|earlier-\d+|"v\d+"/g,
    "",
  );
  if (seen.has(shape)) return;
  seen.add(shape);
  worlds.push(left);
};

const drain = async (world: World, { effects, options }: Run = {}) => {
  try {
    await world.bridge(effects, undefined, options).drainAll();
  } catch {
    // It died, as it was told to.
  }
};

for (const [scenario, { sides, begin }] of Object.entries(scenarios)) {
  for (const sizes of [undefined, small]) {
    for (let n = 0, more = true; more; n++) {
      const stop = stopAt(n);
      const runs: [string, Run & { effects: { count: () => number } }][] = [
        [`out of time at ${n}`, { effects: stop, options: { remaining: stop.remaining, sizes } }],
      ];
      for (const when of ["before", "after"]) {
        const effects = crashAt(n, when);
        runs.push([`dead ${when} ${n}`, { effects, options: { sizes } }]);
      }
      for (const [name, run] of runs) {
        const world = createWorld(stream(sides));
        await begin(world);
        await drain(world, run);
        keep(scenario, sides, `${name}${sizes ? ", in small parts" : ""}`, world);
        more = run.effects.count() > n;
      }
    }
  }
  // At rest: tried and failed, given up, delivered, and delivered with a second version on its way.
  const failing = createWorld(stream(sides));
  await begin(failing);
  await drain(failing, { effects: refuse("permission") });
  keep(scenario, sides, "a failed attempt", failing);
  for (let turn = 0; turn < 400; turn++) {
    failing.time.now += 3_600_000;
    await drain(failing, { effects: refuse("permission") });
  }
  keep(scenario, sides, "given up", failing);
  const done = createWorld(stream(sides));
  await begin(done);
  await drain(done);
  done.time.now += untilLapsed;
  await drain(done);
  keep(scenario, sides, "delivered", done);
}
const gone = createWorld(stream({ push }));
await gone.bridge().intake(gone.put("bucket", "out/f", content));
gone.buckets.objects.delete("bucket/out/f");
await drain(gone);
keep("push", { push }, "gone", gone);
const echo = createWorld(stream({ push }));
await echo.bridge().intake(echo.put("bucket", "out/f", content, { synched: "true" }));
await drain(echo);
keep("push", { push }, "an echo", echo);

const target = new URL("worlds-0.1.0.jsonl", import.meta.url);
writeFileSync(target, `${worlds.map((world) => JSON.stringify(world)).join("\n")}\n`);
const states = Map.groupBy(worlds, ({ items }) => String(items.find(({ kind }) => kind === "entry")?.["state"]));
console.log(`${worlds.length} worlds: ${[...states].map(([state, { length }]) => `${length} ${state}`).join(", ")}`);
