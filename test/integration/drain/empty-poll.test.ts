/** What a poll that finds nothing costs: the figures of docs/performance.md. */
import test from "ava";
import { startAdversary } from "../../helpers/sftp/adversary.ts";
import { directory } from "../../helpers/sftp/files.ts";
import { overSsh } from "../../helpers/sftp/over-ssh.ts";
import { pull, stream } from "../../helpers/streams.ts";
import { createWorld } from "../../helpers/world.ts";

test("a poll that finds nothing makes one connection, two round trips in it, and twelve requests to the journal", async (t) => {
  const server = await startAdversary();
  t.teardown(() => server.stop());
  server.files.set("/outbox", directory());
  const config = stream({ pull: { ...pull, directory: "/outbox" }, sftp: { ...server.config, maxConnections: 4 } });
  const world = createWorld(config);
  const journal: string[] = [];
  const bridge = world.bridge(async (name, effect) => {
    if (name.startsWith("table.")) journal.push(name.slice(6));
    return effect();
  });
  await bridge.poll(config);
  await bridge.drainAll({ connect: overSsh });

  t.like(server.sessions, { all: 1, channels: 1 });
  t.deepEqual(server.requests, ["OPENDIR /outbox", "READDIR /outbox", "READDIR /outbox", "CLOSE /outbox"]);
  // The second READDIR is sent before the first is answered, and nobody waits for CLOSE.
  t.deepEqual(server.trace.slice(0, 5), ["> OPENDIR", "< OPENDIR", "> READDIR", "> READDIR", "< READDIR"]);
  t.is(journal.length, 12, journal.join());
});
