/** What a poll that finds nothing costs: the figures of docs/performance.md. */
import test from "ava";
import type { DrainDeps } from "../../../lambda/src/drain/deps.ts";
import { openRemote } from "../../../lambda/src/sftp/open.ts";
import { startAdversary } from "../../helpers/sftp/adversary.ts";
import { directory } from "../../helpers/sftp/files.ts";
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
  const connect: DrainDeps["connect"] = ({ sftp }, signal, _reached, traits) =>
    openRemote(sftp, { password: "secret" }, { signal, ...(traits && { traits }) });
  // The first two find out what the server takes, and note it.
  for (let turn = 0; turn < 2; turn++) {
    await bridge.poll(config);
    await bridge.drainAll({ connect });
  }
  for (const seen of [journal, server.requests, server.trace]) seen.length = 0;
  const before = server.sessions.all;
  await bridge.poll(config);
  await bridge.drainAll({ connect });

  t.like(server.sessions, { all: before + 1 });
  t.deepEqual(server.requests, ["OPENDIR /outbox", "READDIR /outbox", "READDIR /outbox", "CLOSE /outbox"]);
  // The second READDIR is sent before the first is answered, and nobody waits for CLOSE.
  t.deepEqual(server.trace.slice(0, 5), ["> OPENDIR", "< OPENDIR", "> READDIR", "> READDIR", "< READDIR"]);
  t.is(journal.length, 12, journal.join());
});
