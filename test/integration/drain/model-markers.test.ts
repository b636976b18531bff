/** Markers explored, ours and the partner's (test/helpers/interleaving.ts). */
import { createHash } from "node:crypto";
import test from "ava";
import fc from "fast-check";
import { actorOf, anyFault, anySetting, cases, settle, tolerate } from "../../helpers/interleaving.ts";
import { place } from "../../helpers/memory-remote.ts";
import { pull, push, stream } from "../../helpers/streams.ts";
import { createWorld } from "../../helpers/world.ts";

const sum = (content: string) => createHash("sha256").update(content).digest("hex");
const versions = ["the first version", "the second version", "version 3"];

test.serial("push with a marker: no marker beside another version than its own, and both in the end", async (t) => {
  const config = stream({ push: { ...push, marker: { name: "{name}.done", content: "sha256" } } });
  await t.notThrowsAsync(
    fc.assert(
      fc.asyncProperty(
        fc.scheduler(),
        fc.array(anyFault(3), { maxLength: 2 }),
        anySetting,
        // Turns before a version is put, so that an older one may be there by then, with its marker.
        fc.array(fc.nat(120), { minLength: 3, maxLength: 3 }),
        async (scheduler, faults, setting, turns) => {
          const world = createWorld(config);
          world.items.lag = setting.lag;
          const text = (path: string) => world.disk.files.get(path)?.bytes.toString();
          world.disk.watch = () => {
            const marker = text("inbox/f.done");
            if (marker !== undefined && marker !== sum(text("inbox/f") ?? ""))
              throw new Error(`beside "${text("inbox/f")}" lies the marker of another version`);
          };
          let count = 0;
          const actors = versions.map(async (_, actor) => {
            const bridge = actorOf(scheduler, world, actor, faults, setting);
            for (let turn = 0; turn <= (turns[actor] ?? 0); turn++)
              await scheduler.schedule(Promise.resolve(), `${actor}: put`);
            await world.bridge().intake(world.put("bucket", "out/f", versions[count++] ?? ""));
            await tolerate(bridge.drainAll());
          });
          await scheduler.waitFor(Promise.all(actors));
          await settle(world, setting);
          const names = [...world.disk.files.keys()].toSorted();
          if (names.join() !== "inbox/f,inbox/f.done") throw new Error(`there is ${names.join()}`);
          if (text("inbox/f") !== versions[2]) throw new Error(`the newest isn't there, but ${text("inbox/f")}`);
          if (world.entries().some(({ state }) => state !== "delivered"))
            throw new Error(`open: ${JSON.stringify(world.entries())}`);
        },
      ),
      cases,
    ),
  );
});

for (const after of ["move", "delete"] as const)
  test.serial(`pull with markers, after = "${after}": a marker goes last, once, and no file without it`, async (t) => {
    const ready = { marker: "{name}.done", scope: "file", after, checksum: "sha256", deliver: false } as const;
    const config = stream({ pull: { ...pull, after, ready } });
    const old = Date.UTC(2025, 11, 1) / 1000;
    const names = ["a", "b", "sub/c"];
    await t.notThrowsAsync(
      fc.assert(
        fc.asyncProperty(
          fc.scheduler(),
          fc.array(anyFault(3), { maxLength: 2 }),
          anySetting,
          async (scheduler, faults, setting) => {
            const world = createWorld(config);
            world.items.lag = setting.lag;
            const isThere = (name: string) => world.disk.files.has(`outbox/${name}`);
            const isInS3 = (name: string) => world.content("bucket", `in/${name}`) === `the content of ${name}`;
            const late = "sub/c";
            for (const name of names) place(world.disk, `outbox/${name}`, `the content of ${name}`, old);
            const mark = (name: string) => place(world.disk, `outbox/${name}.done`, sum(`the content of ${name}`), old);
            for (const name of names) if (name !== late) mark(name);
            let isMarked = false;
            world.disk.watch = () => {
              for (const name of names) {
                if (!isThere(name) && !isInS3(name)) throw new Error(`${name} was lost`);
                if (name === late && !isMarked) {
                  if (!isThere(name) || isInS3(name)) throw new Error(`${name} was taken without its marker`);
                } else if (!isThere(`${name}.done`) && isThere(name))
                  throw new Error(`the marker of ${name} went before its file`);
              }
            };
            const actors = [0, 1, 2].map(async (actor) => {
              const bridge = actorOf(scheduler, world, actor, faults, setting);
              await tolerate(bridge.poll(config).then(() => bridge.drainAll()));
            });
            const partner = (async () => {
              for (let turn = 0; turn < 3; turn++) await scheduler.schedule(Promise.resolve(), "the partner");
              isMarked = true;
              mark(late);
            })();
            await scheduler.waitFor(Promise.all([...actors, partner]));
            for (let turn = 0; turn < 3; turn++) {
              world.items.lag = 0;
              await world.bridge().poll(config);
              await settle(world, setting);
            }
            const left = [...world.disk.files.keys()].filter((path) => !path.includes(".done/"));
            if (left.length > 0) throw new Error(`still at the partner: ${left.join()}`);
            for (const name of names) if (!isInS3(name)) throw new Error(`${name} isn't in S3`);
            if (world.entries().some((entry) => entry["state"] !== "delivered" && entry["state"] !== "gone"))
              throw new Error(`an entry is open: ${JSON.stringify(world.entries())}`);
          },
        ),
        cases,
      ),
    );
  });
