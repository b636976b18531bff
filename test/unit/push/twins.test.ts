/** What a server makes of names that differ in case only. */
import test from "ava";
import type { DrainDeps } from "../../../lambda/src/drain/deps.ts";
import { push, stream } from "../../helpers/streams.ts";
import { createWorld } from "../../helpers/world.ts";

test("a server that shows a file under each name has said nothing of case", async (t) => {
  const world = createWorld(stream({ push }));
  const bridge = world.bridge();
  await bridge.intake(world.put("bucket", "out/f", "content"));
  const connect: DrainDeps["connect"] = async (...given) => ({
    ...(await bridge.deps.connect(...given)),
    lstat: async () => ({ kind: "file", size: 7, mtime: 1 }),
  });
  await bridge.drainAll({ connect });
  t.is(world.disk.files.get("inbox/f")?.bytes.toString(), "content");
  const learned = [...world.items.values()].filter(({ kind }) => kind === "traits").map((item) => item["learned"]);
  t.deepEqual(
    learned.filter((one) => JSON.stringify(one).includes("letter_case")),
    [],
  );
});
