/** The protocol explored (test/helpers/interleaving.ts). A failure prints its seed; `fc.assert(…, { seed, path })` runs it again. */
import { createHash } from "node:crypto";
import test from "ava";
import fc from "fast-check";
import type { Entry } from "../../../lambda/src/journal/entry.ts";
import type { CreatedObject } from "../../../lambda/src/push/s3-event.ts";
import { tick } from "../../../lambda/src/runs/tick.ts";
import {
  actorOf,
  anyFault,
  anySetting,
  cases,
  type Fault,
  minutes,
  settle,
  starved,
  tolerate,
} from "../../helpers/interleaving.ts";
import { place } from "../../helpers/memory-remote.ts";
import { pull, push, sftp, stream } from "../../helpers/streams.ts";
import { createWorld, type World } from "../../helpers/world.ts";

/** With a holder that sleeps past its lease, its socket stays open until it wakes: nobody can help that. */
const assertConnections = (world: World, slots: number, faults: readonly Fault[]): void => {
  if (!starved.has(world) && !faults.some(({ kind }) => kind === "pause") && world.connections.most > slots)
    throw new Error(`${world.connections.most} connections, and ${slots} are allowed`);
};

const leftovers = (world: World): string[] => [...world.disk.files.keys()].filter((path) => path.endsWith(".tmp"));

const versions = ["the first version", "the second version", "version 3"];

for (const slots of [1, 2]) {
  for (const upload of ["atomic", "direct"] as const) {
    // What is written under the final name can't be fenced: with one connection, and no holder that wakes up too late.
    if (upload === "direct" && slots > 1) continue;
    test.serial(
      `push (${upload}) with ${slots} slot(s): whole versions only, never an older one, the newest in the end, nothing left over`,
      async (t) => {
        const config = stream({ push: { ...push, upload }, sftp: { ...sftp, maxConnections: slots } });
        await t.notThrowsAsync(
          fc.assert(
            fc.asyncProperty(
              fc.scheduler(),
              fc.array(anyFault(3), { maxLength: 2 }),
              fc.array(fc.nat(5), { minLength: 3, maxLength: 3 }),
              anySetting,
              async (scheduler, given, duplicates, setting) => {
                const faults = upload === "direct" ? given.filter(({ kind }) => kind !== "pause") : given;
                const world = createWorld(config);
                world.items.lag = setting.lag;
                const seen: number[] = [];
                world.disk.watch = () => {
                  const there = world.disk.files.get("inbox/f")?.bytes.toString();
                  if (there === undefined) return;
                  const version = versions.indexOf(there);
                  if (version < 0 && upload === "direct") return;
                  if (version < 0) throw new Error(`half a file: ${there}`);
                  if (version < (seen.at(-1) ?? 0)) throw new Error(`version ${version} came after ${seen.at(-1)}`);
                  seen.push(version);
                };
                let put = 0;
                const events: CreatedObject[] = [];
                const actors = versions.map(async (_, actor) => {
                  const bridge = actorOf(scheduler, world, actor, faults, setting);
                  await scheduler.schedule(Promise.resolve(), `${actor}: put`);
                  const event = world.put("bucket", "out/f", versions[put++] ?? "");
                  events.push(event);
                  // The event is taken in by a run that works: SQS gives it again until one does.
                  await world.bridge().intake(event);
                  const again = duplicates[actor] ?? 0;
                  if (again > 2) await world.bridge().intake(events[again % events.length] ?? event);
                  await tolerate(bridge.drainAll());
                });
                await scheduler.waitFor(Promise.all(actors));
                await settle(world, setting);
                const entries = world.entries() as unknown as Entry[];
                const there = world.disk.files.get("inbox/f")?.bytes.toString();
                if (there !== versions[2]) throw new Error(`the newest isn't there, but ${there}: ${seen.join()}`);
                if (entries.some(({ state }) => state !== "delivered"))
                  throw new Error(`open: ${JSON.stringify(entries)}`);
                if (leftovers(world).length > 0) throw new Error(`left over: ${leftovers(world).join()}`);
                const told = entries[0]?.deliveries.at(-1)?.sha256;
                if (
                  told !==
                  createHash("sha256")
                    .update(there ?? "")
                    .digest("hex")
                )
                  throw new Error("the SHA-256 is wrong");
                assertConnections(world, slots, faults);
              },
            ),
            cases,
          ),
        );
      },
    );
  }
}

for (const slots of [1, 2]) {
  for (const after of ["move", "delete", "keep"] as const) {
    test.serial(
      `pull with ${slots} slot(s), after = "${after}": every version in S3 as it was, none gone from the partner before, no older one over a newer, nothing left over`,
      async (t) => {
        const config = stream({ pull: { ...pull, after }, sftp: { ...sftp, maxConnections: slots } });
        const old = Date.UTC(2025, 11, 1) / 1000;
        await t.notThrowsAsync(
          fc.assert(
            fc.asyncProperty(
              fc.scheduler(),
              fc.array(anyFault(3), { maxLength: 2 }),
              anySetting,
              fc.boolean(),
              async (scheduler, faults, setting, replaced) => {
                const world = createWorld(config);
                world.items.lag = setting.lag;
                const files = ["a", "b", "sub/c"];
                const contents = (path: string) => [`the content of ${path}`, `another content of ${path}`];
                const inS3 = (path: string) =>
                  (world.buckets.objects.get(`bucket/in/${path}`) ?? []).map((one) => one?.bytes.toString());
                for (const path of files) place(world.disk, `outbox/${path}`, contents(path)[0] ?? "", old);
                world.disk.watch = () => {
                  for (const path of files) {
                    const read = inS3(path);
                    const all = contents(path);
                    if (read.some((one) => one === undefined || !all.includes(one)))
                      throw new Error(`${path} isn't whole in S3: ${read.join(" | ")}`);
                    const order = read.map((one) => all.indexOf(one ?? ""));
                    if (order.some((one, index) => one < (order[index - 1] ?? 0)))
                      throw new Error(`an older version of ${path} came over a newer one`);
                    if (!world.disk.files.has(`outbox/${path}`) && read.length === 0)
                      throw new Error(`${path} was lost`);
                  }
                };
                const actors = [0, 1, 2].map(async (actor) => {
                  const bridge = actorOf(scheduler, world, actor, faults, setting);
                  await tolerate(bridge.poll(config).then(() => bridge.drainAll()));
                });
                // The partner replaces a file at any moment, even between two requests of ours. Of a deletion nobody can
                // ask that it be of what was looked at a moment before.
                const partner = (async () => {
                  await scheduler.schedule(Promise.resolve(), "the partner");
                  await scheduler.schedule(Promise.resolve(), "the partner");
                  if (replaced && after !== "delete")
                    place(world.disk, "outbox/a", contents("a")[1] ?? "", old + 7_000_000);
                })();
                await scheduler.waitFor(Promise.all([...actors, partner]));
                for (let turn = 0; turn < 3; turn++) {
                  world.items.lag = 0;
                  await world.bridge().poll(config);
                  await settle(world, setting);
                }
                const left = [...world.disk.files.keys()].filter((path) => !path.includes(".done"));
                if (after !== "keep" && left.length > 0) throw new Error(`still at the partner: ${left.join()}`);
                if (after === "keep" && left.length !== 3) throw new Error(`gone from the partner: ${left.join()}`);
                const wanted = (path: string) => (replaced && after !== "delete" && path === "a" ? 1 : 0);
                for (const path of files) {
                  const stamped = [...world.buckets.objects.keys()].filter((key) => key.endsWith(`-${path}`));
                  const all = [...inS3(path), ...stamped.map((key) => world.content("bucket", key.slice(7)))];
                  if (!all.includes(contents(path)[wanted(path)]))
                    throw new Error(`${path} isn't in S3: ${all.join()}`);
                }
                // A run that had lost its lease may have begun an upload and died: the daily sweep ends it.
                if (world.buckets.uploads.size > 0 && !faults.some(({ kind }) => kind === "pause"))
                  throw new Error("an upload was left over although no run has slept past its lease");
                world.time.now += 25 * 60 * minutes;
                await tick(world.bridge().invocation);
                if (world.buckets.uploads.size > 0) throw new Error("an upload was left over");
                if (world.entries().some((entry) => entry["state"] !== "delivered" && entry["state"] !== "gone"))
                  throw new Error(`an entry is open: ${JSON.stringify(world.entries())}`);
                assertConnections(world, slots, faults);
              },
            ),
            cases,
          ),
        );
      },
    );
  }
}

for (const slots of [1, 2])
  test.serial(
    `files that would have one name, with ${slots} slot(s): one of them has it, and no other is ever seen there`,
    async (t) => {
      const config = stream({ push: { ...push, name: "{name}" }, sftp: { ...sftp, maxConnections: slots } });
      await t.notThrowsAsync(
        fc.assert(
          fc.asyncProperty(
            fc.scheduler(),
            fc.array(anyFault(3), { maxLength: 2 }),
            anySetting,
            async (scheduler, faults, setting) => {
              const world = createWorld(config);
              world.items.lag = setting.lag;
              for (const name of ["a", "b", "c"])
                await world.bridge().intake(world.put("bucket", `out/${name}/f`, `the content of ${name}`));
              const seen = new Set<string>();
              world.disk.watch = () => {
                const there = world.disk.files.get("inbox/f")?.bytes.toString();
                if (there !== undefined && seen.add(there).size > 1) throw new Error(`both: ${[...seen].join()}`);
              };
              const actors = [0, 1, 2].map((actor) =>
                tolerate(actorOf(scheduler, world, actor, faults, setting).drainAll()),
              );
              await scheduler.waitFor(Promise.all(actors));
              await settle(world, setting);
              const delivered = world.entries().filter(({ state }) => state === "delivered");
              if (delivered.length !== 1) throw new Error(`${delivered.length} delivered`);
              if (world.disk.files.size !== 1) throw new Error(`left: ${[...world.disk.files.keys()].join()}`);
            },
          ),
          { ...cases, numRuns: Math.ceil(cases.numRuns / 2) },
        ),
      );
    },
  );

for (const slots of [1, 2])
  test.serial(
    `numbers in names, with ${slots} slot(s): each once, none left out, each file the same in the end`,
    async (t) => {
      const config = stream({ push: { ...push, name: "{seq:2}" }, sftp: { ...sftp, maxConnections: slots } });
      await t.notThrowsAsync(
        fc.assert(
          fc.asyncProperty(
            fc.scheduler(),
            fc.array(anyFault(3), { maxLength: 2 }),
            anySetting,
            async (scheduler, faults, setting) => {
              const world = createWorld(config);
              world.items.lag = setting.lag;
              for (const name of ["a", "b", "c"])
                await world.bridge().intake(world.put("bucket", `out/${name}`, `the content of ${name}`));
              const seen = new Map<string, string>();
              world.disk.watch = () => {
                for (const [path, { bytes }] of world.disk.files) {
                  if (path.endsWith(".tmp")) continue;
                  const content = bytes.toString();
                  if ((seen.get(path) ?? content) !== content)
                    throw new Error(`${path} was ${seen.get(path)}, and is ${content}`);
                  seen.set(path, content);
                }
              };
              const actors = [0, 1, 2].map((actor) =>
                tolerate(actorOf(scheduler, world, actor, faults, setting).drainAll()),
              );
              await scheduler.waitFor(Promise.all(actors));
              await settle(world, setting);
              const names = [...world.disk.files.keys()].toSorted().join();
              if (names !== "inbox/01,inbox/02,inbox/03") throw new Error(`there are ${names}`);
              if (seen.size !== 3) throw new Error(`there were ${[...seen.keys()].join()}`);
            },
          ),
          { ...cases, numRuns: Math.ceil(cases.numRuns / 2) },
        ),
      );
    },
  );

for (const [order, slots] of [
  ["name", 1],
  ["name", 2],
  ["sequence", 2],
] as const)
  test.serial(
    `strict order by ${order} with ${slots} slot(s): no file comes before the one that it waits for, and all come`,
    async (t) => {
      const sequence = { name: "{seq}", first: 1, min: 1 };
      const ordered = { ...push, order, strictOrder: true, ...(order === "sequence" && { sequence }) } as const;
      const config = stream({ push: ordered, sftp: { ...sftp, maxConnections: slots } });
      await t.notThrowsAsync(
        fc.assert(
          fc.asyncProperty(
            fc.scheduler(),
            fc.array(anyFault(3), { maxLength: 2 }),
            anySetting,
            async (scheduler, faults, setting) => {
              const world = createWorld(config);
              const names = ["1", "2", "3"];
              for (const name of names.toReversed())
                await world.bridge().intake(world.put("bucket", `out/${name}`, `the content of ${name}`));
              // What the index doesn't show is beyond any order: it has had its time (settleTime).
              world.items.lag = 0;
              world.disk.watch = () => {
                const there = names.map((name) => world.disk.files.has(`inbox/${name}`));
                if (there.lastIndexOf(true) > there.indexOf(false) && there.includes(false))
                  throw new Error(`out of order: ${there.join()}`);
              };
              const actors = names.map((_, actor) =>
                tolerate(actorOf(scheduler, world, actor, faults, { ...setting, lag: 0 }).drainAll()),
              );
              await scheduler.waitFor(Promise.all(actors));
              await settle(world, setting);
              const open = world.entries().filter(({ state }) => state !== "delivered");
              if (open.length > 0) throw new Error(`open: ${JSON.stringify(open)}`);
              if (leftovers(world).length > 0) throw new Error(`left over: ${leftovers(world).join()}`);
            },
          ),
          { ...cases, numRuns: Math.ceil(cases.numRuns / 2) },
        ),
      );
    },
  );

for (const slots of [1, 2, 3])
  test.serial(
    `no ring is lost: whatever is known when the last run has left is delivered, without a tick (${slots} slot(s))`,
    async (t) => {
      const config = stream({ push, sftp: { ...sftp, maxConnections: slots } });
      await t.notThrowsAsync(
        fc.assert(
          fc.asyncProperty(fc.scheduler(), fc.integer({ min: 2, max: 5 }), async (scheduler, count) => {
            const world = createWorld(config);
            const actors = Array.from({ length: count }, async (_, actor) => {
              const bridge = actorOf(scheduler, world, actor, []);
              await bridge.intake(world.put("bucket", `out/${actor}`, "x"));
              await bridge.drainAll();
            });
            await scheduler.waitFor(Promise.all(actors));
            const open = world.entries().filter((entry) => entry["state"] !== "delivered");
            if (open.length > 0) throw new Error(`${open.length} of ${count} files wait although nobody is at work`);
            if (world.connections.most > slots) throw new Error(`${world.connections.most} connections at one time`);
          }),
          cases,
        ),
      );
    },
  );
