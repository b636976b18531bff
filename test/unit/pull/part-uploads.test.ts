import test from "ava";
import { crc64Sum, type Sum, sha256Sum } from "../../../lambda/src/aws/checksum.ts";
import { createBudget } from "../../../lambda/src/concurrency/budget.ts";
import type { PullContext } from "../../../lambda/src/pull/context.ts";
import { partBuffers } from "../../../lambda/src/pull/part-buffers.ts";
import { createPartUploads } from "../../../lambda/src/pull/part-uploads.ts";

const partSize = 8;
const begun = { uploadId: "u", hasher: undefined, partSize, parts: [], offset: 0 };

const uploading = (sums: "crc64nvme" | "sha256") => {
  const memory = createBudget(4 * partSize);
  const sent: { readonly number: number; readonly body: string; readonly sum: Sum }[] = [];
  const objects = {
    uploadPart: async (_place: unknown, _id: string, number: number, body: Buffer, sum: Sum) => {
      sent.push({ number, body: body.toString(), sum });
      return { number, etag: "e", size: body.byteLength, sum };
    },
  };
  const context = { objects, memory, signal: new AbortController().signal } as unknown as PullContext;
  const uploads = createPartUploads({ ...begun, sums } as never, { bucket: "b", key: "k" }, context);
  return { memory, sent, uploads };
};
const filled = async () => {};

for (const [sums, sumOf] of [
  ["crc64nvme", crc64Sum],
  ["sha256", sha256Sum],
] as const)
  test(`each part has its own ${sums}, however the bytes come`, async (t) => {
    const { sent, uploads } = uploading(sums);
    for (const chunk of ["012", "3456789abcdefgh", "i"]) await uploads.add(Buffer.from(chunk), filled);
    await uploads.finish();
    t.deepEqual(
      sent,
      ["01234567", "89abcdef", "ghi"].map((body, index) => ({
        number: index + 1,
        body,
        sum: sumOf(Buffer.from(body)),
      })),
    );
    const empty = uploading(sums);
    await empty.uploads.finish();
    t.deepEqual(empty.sent, [{ number: 1, body: "", sum: sumOf(Buffer.alloc(0)) }]);
  });

test("a part whose memory has other bytes by the time it is sent has the checksum of those that were read", async (t) => {
  const { memory, sent, uploads } = uploading("crc64nvme");
  const used = Buffer.alloc(partSize);
  partBuffers(memory, partSize).putBack(used);
  await uploads.add(Buffer.from("0123"), filled);
  t.is(used.toString("latin1", 0, 4), "0123");
  used.write("x");
  await uploads.add(Buffer.from("4567"), filled);
  await uploads.finish();
  t.deepEqual(sent, [{ number: 1, body: "x1234567", sum: crc64Sum(Buffer.from("01234567")) }]);
});

test("the memory of a file's last part, which doesn't fill it, is lent to the next file, and so is that of a part given up", async (t) => {
  const { memory, sent, uploads } = uploading("crc64nvme");
  const used = Buffer.alloc(partSize);
  const { putBack, take } = partBuffers(memory, partSize);
  putBack(used);
  await uploads.add(Buffer.from("012"), filled);
  await uploads.finish();
  t.deepEqual(
    sent.map(({ body }) => body),
    ["012"],
  );
  t.is(take(), used);
  t.is(memory.taken, 0);

  const other = uploading("crc64nvme");
  const given = partBuffers(other.memory, partSize);
  given.putBack(used);
  await other.uploads.add(Buffer.from("012"), filled);
  await other.uploads.stop();
  t.is(given.take(), used);
  t.is(other.memory.taken, 0);
});
