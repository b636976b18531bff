/**
 * Servers that end the connection, or say nothing any more, at a READ or WRITE for its size, or at a READ across a file's end. One that
 * ends before any such request was answered may have been cut by chance: so the next connections try harmless requests first, and the
 * others one by one. What ends a connection on which a harmless one was answered is learned.
 */
import type { Ability } from "../config/server-traits.ts";
import { keptBy } from "../kept-by.ts";
import type { Traits } from "../traits/traits.ts";
import { isRefusal } from "./errors.ts";

/** Requests of so many bytes are borne by every server; of one that says that it takes less, that isn't believed. */
export const leastBytes = 4096;

type Deed = "read" | "write";

export interface Requested {
  readonly deed: Deed;
  readonly bytes: number;
  /** Is it known to begin before the file's end, and to end behind it? */
  readonly isAcross?: boolean;
  /** The most that such a request may carry, as far as is known. Bytes. */
  readonly most: number;
}

export interface Trial {
  /** What has to go before a request of so many bytes, with nothing else of its file in flight; undefined where it may be sent. */
  next(deed: Deed, bytes: number): "small" | "large" | undefined;
  /** Does a READ across the end come by itself, after all others of its file? `later`: in another file, as none was answered yet. */
  readonly endIsTried: "now" | "later" | undefined;
  /** Sends one; of those that are being tried, one at a time. */
  ask<T>(requested: Requested, send: () => Promise<T>): Promise<T>;
  /** The server has ended the connection, or has no answer. Is what waits for one under suspicion? */
  lost(why: string): boolean;
}

/** What was answered in this run, over whichever connection. */
interface Answered {
  /** The largest of each. Bytes. */
  readonly largest: { [D in Deed]: number };
  across: boolean;
}
const answeredOf = keptBy<Traits, Answered>(() => ({
  largest: { read: leastBytes, write: leastBytes },
  across: false,
}));

const boldness = { read: "bold_reads", write: "bold_writes" } as const satisfies { readonly [D in Deed]: Ability };

/** Watches over one connection's READs and WRITEs. */
export const createTrial = (traits: Traits): Trial => {
  const answered = answeredOf(traits);
  const waiting = new Set<Requested>();
  /** Deeds of which a harmless request was answered on this connection. */
  const harmless = new Set<Deed>();
  let trying: Promise<unknown> | undefined;

  const isOn = (deed: Deed) => traits.can(boldness[deed]) === false;
  const isOpen = (ability: Ability) => traits.can(ability) !== false && !traits.isGiven(ability);
  const isTooLarge = ({ deed, bytes }: Pick<Requested, "deed" | "bytes">) =>
    bytes > answered.largest[deed] && isOpen("large_requests");
  const isEndOpen = () => !answered.across && isOpen("reads_past_end");
  const isPastEnd = ({ isAcross }: Requested) => isAcross === true && isEndOpen();
  /** What may be more than the server bears. */
  const suspectsOf = (requested: Requested): Ability[] => [
    ...(isTooLarge(requested) ? ["large_requests" as const] : []),
    ...(isPastEnd(requested) ? ["reads_past_end" as const] : []),
  ];

  const isHarmless = ({ bytes, isAcross }: Requested) => bytes <= leastBytes && isAcross !== true;

  const noteAnswer = (requested: Requested) => {
    const { deed, bytes, isAcross = false, most } = requested;
    if (isHarmless(requested)) harmless.add(deed);
    answered.largest[deed] = Math.max(answered.largest[deed], bytes);
    answered.across ||= isAcross;
    if (!isOn(deed) || answered.largest[deed] < most || (deed === "read" && isEndOpen())) return;
    traits.learn(boldness[deed], true, `a ${deed} of ${bytes} bytes was answered, after a connection that had ended`);
  };

  const send = async <T>(requested: Requested, request: () => Promise<T>): Promise<T> => {
    waiting.add(requested);
    try {
      const answer = await request();
      noteAnswer(requested);
      return answer;
    } catch (error) {
      if (isRefusal(error)) noteAnswer(requested);
      throw error;
    } finally {
      waiting.delete(requested);
    }
  };

  return {
    next(deed, bytes) {
      if (!isOn(deed) || !isTooLarge({ deed, bytes })) return undefined;
      return harmless.has(deed) ? "large" : "small";
    },
    get endIsTried() {
      if (!isOn("read") || !isEndOpen()) return undefined;
      return harmless.has("read") ? "now" : "later";
    },
    async ask(requested, request) {
      const isSuspect = isTooLarge(requested) || isPastEnd(requested);
      const isOnTrial = isOn(requested.deed);
      // Nearly all of a file's: their answers tell nothing new.
      if (!isSuspect && !isOnTrial && !isHarmless(requested)) return await request();
      if (!isSuspect || !isOnTrial) return await send(requested, request);
      while (trying !== undefined) await trying;
      const sent = send(requested, request);
      trying = sent
        .catch(() => {})
        .finally(() => {
          trying = undefined;
        });
      return await sent;
    },
    lost(why) {
      const all = [...waiting]
        .map((one) => ({ ...one, suspects: suspectsOf(one) }))
        .filter(({ suspects }) => suspects.length > 0);
      const [first] = all;
      if (first === undefined) return false;
      const [suspect, other] = first.suspects;
      const words = ({ deed, bytes, isAcross }: Requested) =>
        `a ${deed} of ${bytes} bytes${isAcross ? " across the file's end" : ""}`;
      if (
        isOn(first.deed) &&
        harmless.has(first.deed) &&
        all.length === 1 &&
        suspect !== undefined &&
        other === undefined
      )
        traits.learn(
          suspect,
          false,
          `the connection ended at ${words(first)}, again, while a harmless one was answered: ${why}`,
        );
      for (const one of all)
        if (!isOn(one.deed))
          traits.learn(
            boldness[one.deed],
            false,
            `the connection ended at ${words(one)}, before any was answered: ${why}`,
          );
      return true;
    },
  };
};
