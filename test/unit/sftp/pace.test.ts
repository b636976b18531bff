import test from "ava";
import { createPace, pacedReader, pacedWriter, paceOf } from "../../../lambda/src/sftp/pace.ts";
import type { RemoteReader, RemoteWriter } from "../../../lambda/src/sftp/remote.ts";

const clock = () => {
  const time = { now: 5_000 };
  const wait = async (milliseconds: number) => {
    time.now += milliseconds;
  };
  return { time, now: () => time.now, wait };
};
const { signal: open } = new AbortController();

test("what is taken keeps within the rate, whoever takes it, and a pause isn't made up for", async (t) => {
  const { time, now, wait } = clock();
  const pace = createPace(1_000, now, wait);
  for (let n = 0; n < 10; n++) await pace.take(500, open);
  t.is(time.now, 5_000 + 4_500);
  time.now += 60_000;
  const began = time.now;
  for (let n = 0; n < 3; n++) await pace.take(1_000, open);
  t.is(time.now, began + 2_000);
});

test("a lost connection isn't waited for", async (t) => {
  const { time, now, wait } = clock();
  const lost = new AbortController();
  const pace = createPace(1, now, async (milliseconds) => {
    await wait(milliseconds);
    lost.abort();
  });
  await pace.take(1_000, lost.signal);
  await pace.take(1, lost.signal);
  t.true(time.now < 6_000);
});

test("connections of one partner share a pace, and other partners have their own", (t) => {
  t.is(paceOf("us@a:22", 100_000), paceOf("us@a:22", 100_000));
  t.not(paceOf("us@a:22", 100_000), paceOf("us@b:22", 100_000));
});

test("reader and writer are what they were, at this pace", async (t) => {
  const { time, now, wait } = clock();
  const pace = createPace(10, now, wait);
  const written: number[] = [];
  let acknowledged = 0;
  const writer = pacedWriter(
    {
      get acknowledged() {
        return acknowledged;
      },
      write: async (chunk: Uint8Array) => {
        written.push(chunk.byteLength);
        acknowledged += chunk.byteLength;
      },
      flush: async () => {},
      close: async () => {},
    } as RemoteWriter,
    pace,
    open,
  );
  await writer.write(Buffer.alloc(10));
  await writer.write(Buffer.alloc(10));
  t.is(writer.acknowledged, 20);
  t.deepEqual(written, [10, 10]);
  const reader = pacedReader(
    {
      size: 20,
      async *chunks(offset: number) {
        for (let at = offset; at < 20; at += 10) yield Buffer.alloc(10);
      },
    } as unknown as RemoteReader,
    pace,
    open,
  );
  t.is(reader.size, 20);
  for await (const chunk of reader.chunks(0)) t.is(chunk.byteLength, 10);
  t.is(time.now, 5_000 + 3_000);
});
