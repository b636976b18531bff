/**
 * Several runs for one partner, in every order that fast-check's scheduler finds, with crashes, answers that are lost after
 * the effect, and holders that pause until their lease has gone to somebody else.
 */
import fc, { type Scheduler } from "fast-check";
import { cutAfter } from "../../lambda/src/journal/lease.ts";
import { defaultSizes } from "../../lambda/src/transfer/sizes.ts";
import { Crash, type Effects } from "./effects.ts";
import { untilLapsed, untilTakenOver, type World } from "./world.ts";

export interface Fault {
  /** Which of the runs, and at which of its effects. */
  readonly actor: number;
  readonly at: number;
  readonly kind: "crash-before" | "crash-after" | "lost-answer" | "pause" | "out-of-time";
  /** How long a pause is: past the lease, just so, or by far. Milliseconds. */
  readonly sleeps: number;
}

export const anyFault = (actors: number): fc.Arbitrary<Fault> =>
  fc.record({
    actor: fc.nat(actors - 1),
    at: fc.nat(60),
    kind: fc.constantFrom("crash-before", "crash-after", "lost-answer", "pause", "out-of-time"),
    sleeps: fc.constantFrom(untilTakenOver, untilLapsed),
  });

const runs = Number(process.env["MODEL_RUNS"] ?? 200);
// The same cases on every machine, unless more of them are asked for: a rare one is found by long runs, and not by luck.
export const cases = {
  numRuns: runs,
  includeErrorInReport: true,
  ...(process.env["MODEL_RUNS"] === undefined && { seed: 20_260_101 }),
};

/** What differs from one exploration to the next, besides the order and the faults. */
export interface Setting {
  /** How long every effect takes: with seconds, leases have to be renewed. Milliseconds. */
  readonly tempo: number;
  /** By how much each run's clock is wrong. Milliseconds. */
  readonly skews: readonly number[];
  /** By how many writes the index lags behind the table. */
  readonly lag: number;
  /** Are files moved in parts, with a checkpoint after each? */
  readonly parts: boolean;
}

export const minutes = 60_000;

export const anySetting: fc.Arbitrary<Setting> = fc.record({
  tempo: fc.constantFrom(0, 0, 500, 3_000, 8_000),
  skews: fc.array(fc.integer({ min: -2.4 * minutes, max: 2.4 * minutes }), { minLength: 3, maxLength: 3 }),
  lag: fc.constantFrom(0, 0, 1, 3),
  parts: fc.boolean(),
});

const sizesOf = ({ parts }: Setting) =>
  parts ? { part: 8, maxPart: 64, quick: 0, tail: 4, checkpointEvery: 0 } : defaultSizes;

/** One run: its effects wait for their turn, and some go wrong. */
export const actorOf = (
  scheduler: Scheduler,
  world: World,
  actor: number,
  faults: readonly Fault[],
  setting: Setting = { tempo: 0, skews: [], lag: 0, parts: false },
) => {
  let count = 0;
  let dead = false;
  let late = false;
  const effects: Effects = async (name, effect) => {
    const at = count++;
    if (at > 3_000) throw new Error(`a run doesn't come to an end: ${name}`);
    if (dead) throw new Crash(name);
    const asked = world.time.now;
    await scheduler.schedule(Promise.resolve(), `${actor}: ${name}`);
    world.time.now += setting.tempo;
    const fault = faults.find((one) => one.actor === actor && one.at === at);
    if (fault?.kind === "crash-before") {
      dead = true;
      throw new Crash(name);
    }
    if (fault?.kind === "out-of-time") late = true;
    if (fault?.kind === "pause") {
      world.time.now += fault.sleeps;
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
    // In a real run the timer that renews leases and cuts connections has its turn in between.
    if (world.time.now - asked > cutAfter) starved.add(world);
    return result;
  };
  return world.bridge(effects, undefined, {
    skew: setting.skews[actor] ?? 0,
    remaining: () => (late ? 10_000 : 900_000),
    sizes: sizesOf(setting),
  });
};

/** Lets the work of one run go wrong as it may. */
export const tolerate = async (work: Promise<unknown>): Promise<void> => {
  try {
    await work;
  } catch (error) {
    if (!(error instanceof Crash) && !(error instanceof Error && error.message.startsWith("no answer"))) throw error;
  }
};

export const settle = async (world: World, setting: Setting): Promise<void> => {
  world.items.lag = 0;
  for (let turn = 0; turn < 5; turn++) {
    world.time.now += untilLapsed;
    await world.bridge(undefined, undefined, { sizes: sizesOf(setting) }).drainAll();
  }
};

/** Worlds in which a run waited for its turn until its lease was over: as if it had slept. */
export const starved = new WeakSet<World>();
