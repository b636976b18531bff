import test from "ava";
import { RemoteError } from "../../../lambda/src/sftp/errors.ts";
import { ask, deliveriesOf, results } from "../../helpers/ask.ts";
import type { Effects } from "../../helpers/effects.ts";
import { place } from "../../helpers/memory-remote.ts";
import { pull, push, stream } from "../../helpers/streams.ts";
import { createWorld } from "../../helpers/world.ts";

const old = Date.UTC(2025, 11, 1) / 1000;

/** A server that shows nobody what is in a directory. */
const listsNothing: Effects = async (name, effect) => {
  if (name === "remote.list") throw new RemoteError("permission", "listings are refused");
  return effect();
};

test("fetch pulls one named path, also where the server lists nothing", async (t) => {
  const world = createWorld(stream({ push, pull }));
  place(world.disk, "outbox/a/wanted.csv", "content", old);
  place(world.disk, "outbox/a/other.csv", "content", old);
  const answer = await ask(world, { action: "fetch", stream: "acme", path: "a/wanted.csv" }, listsNothing);
  t.deepEqual(results(answer), ["a/wanted.csv: delivered"]);
  t.is(world.content("bucket", "in/a/wanted.csv"), "content");
  t.is(world.content("bucket", "in/a/other.csv"), undefined);
});

test("fetch says where nothing was, and takes what was delivered again only with force", async (t) => {
  const world = createWorld(stream({ pull: { ...pull, after: "keep" } }));
  place(world.disk, "outbox/a.csv", "content", old);
  t.deepEqual(results(await ask(world, { action: "fetch", stream: "acme", path: "b.csv" })), ["b.csv: missing"]);
  t.deepEqual(results(await ask(world, { action: "fetch", stream: "acme", path: "a.csv" })), ["a.csv: delivered"]);
  await ask(world, { action: "fetch", stream: "acme", path: "a.csv" });
  t.is(deliveriesOf(world), 1);
  await ask(world, { action: "fetch", stream: "acme", path: "a.csv", force: true });
  t.is(deliveriesOf(world), 2);
});

for (const path of ["a/b.csv", "s3://bucket/out/a/b.csv"])
  test(`send sends an object that no event told of, named as ${path}`, async (t) => {
    const world = createWorld(stream({ push, pull }));
    world.put("bucket", "out/a/b.csv", "content");
    const answer = await ask(world, { action: "send", stream: "acme", path });
    t.deepEqual(results(answer), ["a/b.csv: delivered"]);
    t.is(world.disk.files.get("inbox/a/b.csv")?.bytes.toString(), "content");
    await ask(world, { action: "send", stream: "acme", path });
    t.is(deliveriesOf(world), 1);
  });

test("a key elsewhere, a stream without that side, and a path that leads out are refused with what to do", async (t) => {
  const world = createWorld(stream({ push }));
  const refused = async (event: object) => (await ask(world, event)).error?.message ?? "";
  t.regex(
    await refused({ action: "send", stream: "acme", path: "s3://bucket/in/a" }),
    /isn't below s3:\/\/bucket\/out\/, .*Put the object there/,
  );
  t.regex(await refused({ action: "fetch", stream: "acme", path: "a" }), /has no pull/);
  t.regex(await refused({ action: "send", stream: "acme", path: "../a" }), /may not contain/);
  t.regex(await refused({ action: "fetch", stream: "acme" }), /"path" is missing/);
});
