import test from "ava";
import { createBudget } from "../../../lambda/src/concurrency/budget.ts";
import { copyFile } from "../../../lambda/src/pull/copy.ts";
import type { CopyTask } from "../../../lambda/src/pull/copy-task.ts";
import { partBuffers } from "../../../lambda/src/pull/part-buffers.ts";

const part = 64 * 1024;

test("a file that is put as one piece isn't in memory beside all that parts have left", async (t) => {
  const memory = createBudget(3 * part);
  const parts = partBuffers(memory, part);
  const spare = Array.from({ length: 3 }, parts.take);
  for (const buffer of spare) parts.putBack(buffer);
  let left = Number.NaN;
  const task = {
    entry: { stream: "s" },
    reader: {
      size: part,
      async *chunks() {
        yield Buffer.alloc(part, 7);
      },
    },
    place: { bucket: "b", key: "k" },
    metadata: {},
    context: {
      memory,
      sizes: { part },
      signal: new AbortController().signal,
      lease: { remaining: () => 60_000 },
      pull: {},
      objects: {
        put: async () => {
          left = spare.filter(({ byteLength }) => byteLength > 0).length;
        },
      },
    },
    unchanged: async () => {},
  } as unknown as CopyTask;
  t.like(await copyFile(task), { bytes: part });
  t.is(left, 3, "one more than fits is kept");
  await memory.take(part);
  await copyFile(task);
  t.is(left, 2);
});
