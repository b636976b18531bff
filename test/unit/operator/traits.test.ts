import test from "ava";
import { partnerOf } from "../../../lambda/src/config/types.ts";
import { readTraits, saveTraits } from "../../../lambda/src/journal/traits.ts";
import { operate } from "../../../lambda/src/operator/commands.ts";
import { push, sftp, stream } from "../../helpers/streams.ts";
import { createWorld } from "../../helpers/world.ts";

const setup = async () => {
  const acme = stream({ push, sftp: { ...sftp, server: { open_files: 4 } } });
  const world = createWorld(acme);
  const bridge = world.bridge();
  const partner = partnerOf(acme.sftp);
  const { table, nonce } = bridge.deps;
  const seen = (value: boolean | number) => ({ value, at: world.time.now, why: "it was refused" });
  await saveTraits({ table, partner, now: world.time.now, nonce }, { fstat: seen(false), posix_rename: seen(false) });
  return { world, bridge, table, partner };
};

test("status shows what the user said of the server and what was seen, with the reason", async (t) => {
  const { bridge } = await setup();
  const answer = await operate(bridge.invocation, "status", {});
  t.like(answer, {
    ok: true,
    streams: [
      {
        server: [
          { trait: "open_files", value: 4, since: null, why: "sftp.server says so" },
          { trait: "fstat", value: false, since: "2026-01-01T00:00:00.000Z", why: "it was refused" },
          { trait: "posix_rename", value: false },
        ],
      },
    ],
  });
});

test("one trait is forgotten, or all; a name that is none is refused", async (t) => {
  const { bridge, table, partner, world } = await setup();
  t.like(await operate(bridge.invocation, "forget-traits", { stream: "acme", trait: "fstat" }), {
    ok: true,
    partner,
    forgotten: ["fstat"],
  });
  t.deepEqual(Object.keys(await readTraits(table, partner, world.time.now)), ["posix_rename"]);
  t.like(await operate(bridge.invocation, "forget-traits", { stream: "acme", trait: "speed" }), { ok: false });
  t.like(await operate(bridge.invocation, "forget-traits", { stream: "acme" }), { forgotten: ["posix_rename"] });
  t.deepEqual(await readTraits(table, partner, world.time.now), {});
});
