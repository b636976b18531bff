/** Polls in which the connection ends: what comes behind that is no answer, and the poll goes on over the next one. */
import test from "ava";
import { RemoteError } from "../../../lambda/src/sftp/errors.ts";
import { place } from "../../helpers/memory-remote.ts";
import { pull, push, stream } from "../../helpers/streams.ts";
import { createWorld, untilLapsed } from "../../helpers/world.ts";

const old = Date.UTC(2025, 11, 1) / 1000;

interface Ending {
  /** Below the stream's directory; empty for that itself. */
  readonly directory: string;
  /** Lists that this connection was asked for, with this one. */
  readonly lists: number;
  /** Of the whole test, with this one. */
  readonly connection: number;
}

/** A stream both ways whose partner ends connections as it is asked for lists. */
const setUp = async (paths: readonly string[], endsAt: (ending: Ending) => boolean) => {
  const config = stream({ pull, push });
  const world = createWorld(config);
  for (const path of paths) place(world.disk, `outbox/${path}`, path, old);
  const errors: { message: string; path: unknown }[] = [];
  let connection = 0;
  /** One run, and time until the partner may be asked again. */
  const run = async (): Promise<void> => {
    const bridge = world.bridge();
    await bridge.drainAll({
      connect: async (...given) => {
        const remote = await bridge.deps.connect(...given);
        connection++;
        let lists = 0;
        return {
          ...remote,
          async *list(path) {
            const directory = path.replace(/^outbox\/?/, "");
            if (remote.lost.aborted || endsAt({ directory, lists: ++lists, connection }))
              remote.destroy(new RemoteError("lost", "us@partner:22: the connection was lost"));
            remote.lost.throwIfAborted();
            yield* remote.list(path);
          },
        };
      },
    });
    for (const { level, message, fields } of bridge.telemetry.lines)
      if (level === "error") errors.push({ message, path: fields["path"] });
    world.time.now += untilLapsed;
  };
  const polls = () => [...world.items.values()].filter(({ kind }) => kind === "poll");
  /** Runs until the poll is done; returns how many it took. */
  const untilPolled = async (): Promise<number> => {
    let runs = 0;
    for (; polls().length > 0 && runs < 40; runs++) await run();
    return runs;
  };
  const left = () => [...world.items.values()].find(({ kind, kinds }) => kind === "fact" && kinds !== undefined);
  const pulled = () =>
    [...world.buckets.objects.keys()]
      .filter((key) => key.startsWith("bucket/in/"))
      .map((key) => key.replace("bucket/in/", ""))
      .sort();
  await world.bridge().poll(config);
  return { world, config, errors, run, untilPolled, polls, left, pulled };
};

test("a connection that ends within a directory is no answer about that or any other: the poll goes on over the next", async (t) => {
  const paths = ["top", "a/1", "b/2", "c/3"];
  const { run, polls, errors, left, pulled } = await setUp(
    paths,
    ({ directory, connection }) => directory === "b" && connection === 1,
  );
  await run();
  t.is(polls().length, 1, "it isn't done");
  t.is(polls()[0]?.["after"], "a", "and goes on behind what was listed");
  t.deepEqual(
    errors.map(({ path }) => path),
    [undefined],
    "no directory is blamed, but the partner",
  );
  await run();
  t.deepEqual(polls(), []);
  t.is(errors.length, 1);
  t.deepEqual(left()?.["kinds"], {});
  await run();
  t.deepEqual(pulled(), paths.toSorted());
});

test("a partner that ends each connection after some lists: every run gets further, and all is pulled", async (t) => {
  const paths = Array.from({ length: 12 }, (_, at) => `d${String(at).padStart(2, "0")}/f`);
  const { untilPolled, run, errors, pulled } = await setUp(paths, ({ lists }) => lists > 4);
  t.true((await untilPolled()) < 12);
  await run();
  t.deepEqual(pulled(), paths);
  t.deepEqual(
    errors.filter(({ path }) => path !== undefined),
    [],
  );
});

test("directories at which each connection ends are passed over in the end, and keep neither files nor the others waiting", async (t) => {
  const paths = ["top", "a/1", "b/2", "c/3", "d/4"];
  const bad = ["b", "c"];
  const { world, config, run, untilPolled, polls, errors, left, pulled } = await setUp(paths, ({ directory }) =>
    bad.includes(directory),
  );
  await run();
  await world.bridge().intake(world.put("bucket", "out/f", "content"));
  await run();
  t.is(
    world.disk.files.get("inbox/f")?.bytes.toString(),
    "content",
    "files go first once a poll has ended a connection",
  );
  t.deepEqual(pulled(), ["a/1", "top"]);
  t.is(polls().length, 1);
  t.true((await untilPolled()) <= 8);
  await run();
  t.deepEqual(pulled(), ["a/1", "d/4", "top"]);
  const blamed = errors.flatMap(({ path }) => (path === undefined ? [] : [path]));
  t.deepEqual([...new Set(blamed)], ["outbox/b", "outbox/c"]);
  t.like(left(), { kinds: { directory: { count: 2 } } });
  // The next poll asks for them again.
  bad.length = 0;
  await world.bridge().poll(config);
  await untilPolled();
  await run();
  t.deepEqual(pulled(), paths.toSorted());
});

test("where each connection ends at the stream's own directory, the poll has failed after three, and files were moved", async (t) => {
  const { world, errors, untilPolled } = await setUp(["top"], ({ directory }) => directory === "");
  await world.bridge().intake(world.put("bucket", "out/f", "content"));
  t.is(await untilPolled(), 3);
  t.true(errors.some(({ message }) => message.startsWith("A poll failed")));
  t.is(world.disk.files.get("inbox/f")?.bytes.toString(), "content");
});

test("a poll that is asked for again keeps where connections ended", async (t) => {
  const { world, config, run, polls } = await setUp(["a/1", "b/2"], ({ directory }) => directory === "b");
  await run();
  await world.bridge().poll(config);
  t.like(polls()[0], { after: "a", ended: { at: "b", times: 1 } });
});
