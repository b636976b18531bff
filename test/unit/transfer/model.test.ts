/**
 * The protocol explored: several runs for one partner, in every order that fast-check's scheduler finds, with crashes,
 * answers that are lost after the effect, and holders that pause until their lease has gone to somebody else. A failure
 * prints its seed; `fc.assert(…, { seed, path })` runs it again.
 */
import test from "ava";
import fc, { type Scheduler } from "fast-check";
import type { Entry } from "../../../lambda/src/journal/entry.ts";
import { Crash, type Effects } from "../../helpers/effects.ts";
import { place } from "../../helpers/memory-remote.ts";
import { pull, push, sftp, stream } from "../../helpers/streams.ts";
import { createWorld, untilLapsed, type World } from "../../helpers/world.ts";

interface Fault {
  /** Which of the runs, and at which of its effects. */
  readonly actor: number;
  readonly at: number;
  readonly kind: "crash-before" | "crash-after" | "lost-answer" | "pause";
}

const anyFault = (actors: number): fc.Arbitrary<Fault> =>
  fc.record({
    actor: fc.nat(actors - 1),
    at: fc.nat(40),
    kind: fc.constantFrom("crash-before", "crash-after", "lost-answer", "pause"),
  });

const runs = Number(process.env["MODEL_RUNS"] ?? 300);

/** The effects of one run: each waits for its turn, and some go wrong. */
const effectsOf = (scheduler: Scheduler, world: World, actor: number, faults: readonly Fault[]): Effects => {
  let count = 0;
  let dead = false;
  return async (name, effect) => {
    const at = count++;
    if (at > 3_000) throw new Error(`a run doesn't come to an end: ${name}`);
    if (dead) throw new Crash(name);
    await scheduler.schedule(Promise.resolve(), `${actor}: ${name}`);
    const fault = faults.find((one) => one.actor === actor && one.at === at);
    if (fault?.kind === "crash-before") {
      dead = true;
      throw new Crash(name);
    }
    if (fault?.kind === "pause") {
      world.time.now += untilLapsed;
      for (let turn = 0; turn < 8; turn++) await scheduler.schedule(Promise.resolve(), `${actor}: asleep`);
    }
    const result = await effect();
    if (fault?.kind === "crash-after") {
      dead = true;
      throw new Crash(name);
    }
    // The table repeats a request by itself, and tells a repetition by its rev; the others are seen as failed.
    if (fault?.kind === "lost-answer")
      return name.startsWith("table.") ? effect() : Promise.reject(new Error(`no answer to ${name}`));
    await scheduler.schedule(Promise.resolve(), `${actor}: ${name} answered`);
    return result;
  };
};

/** Lets the work of one run go wrong as it may. */
const tolerate = async (work: Promise<unknown>): Promise<void> => {
  try {
    await work;
  } catch (error) {
    if (!(error instanceof Crash) && !(error instanceof Error && error.message.startsWith("no answer"))) throw error;
  }
};

const settle = async (world: World): Promise<void> => {
  for (let turn = 0; turn < 4; turn++) {
    world.time.now += untilLapsed;
    await world.bridge().drainAll();
  }
};

const leftovers = (world: World): string[] => [...world.disk.files.keys()].filter((path) => path.endsWith(".tmp"));

const versions = ["the first version", "the second version", "version 3"];

for (const slots of [1, 2]) {
  test.serial(
    `push with ${slots} slot(s): whole versions only, never an older one, the newest in the end, nothing left over`,
    async (t) => {
      const config = stream({ push, sftp: { ...sftp, maxConnections: slots } });
      await t.notThrowsAsync(
        fc.assert(
          fc.asyncProperty(
            fc.scheduler(),
            fc.array(anyFault(3), { maxLength: 2 }),
            fc.array(fc.nat(5), { minLength: 3, maxLength: 3 }),
            async (scheduler, faults, duplicates) => {
              const world = createWorld(config);
              const seen: number[] = [];
              world.disk.watch = () => {
                const there = world.disk.files.get("inbox/f")?.bytes.toString();
                if (there === undefined) return;
                const version = versions.indexOf(there);
                if (version < 0) throw new Error(`half a file: ${there}`);
                if (version < (seen.at(-1) ?? 0)) throw new Error(`version ${version} came after ${seen.at(-1)}`);
                seen.push(version);
              };
              let put = 0;
              const actors = versions.map(async (_, actor) => {
                const bridge = world.bridge(effectsOf(scheduler, world, actor, faults));
                await scheduler.schedule(Promise.resolve(), `${actor}: put`);
                const event = world.put("bucket", "out/f", versions[put++] ?? "");
                // The event is taken in by a run that works: SQS gives it again until one does.
                await world.bridge().intake(event);
                if ((duplicates[actor] ?? 0) > 3) await world.bridge().intake(event);
                await tolerate(bridge.drainAll());
              });
              await scheduler.waitFor(Promise.all(actors));
              await settle(world);
              const entries = world.entries() as unknown as Entry[];
              if (seen.at(-1) !== 2) throw new Error(`the newest isn't there: ${seen.join()}`);
              if (entries.some(({ state }) => state !== "delivered"))
                throw new Error(`open: ${JSON.stringify(entries)}`);
              if (leftovers(world).length > 0) throw new Error(`left over: ${leftovers(world).join()}`);
              if (!faults.some(({ kind }) => kind === "pause") && world.connections.most > slots)
                throw new Error("too many connections");
            },
          ),
          { numRuns: runs, includeErrorInReport: true },
        ),
      );
    },
  );
}

test.serial("pull: every file in S3 as it was, none gone from the partner before, nothing left over", async (t) => {
  const config = stream({ pull });
  const old = Date.UTC(2025, 11, 1) / 1000;
  await t.notThrowsAsync(
    fc.assert(
      fc.asyncProperty(fc.scheduler(), fc.array(anyFault(3), { maxLength: 2 }), async (scheduler, faults) => {
        const world = createWorld(config);
        const files = ["a", "b", "sub/c"];
        for (const path of files) place(world.disk, `outbox/${path}`, `content of ${path}`, old);
        world.disk.watch = () => {
          for (const path of files) {
            const there = world.disk.files.has(`outbox/${path}`);
            if (!there && world.content("bucket", `in/${path}`) !== `content of ${path}`)
              throw new Error(`${path} was lost`);
          }
        };
        const actors = [0, 1, 2].map(async (actor) => {
          const bridge = world.bridge(effectsOf(scheduler, world, actor, faults));
          await tolerate(bridge.poll(config).then(() => bridge.drainAll()));
        });
        await scheduler.waitFor(Promise.all(actors));
        await world.bridge().poll(config);
        await settle(world);
        await world.bridge().poll(config);
        await settle(world);
        const left = [...world.disk.files.keys()].filter((path) => !path.includes(".done"));
        if (left.length > 0) throw new Error(`still at the partner: ${left.join()}`);
        for (const path of files) {
          if (world.content("bucket", `in/${path}`) !== `content of ${path}`) throw new Error(`${path} isn't in S3`);
        }
        if (world.buckets.uploads.size > 0) throw new Error("an upload was left over");
        if (world.entries().some((entry) => entry["state"] !== "delivered")) throw new Error("an entry is open");
      }),
      { numRuns: runs, includeErrorInReport: true },
    ),
  );
});

test.serial("no ring is lost: whatever is known when the last run has left is delivered, without a tick", async (t) => {
  const config = stream({ push });
  await t.notThrowsAsync(
    fc.assert(
      fc.asyncProperty(fc.scheduler(), fc.integer({ min: 2, max: 5 }), async (scheduler, count) => {
        const world = createWorld(config);
        const actors = Array.from({ length: count }, async (_, actor) => {
          const bridge = world.bridge(effectsOf(scheduler, world, actor, []));
          await bridge.intake(world.put("bucket", `out/${actor}`, "x"));
          await bridge.drainAll();
        });
        await scheduler.waitFor(Promise.all(actors));
        const open = world.entries().filter((entry) => entry["state"] !== "delivered");
        if (open.length > 0) throw new Error(`${open.length} of ${count} files wait although nobody is at work`);
        if (world.connections.most > 1) throw new Error("two connections at one time");
      }),
      { numRuns: runs, includeErrorInReport: true },
    ),
  );
});
