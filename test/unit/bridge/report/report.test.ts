import test from "ava";
import { UsageError } from "../../../../bridge/src/arguments.ts";
import { readReportArguments } from "../../../../bridge/src/report/arguments.ts";
import { report } from "../../../../bridge/src/report/main.ts";
import { RemoteError } from "../../../../lambda/src/sftp/errors.ts";
import { place } from "../../../helpers/memory-remote.ts";
import { pull, push, stream } from "../../../helpers/streams.ts";
import { createWorld } from "../../../helpers/world.ts";

const day = 86_400_000;
const begin = Date.UTC(2026, 0, 1);
const all = { stream: undefined, from: begin, to: begin + 100 * day };

async function* pages(items: Iterable<unknown>) {
  yield [...items] as Record<string, unknown>[];
}
const cells = (lines: readonly string[]) => lines.map((text) => text.trimEnd().split(","));

test("what was delivered, failed and waits, of a real journal, with checksums", async (t) => {
  const world = createWorld(stream({ push, pull }));
  for (const name of ["a", "b"]) await world.bridge().intake(world.put("bucket", `out/${name}`, "content"));
  place(world.disk, "outbox/=cmd|' /C calc'!A0.csv", "content", Date.UTC(2025, 11, 1) / 1000);
  await world.bridge().poll(stream({ push, pull }));
  await world.bridge().drainAll();
  await world.bridge().intake(world.put("bucket", "out/bad", "content"));
  const full = async <T>(name: string, effect: () => T | Promise<T>) => {
    if (name === "remote.write") throw new RemoteError("full", "the disk is full");
    return effect();
  };
  await world.bridge(full).drainAll();
  const lines = await report(pages(world.items.values()), all);
  const sum = "ed7002b439e9ac845f22357d822bac1444730fbdb6016d3ec9432297b9ec9f73";
  const rows = cells(lines).map(([of, direction, path, state, , , , bytes, sha256]) => [
    of,
    direction,
    path,
    state,
    bytes,
    sha256,
  ]);
  t.deepEqual(rows, [
    ["stream", "direction", "path", "state", "bytes", "sha256"],
    ["acme", "pull", `"'=cmd|' /C calc'!A0.csv"`, "delivered", "7", sum],
    ["acme", "push", "a", "delivered", "7", sum],
    ["acme", "push", "b", "delivered", "7", sum],
    ["acme", "push", "bad", "waiting", "7", ""],
  ]);
  t.regex(lines[4] ?? "", /the disk is full/);
  t.true(lines.every((text) => text.endsWith("\r\n")));
});

test("only what belongs to the time and the stream; earlier deliveries of a file are there too", async (t) => {
  const delivery = (at: string) => ({
    at,
    identity: "i",
    destination: "d",
    bytes: 1,
    sha256: "x",
    attempt: 1,
    duration_ms: 5,
  });
  const entry = { stream: "acme", direction: "push", path: "a", state: "delivered", known_at: "2026-01-01T00:00:00Z" };
  const items = [
    { ...entry, deliveries: [delivery("2026-01-02T00:00:00.000Z"), delivery("2026-01-03T00:00:00.000Z")] },
    { pk: "history#push#acme#bucket/out", path: "a", deliveries: [delivery("2026-01-01T12:00:00.000Z")] },
    { ...entry, stream: "globex", deliveries: [delivery("2026-01-01T12:00:00.000Z")] },
    {
      ...entry,
      path: "old",
      state: "failed",
      known_at: "2025-01-01T00:00:00Z",
      last_error: { at: "2025-01-02", message: "no" },
    },
    { ...entry, path: "later", state: "pending", known_at: "2026-01-03T12:00:00Z" },
    { ...entry, path: "gone", state: "gone" },
    { kind: "fact", stream: "acme", at: 1 },
    { ...entry, path: 5, deliveries: "damaged", state: "pending" },
    { ...entry, path: "damaged", deliveries: [null, 5, { at: "never" }] },
  ];
  const rows = cells(await report(pages(items), { stream: "acme", from: begin, to: begin + 2 * day })).map(
    ([of, , path, state, , at]) => [of, path, state, at],
  );
  t.deepEqual(rows.slice(1), [
    ["acme", "old", "failed", ""],
    ["acme", "a", "delivered", "2026-01-01T12:00:00.000Z"],
    ["acme", "a", "delivered", "2026-01-02T00:00:00.000Z"],
  ]);
});

test("the command line: the last day, a day, a time, and what is no time", (t) => {
  const now = begin + 10 * day;
  const read = (...args: string[]) => readReportArguments(["--function", "f", ...args], {}, now).span;
  t.deepEqual(read(), { stream: undefined, from: now - day, to: now });
  t.deepEqual(read("--stream", "acme", "--from", "2026-01-03"), {
    stream: "acme",
    from: begin + 2 * day,
    to: begin + 3 * day,
  });
  t.deepEqual(read("--from", "2026-01-01T06:00:00+06:00", "--to", "2026-01-02"), {
    stream: undefined,
    from: begin,
    to: begin + day,
  });
  for (const args of [
    ["--from", "yesterday"],
    ["--from", "2026-01-03", "--to", "2026-01-03"],
    ["--to", "2026-13-01"],
    ["--until", "x"],
  ])
    t.throws(() => read(...args), { instanceOf: UsageError });
  t.throws(() => readReportArguments([], {}, now), { message: /BRIDGE_FUNCTION/ });
});
