/** One run from one seed: some rounds in which everything goes wrong, then quiet ones until all is at rest. */
import { setTimeout as sleep } from "node:timers/promises";
import { checkPulled, checkRest, entriesOf, pulledVersions } from "./invariants.ts";
import { createParties, type Message, type Parties } from "./parties.ts";
import { createRandom, type Random } from "./random.ts";
import { watchInbox } from "./watcher.ts";
import { createWorld, type Emulated, stream, type World } from "./world.ts";

export interface Report {
  readonly seed: number;
  readonly violations: string[];
  readonly seconds: number;
  /** Figures of the run: what was moved, and what went wrong meanwhile. */
  readonly figures: Record<string, number>;
}

const minute = 60_000;
const mebibyte = 1024 * 1024;
/** By how much the clocks of the environments are wrong. Milliseconds. */
const skews = [0, -90_000, 100_000];

/** Gives the queue's messages to the function; those that it doesn't acknowledge come back, as SQS does it. */
const takeIn = async (world: World, { queue }: Parties, random: Random, skew: number): Promise<void> => {
  const batch = queue.splice(0, random.between(1, 10));
  if (batch.length === 0) return;
  const answer = (await world.environments.invoke({ Records: batch }, skew)) as
    | { batchItemFailures: { itemIdentifier: string }[] }
    | undefined;
  const failed: readonly Message[] =
    answer === undefined
      ? batch
      : batch.filter(({ messageId }) =>
          answer.batchItemFailures.some(({ itemIdentifier }) => itemIdentifier === messageId),
        );
  queue.push(...failed);
};

/** What breaks at the partner's server or disk in one round, and is repaired at its end. */
const breakSomething = async (world: World, parties: Parties, random: Random): Promise<string> => {
  const what = random.pick(["nothing", "cut", "cut", "down", "full", "locked", "kill", "kill"]);
  await sleep(random.between(100, 1_500));
  if (what === "cut") world.sshd.cut();
  if (what === "kill") world.environments.killOne();
  if (what === "full") {
    parties.fillDisk();
    await sleep(random.between(200, 1_000));
    parties.emptyDisk();
  }
  if (what === "locked") {
    const directory = random.pick(["inbox", "outbox"]);
    parties.lock(directory);
    await sleep(random.between(200, 1_000));
    parties.unlock(directory);
  }
  if (what === "down") {
    await world.sshd.down();
    await sleep(random.between(0, 500));
    await world.sshd.up();
  }
  return what;
};

const round = async (world: World, parties: Parties, random: Random, broken: Record<string, number>): Promise<void> => {
  const { actions } = parties;
  for (let count = random.between(1, 3); count > 0; count--) await actions.putObject();
  for (let count = random.between(0, 2); count > 0; count--) actions.offer();
  const later = async (action: () => Promise<void> | void) => {
    await sleep(random.between(0, 1_200));
    await action();
  };
  const skew = () => random.pick(skews);
  const poll = async () => void (await world.environments.invoke({ action: "poll", streams: [stream] }, skew()));
  const tick = async () => void (await world.environments.invoke({ action: "tick" }, skew()));
  const work = [takeIn(world, parties, random, skew()), later(poll), later(tick)];
  for (const action of [
    actions.putObject,
    actions.putObject,
    actions.offer,
    actions.take,
    actions.deleteObject,
    actions.takeBack,
  ])
    if (random.chance(0.35)) work.push(later(action));
  work.push(later(() => takeIn(world, parties, random, skew())));
  work.push(
    breakSomething(world, parties, random).then((what) => {
      broken[what] = (broken[what] ?? 0) + 1;
    }),
  );
  await Promise.all(work);
};

/** Runs without faults until nothing is open; the clock goes on by more than any delay in between. */
const settle = async (world: World, parties: Parties, random: Random): Promise<void> => {
  for (let turn = 0; turn < 12; turn++) {
    world.environments.advance(75 * minute);
    while (parties.queue.length > 0) await takeIn(world, parties, random, 0);
    await world.environments.invoke({ action: "poll", streams: [stream] });
    await world.environments.invoke({ action: "tick" });
    const open = (await entriesOf(world)).filter(({ state }) => state === "pending" || state === "active");
    const waiting = world.sshd.files.list("outbox").filter((path) => !path.includes(".done/"));
    if (open.length === 0 && (waiting.length === 0 || turn > 2)) return;
  }
};

export const runSeed = async (
  seed: number,
  { stack, program, log }: { readonly stack: Emulated; readonly program: string; readonly log: string },
): Promise<Report> => {
  const started = performance.now();
  const random = createRandom(seed);
  const after = random.pick(["move", "move", "delete", "keep"] as const);
  const slots = random.pick([1, 1, 2]);
  const world = await createWorld({
    stack,
    program,
    log,
    name: `faults-${process.pid}-${seed}`,
    random,
    slots,
    after,
    diskBytes: random.pick([16, 64]) * mebibyte,
  });
  const watcher = watchInbox(world.at("inbox"));
  const violations = watcher.violations;
  const broken: Record<string, number> = {};
  try {
    const parties = createParties(world, watcher, random);
    const rounds = random.between(2, 4);
    for (let turn = 0; turn < rounds; turn++) {
      world.relay.setTrouble(random.pick([0, 0.3, 0.7]));
      world.proxy.setTrouble(random.pick([0, 0.03, 0.1]));
      await round(world, parties, random, broken);
      await checkPulled(world, parties, violations);
      world.environments.advance(random.pick([2, 9, 20, 75]) * minute);
    }
    world.relay.setTrouble(0);
    world.proxy.setTrouble(0);
    await settle(world, parties, random);
    await checkRest(world, parties, watcher, violations);
    const { crashed } = world.environments.counts;
    if (crashed > 0) violations.push(`${crashed} environments ended by themselves`);

    const before = JSON.stringify([[...watcher.arrivals], [...(await pulledVersions(world))]]);
    await settle(world, parties, random);
    watcher.look();
    if (JSON.stringify([[...watcher.arrivals], [...(await pulledVersions(world))]]) !== before)
      violations.push("a second run without new files moved something");
    // A holder that is killed leaves a session for a moment, and the next one may be there before it has gone.
    if (world.relay.connections.most > slots && !(broken["kill"] ?? 0) && world.environments.counts.timedOut === 0)
      violations.push(`${world.relay.connections.most} connections at one time, and ${slots} are allowed`);

    const arrivals = [...watcher.arrivals.values()];
    return {
      seed,
      violations: [...new Set(violations)],
      seconds: (performance.now() - started) / 1000,
      figures: {
        "versions delivered": arrivals.length,
        "delivered again": arrivals.reduce((sum, count) => sum + count - 1, 0),
        "versions pulled": [...(await pulledVersions(world)).values()].flat().length,
        invocations: world.environments.counts.invocations,
        "invocations killed": world.environments.counts.killed,
        "invocations out of time": world.environments.counts.timedOut,
        connections: world.relay.connections.made,
        ...Object.fromEntries(
          Object.entries(world.relay.counts).map(([kind, count]) => [`connection: ${kind}`, count]),
        ),
        ...Object.fromEntries(Object.entries(world.proxy.counts).map(([kind, count]) => [`AWS: ${kind}`, count])),
        ...Object.fromEntries(Object.entries(broken).map(([kind, count]) => [`round: ${kind}`, count])),
        "looks at the inbox": watcher.looks(),
      },
    };
  } finally {
    watcher.stop();
    await world.stop();
  }
};
