/** `sftp.max_bytes_per_second`: all that one function reads from a partner and writes to it, over however many connections. */
import { setTimeout as sleep } from "node:timers/promises";
import type { RemoteReader, RemoteWriter } from "./remote.ts";

export interface Pace {
  /** Waits until so many more bytes keep within the rate, or the connection is lost. */
  take(bytes: number, lost: AbortSignal): Promise<void>;
}

/** Milliseconds after which it is looked whether the connection is still there. */
const longestSleep = 500;

/** `now` and `wait` in milliseconds. */
export const createPace = (
  bytesPerSecond: number,
  now: () => number = () => performance.now(),
  wait: (milliseconds: number) => Promise<unknown> = sleep,
): Pace => {
  /** When what was taken so far has been paid for. */
  let paid = 0;
  return {
    async take(bytes, lost) {
      // What wasn't used earlier isn't made up for.
      const begin = Math.max(paid, now());
      paid = begin + (bytes * 1000) / bytesPerSecond;
      for (let left = begin - now(); left > 0 && !lost.aborted; left = begin - now())
        await wait(Math.min(left, longestSleep));
    },
  };
};

const paces = new Map<string, Pace>();

/** The pace of a partner, which all of its connections share. */
export const paceOf = (partner: string, bytesPerSecond: number): Pace => {
  const key = `${bytesPerSecond} ${partner}`;
  const pace = paces.get(key) ?? createPace(bytesPerSecond);
  paces.set(key, pace);
  return pace;
};

/** The reader at this pace; what it reads ahead is bounded by its window. */
export const pacedReader = (reader: RemoteReader, pace: Pace, lost: AbortSignal): RemoteReader =>
  Object.create(reader, {
    chunks: {
      async *value(...given: Parameters<RemoteReader["chunks"]>) {
        for await (const chunk of reader.chunks(...given)) {
          await pace.take(chunk.byteLength, lost);
          yield chunk;
        }
      },
    },
  });

/** The writer at this pace. */
export const pacedWriter = (writer: RemoteWriter, pace: Pace, lost: AbortSignal): RemoteWriter =>
  Object.create(writer, {
    write: {
      async value(chunk: Uint8Array) {
        await pace.take(chunk.byteLength, lost);
        await writer.write(chunk);
      },
    },
  });
