/** What is listed and not pulled is counted, shown, and an alarm once it has been there for long. */
import test from "ava";
import { status } from "../../../lambda/src/operator/status.ts";
import { leftIn, noteLeft, oldestLeft } from "../../../lambda/src/pull/left.ts";
import { tick } from "../../../lambda/src/runs/tick.ts";
import { gaugeNames } from "../../../lambda/src/telemetry/names.ts";
import type { Ages } from "../../../lambda/src/telemetry/types.ts";
import { place } from "../../helpers/memory-remote.ts";
import { pull, stream } from "../../helpers/streams.ts";
import { createWorld } from "../../helpers/world.ts";

const old = Date.UTC(2025, 11, 1) / 1000;
const hour = 3_600_000;
const whole = { isFirst: true, isLast: true };
const kind = (...paths: string[]) => ({ count: paths.length, paths });

test("a path keeps the time at which it was first left, and loses it when it is no longer listed", (t) => {
  const first = noteLeft(undefined, { name: kind("a", "b") }, { ...whole, now: 1_000 });
  const second = noteLeft(first, { name: kind("c", "b") }, { ...whole, now: 2_000 });
  t.deepEqual(leftIn(second), [
    {
      reason: "name",
      count: 2,
      paths: [
        ["b", 1_000],
        ["c", 2_000],
      ],
    },
  ]);
  t.is(oldestLeft(second), 1_000);
  t.is(oldestLeft(noteLeft(second, {}, { ...whole, now: 3_000 })), undefined);
});

test("a poll of several parts counts once it is whole", (t) => {
  const before = noteLeft(undefined, { name: kind("a") }, { ...whole, now: 1_000 });
  const part = noteLeft(before, { name: kind("a", "b") }, { isFirst: true, isLast: false, now: 2_000 });
  t.is(leftIn(part)[0]?.count, 1);
  const end = noteLeft(part, { name: kind("z") }, { isFirst: false, isLast: true, now: 3_000 });
  t.is(leftIn(end)[0]?.count, 3);
  t.is(oldestLeft(end), 1_000);
});

test("many paths are counted, and few are kept: those that have been there for longest", (t) => {
  const many = Array.from({ length: 1_000 }, (_, index) => `f${index}`);
  const first = noteLeft(undefined, { name: kind("f999") }, { ...whole, now: 1 });
  const [one] = leftIn(
    noteLeft(first, { name: { count: 1_000, paths: [...many.slice(0, 100), "f999"] } }, { ...whole, now: 2 }),
  );
  t.is(one?.count, 1_000);
  t.is(one?.paths.length, 20);
  t.deepEqual(one?.paths[0], ["f999", 1]);
});

test("the metric, the age and the status tell of files that aren't pulled, but not of those that the user leaves out", async (t) => {
  const config = stream({ pull: { ...pull, exclude: ["*.log"] } });
  const world = createWorld(config);
  for (const name of ["fine.csv", "half.part", "bad\\..\\name", "left.log", ".s3-sftp-bridge-n1.tmp"])
    place(world.disk, `outbox/${name}`, name, old);
  const poll = async () => {
    const bridge = world.bridge();
    await bridge.poll(config);
    await bridge.drainAll();
  };
  const look = async () => {
    const { invocation, telemetry } = world.bridge();
    await tick(invocation);
    const counts = telemetry.gauges.filter(({ name }) => name === gaugeNames.left);
    const ages = (telemetry.records as Ages[]).filter(({ direction }) => direction === "pull");
    return { ages, counts: counts.map(({ reason = "all", value }) => `${reason} ${value}`) };
  };
  await poll();
  world.time.now += hour;
  await poll();
  const { ages, counts } = await look();
  t.deepEqual(counts, ["all 4", "name 1", "temporary-suffix 2", "not-included 1"]);
  t.true((ages[0]?.oldestSeconds ?? 0) >= 3_600, "what nobody asked to leave is an alarm after an hour");

  const answer = await status(world.bridge().invocation, {});
  t.deepEqual(
    answer.streams[0]?.not_pulled.map(({ reason, files }) => [reason, files]),
    [
      ["name", 1],
      ["temporary-suffix", 2],
      ["not-included", 1],
    ],
  );
  t.is(answer.streams[0]?.not_pulled[0]?.oldest_path, "bad\\..\\name");

  for (const name of ["half.part", "bad\\..\\name", ".s3-sftp-bridge-n1.tmp"])
    world.disk.files.delete(`outbox/${name}`);
  world.time.now += hour;
  await poll();
  t.deepEqual((await look()).counts, ["all 1", "name 0", "temporary-suffix 0", "not-included 1"]);
  t.is((await look()).ages.length, 0, "what is excluded is no alarm");
});
