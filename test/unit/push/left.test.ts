/** Partners that let nobody remove anything: what an attempt has left keeps no file from being sent. */
import test from "ava";
import { RemoteError } from "../../../lambda/src/sftp/errors.ts";
import { Crash, type Effects, untilCrash } from "../../helpers/effects.ts";
import { push, stream } from "../../helpers/streams.ts";
import { createWorld, untilLapsed, type World } from "../../helpers/world.ts";

const refusing =
  (...names: readonly string[]): Effects =>
  async (name, effect) => {
    if (names.includes(name)) throw new RemoteError("permission", `us@partner:22: cannot ${name}: no.`);
    return effect();
  };

/** A run dies while it writes; so the next one finds what it has left. */
const worldWithLitter = async (): Promise<World> => {
  const world = createWorld(stream({ push }));
  await world.bridge().intake(world.put("bucket", "out/f", "content"));
  let isDead = false;
  const dying: Effects = async (name, effect) => {
    isDead ||= name === "remote.write";
    if (isDead) throw new Crash("while writing");
    return effect();
  };
  await untilCrash(() => world.bridge(dying).drainAll());
  world.time.now += untilLapsed;
  return world;
};

const names = (world: World) => [...world.disk.files.keys()].map((path) => path.replace(/-n\d+\./, "-N.")).toSorted();

test("nobody may remove: the next attempt writes where the last one has left off, under a name of its own", async (t) => {
  const world = await worldWithLitter();
  const [left] = [...world.disk.files.keys()];
  const bridge = world.bridge(refusing("remote.remove"));
  await bridge.drainAll();
  t.deepEqual(names(world), ["inbox/f"]);
  t.is(world.disk.files.get("inbox/f")?.bytes.toString(), "content");
  t.true(bridge.telemetry.lines.some(({ level, fields }) => level === "warn" && fields["path"] === left));
});

test("nobody may remove, or rename what isn't whole: it stays, and the file is delivered beside it", async (t) => {
  const world = await worldWithLitter();
  await world.bridge(refusing("remote.remove", "remote.move")).drainAll();
  t.deepEqual(names(world), ["inbox/.s3-sftp-bridge-N.tmp", "inbox/f"]);
  t.is(world.entries()[0]?.["state"], "delivered");
});
