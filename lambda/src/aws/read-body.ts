/** Bodies that are read as a whole: the SDK repeats a request until an answer begins, and no further. */
import type { Place } from "./bucket-requests.ts";
import type { Head, QuickS3 } from "./s3.ts";

const attempts = 3;
const broken = new Set(["ETIMEDOUT", "ECONNRESET", "EPIPE"]);

/** Whether an answer broke off in its middle: silence, or a connection that was cut. */
const isBroken = (error: unknown): boolean => broken.has(String((error as { code?: unknown } | undefined)?.code));

/** What `read` makes of an answer; where the answer breaks off it is asked for again, three times in all. Throws the last error. */
export const readBody = async <A, T>(send: () => Promise<A>, read: (answer: A) => Promise<T>): Promise<T> => {
  for (let turn = 1; ; turn++) {
    const answer = await send();
    try {
      return await read(answer);
    } catch (error) {
      if (turn === attempts || !isBroken(error)) throw error;
    }
  }
};

/** Of an object that is small, as far as anybody knows. Bytes. */
const likely = 4_096;

/** An object without the SDK; undefined wherever that has no sure answer, or more than `most` bytes: then it is asked, and says why. */
export const readQuickly = async (
  quick: Pick<QuickS3, "get"> | undefined,
  place: Place,
  most = Number.POSITIVE_INFINITY,
): Promise<{ readonly head: Head; readonly bytes: Buffer } | undefined> => {
  try {
    const { signal } = new AbortController();
    const found = await quick?.get(place, { offset: 0, expected: likely, signal });
    if (found === undefined || found === "missing") return undefined;
    const chunks: Uint8Array[] = [];
    let size = 0;
    for await (const chunk of found.body) {
      size += chunk.byteLength;
      if (size > most) {
        found.discard();
        return undefined;
      }
      // A chunk is valid until the next one is asked for.
      chunks.push(Uint8Array.from(chunk));
    }
    return { head: found.head, bytes: Buffer.concat(chunks) };
  } catch {
    return undefined;
  }
};
