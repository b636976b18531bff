/** Bodies that are read as a whole: the SDK repeats a request until an answer begins, and no further. */

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
