import test from "ava";
import { assertFits, partSizeFor } from "../../../lambda/src/pull/begin-upload.ts";
import type { CopyTask } from "../../../lambda/src/pull/copy-task.ts";
import { sizesFor } from "../../../lambda/src/transfer/sizes.ts";

const mebibyte = 1024 ** 2;
const taskOf = (size: number, memory: number | undefined, partSize?: number): CopyTask =>
  ({
    entry: { stream: "acme", source_location: "outbox/f", progress: partSize && { part_size: partSize } },
    reader: { size },
    context: { sizes: sizesFor(memory) },
  }) as unknown as CopyTask;
const refuses = (size: number, memory: number | undefined, partSize?: number) => () =>
  assertFits(taskOf(size, memory, partSize));

test("a part is never more than an eighth of the function's memory; a file that would need larger ones is refused with the remedy", (t) => {
  for (const memory of [256, 512, 1024, 10_240]) {
    const most = 9_000 * (memory / 8) * mebibyte;
    t.notThrows(refuses(most, memory));
    t.true(partSizeFor(most, 5 * mebibyte) <= (memory / 8) * mebibyte);
    t.throws(refuses(most + mebibyte, memory), { name: "RefusedError", message: /raise memory_size/ });
  }
  t.throws(refuses(4 * 1024 ** 4, undefined), { message: /4\.0 TiB\).*a file may have 562\.5 GiB/ });
});

test("what S3 can't hold is refused whatever the memory", (t) => {
  t.throws(refuses(10_000 * 5 * 1024 * mebibyte + 1, 10_240), { message: /48\.8 TiB/ });
  t.throws(refuses(Number.MAX_SAFE_INTEGER, 10_240), { message: /48\.8 TiB/ });
  t.throws(refuses(2 ** 64, 512), { message: /48\.8 TiB/ });
});

test("an upload of an earlier version with larger parts doesn't go on", (t) => {
  t.throws(refuses(10 * mebibyte, 512, 466 * mebibyte), { name: "RefusedError" });
});
