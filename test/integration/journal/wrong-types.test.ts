/** Items of the journal with a field of any wrong kind: none of them ends a run, and none keeps another file waiting. */
import test from "ava";
import { dispatch } from "../../../lambda/src/dispatch.ts";
import type { Item } from "../../../lambda/src/journal/table.ts";
import { place } from "../../helpers/memory-remote.ts";
import { pull, push, stream } from "../../helpers/streams.ts";
import { createWorld } from "../../helpers/world.ts";

const wrong: readonly unknown[] = [null, undefined, "x", -1, ["x"], { x: {} }];
const show = (value: unknown) => JSON.stringify(value) ?? "undefined";
const minute = 60_000;

/** All that is asked of a journal, one after the other. */
const actions: readonly Record<string, unknown>[] = [
  { action: "tick" },
  { action: "poll", streams: ["acme"] },
  { action: "status" },
  { action: "list", stream: "acme" },
  { action: "history", stream: "acme" },
  { action: "history", stream: "acme", path: "bad" },
  { action: "reconcile", stream: "acme", dry_run: true },
  { action: "redrive", stream: "acme" },
  { action: "tick" },
];

/** A bridge with a push and a pull that know of two files each, one of them delivered. */
const filled = async () => {
  const world = createWorld(stream({ push, pull }));
  place(world.disk, "outbox/bad", "from the partner", 1_700_000_000);
  await dispatch(world.bridge().invocation, { action: "tick" });
  for (const name of ["bad", "given up"]) await world.bridge().intake(world.put("bucket", `out/${name}`, name));
  await dispatch(world.bridge().invocation, { action: "poll", streams: ["acme"] });
  return world;
};

const kinds = async (): Promise<Map<string, { id: string; item: Item }>> => {
  const world = await filled();
  const found = new Map<string, { id: string; item: Item }>();
  for (const [id, item] of world.items) found.set(`${item["pk"]}/${item["sk"]}`, { id, item });
  return found;
};

const all = await kinds();
for (const [name, { id, item }] of all)
  test(`a field of any wrong kind in ${name.slice(0, 60)}`, async (t) => {
    for (const field of Object.keys(item).filter((one) => one !== "pk" && one !== "sk" && one !== "rev"))
      for (const value of wrong) {
        const world = await filled();
        world.items.set(id, { ...(world.items.get(id) ?? item), [field]: value } as unknown as Item);
        const what = `${field} = ${show(value)}`;
        for (const event of actions) {
          world.time.now += 2 * minute;
          await t.notThrowsAsync(dispatch(world.bridge().invocation, event), `${what}: ${show(event)}`);
        }
        await world.bridge().intake(world.put("bucket", "out/good", "good"));
        await t.notThrowsAsync(world.bridge().drainAll(), what);
        if (world.disk.files.get("inbox/good")?.bytes.toString() !== "good") t.fail(`${what}: another file waits`);
      }
  });
