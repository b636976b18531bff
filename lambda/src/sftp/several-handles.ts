/** Whether one file may be written through several handles, and the proof where nobody knows. */

import type { Traits } from "../traits/traits.ts";
import { openFlags } from "./channel.ts";
import type { ChannelPlace } from "./channels.ts";
import type { Connection } from "./connection.ts";
import { isRefusal } from "./errors.ts";
import { sees, type Witness } from "./proof.ts";
import type { Doubt, WriteOptions } from "./remote.ts";

export interface SeveralHandles {
  /** False: this file gets one. */
  readonly allowed: boolean;
  /** Opens the file once more; undefined where it is not seen to be the same file. */
  open(place: ChannelPlace): Promise<Buffer | undefined>;
  /** A piece goes out, through the first handle or through a further one. */
  wrote(piece: Buffer, isFirst: boolean): void;
  /** The connection was lost while it was being tried. */
  lost(): void;
  /** Why the content has to be compared once the file is whole. */
  readonly doubt: Doubt | undefined;
  /** The file is whole, or given up. */
  end(): void;
}

/** Largest file that is compared by content for the sake of a proof. Bytes. */
export const maxReadBack = 1024 ** 3;

/** Servers where one file is just trying several handles: the others wait for what comes of it, with one handle each. */
const proving = new WeakSet<Traits>();

/** Looked at of a piece: its end. Bytes. */
const lookedAt = 4096;

/**
 * Why the content has to be compared, and what it proves if it is right: nothing of a handle that the file could do without, since
 * not a byte was written through it, or only zeros, as a hole is read.
 */
const createDoubt = (doubt: Doubt | undefined) => {
  let told = doubt;
  const wrote = { resumes: false, several_handles: false };
  return {
    wrote(piece: Buffer, isFirst: boolean) {
      const ability = isFirst ? "resumes" : "several_handles";
      wrote[ability] ||= piece.subarray(-lookedAt).some((byte) => byte !== 0);
    },
    /** What gave rise to doubt before stands. */
    add(further: Doubt) {
      told ??= further;
    },
    replace(other: Doubt) {
      told = other;
    },
    get now(): Doubt | undefined {
      if (told?.proves === undefined || wrote[told.proves]) return told;
      return { reason: told.reason };
    },
  };
};

const oneHandle = (doubt: ReturnType<typeof createDoubt>): SeveralHandles => ({
  allowed: false,
  open: async () => undefined,
  wrote: doubt.wrote,
  lost: () => {},
  get doubt() {
    return doubt.now;
  },
  end: () => {},
});

/**
 * A second handle writes only after it was seen to be one of the same file; and the first time on a server that isn't known
 * for it, the whole content is compared as well before anybody sees the file. A file under its final name isn't tried with.
 */
export const severalHandles = (
  connection: Connection,
  path: string,
  { mode, care, offset = 0, size = 0 }: WriteOptions,
  witness: Witness,
): SeveralHandles => {
  const { traits, fileHandles, maxHandles } = connection;
  const doubt = createDoubt(
    mode === "resume" && !fileHandles && traits.can("resumes") !== true
      ? { reason: "the upload went on through another handle", proves: "resumes" }
      : undefined,
  );
  // Sent before a second handle could pay: it neither keeps a witness nor takes a large file's place at the proof.
  if (size > 0 && size - offset < connection.limits.spreadBytes) return oneHandle(doubt);
  const isSure = fileHandles || traits.isGiven("several_handles");
  const isProven = traits.can("several_handles");
  if (care !== undefined || maxHandles < 2 || isProven === false || (mode === "replace" && !isSure))
    return oneHandle(doubt);
  const first = !isSure && isProven === undefined;
  // What can't be read back in reasonable time isn't what to try it with.
  if (first && size > maxReadBack) return oneHandle(doubt);
  if (first && proving.has(traits)) return oneHandle(doubt);
  if (first) proving.add(traits);
  let tried = false;

  const failed = (why: string) => {
    doubt.replace({ reason: `${why}, although it was open for reading and writing` });
    traits.learn("several_handles", false, why);
    return undefined;
  };

  const prove = async ({ channel }: ChannelPlace, handle: Buffer): Promise<boolean> => {
    tried = true;
    try {
      for (const look of [witness.next, witness.earlier]) {
        const sample = await look();
        if (sample === undefined) {
          // Where it is known to work, that is nothing unusual.
          if (first)
            doubt.add({
              reason: "the file was opened a second time, and ended before anything could be seen through that handle",
            });
          return false;
        }
        if (await sees(channel, handle, path, sample)) continue;
        failed("what the first handle wrote isn't seen through a second one");
        return false;
      }
    } catch (error) {
      if (!isRefusal(error)) return false;
      failed(`what the first handle wrote can't be read through a second one: ${error.message}`);
      return false;
    }
    return true;
  };

  return {
    allowed: true,
    async open(place) {
      const { channel, connection: own } = place;
      const isKnown = isSure && (own === connection || traits.isGiven("several_handles"));
      if (traits.can("several_handles") === false) return undefined;
      let handle: Buffer;
      try {
        handle = await channel.open("open for writing", path, openFlags.write | (isKnown ? 0 : openFlags.read));
      } catch (error) {
        if (!isSure && isRefusal(error))
          traits.learn(
            "several_handles",
            false,
            `a file can't be opened a second time to read and write: ${error.message}`,
          );
        return undefined;
      }
      if (isKnown) return handle;
      if (await prove(place, handle)) {
        if (first) doubt.add({ reason: "several handles were used for the first time", proves: "several_handles" });
        return handle;
      }
      // Closed for certain before the first one: on some servers the last handle that is closed makes the file.
      await channel.closeHandle(handle, path).catch(() => {});
      return undefined;
    },
    wrote: doubt.wrote,
    lost() {
      if (first && tried) traits.learn("several_handles", false, "the connection was lost while it was tried");
    },
    get doubt() {
      return doubt.now;
    },
    end() {
      if (first) proving.delete(traits);
    },
  };
};
