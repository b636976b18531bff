/** What connects and what moves files is more than half of all code: who finds the partner's connections taken does without. */
import { registerHooks } from "node:module";
import test from "ava";
import { partnersOf } from "../../../lambda/src/config/partners.ts";
import { connectWith } from "../../../lambda/src/drain/connect-partner.ts";
import { acquireLease } from "../../../lambda/src/journal/lease.ts";
import type { SecretClients } from "../../../lambda/src/secrets/types.ts";
import { RemoteError } from "../../../lambda/src/sftp/errors.ts";
import { push, stream } from "../../helpers/streams.ts";
import { createWorld } from "../../helpers/world.ts";

const later = /\/lambda\/src\/(drain\/loop|sftp\/open)\.ts$/;

/** The files of these that are asked for from now on, until `stop`. */
const watch = () => {
  const asked: string[] = [];
  const hooks = registerHooks({
    resolve: (specifier, context, next) => {
      const found = next(specifier, context);
      const name = later.exec(found.url)?.[1];
      if (name !== undefined) asked.push(name);
      return found;
    },
  });
  return { asked, stop: () => hooks.deregister() };
};

test.serial("who finds the lease taken loads neither; who holds it loads what moves files", async (t) => {
  const one = stream({ push });
  const world = createWorld(one);
  const { deps, intake, drainAll } = world.bridge();
  await intake(world.put("bucket", "out/f", "content"));
  const lease = await acquireLease(deps, "us@partner:22", 1);
  const seen = watch();
  t.teardown(seen.stop);
  t.deepEqual(await drainAll(), [{ result: "held" }]);
  t.deepEqual(seen.asked, []);

  await lease?.abandon();
  t.like(await drainAll(), [{ result: "drained", files: 1 }]);
  t.deepEqual(seen.asked, ["drain/loop"]);
});

test.serial("what connects is loaded with the first connection that is asked for", async (t) => {
  const world = createWorld(stream({ push }));
  const { deps, telemetry } = world.bridge();
  const [partner] = partnersOf(deps.config).values();
  if (partner === undefined) return t.fail();
  const seen = watch();
  t.teardown(seen.stop);
  const secrets = {} as unknown as SecretClients;
  const connect = connectWith({ secrets, telemetry, now: deps.clock.wall, inFlight: deps.memory });
  t.deepEqual(seen.asked, []);
  // What is pinned there is no key, which it says before it connects.
  await t.throwsAsync(connect(partner, new AbortController().signal), { instanceOf: RemoteError, message: /SHA256:x/ });
  t.deepEqual(seen.asked, ["sftp/open"]);
});
