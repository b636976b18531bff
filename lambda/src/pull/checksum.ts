/** What a partner's marker says of the content of a file (`pull.ready.checksum`). */
import type { PullReady } from "../config/types.ts";
import type { Entry } from "../journal/entry.ts";
import { RefusedError, VerificationError } from "../transfer/errors.ts";
import { besideOf, nameOf } from "../transfer/paths.ts";
import type { PullContext } from "./context.ts";
import { markerNameOf } from "./pair.ts";

/** A sum as the marker has it. */
export interface Expected {
  readonly algorithm: "md5" | "sha256";
  /** Hexadecimal, in small letters. */
  readonly sum: string;
  /** The marker's path. */
  readonly marker: string;
}

/** Bytes of the largest marker that is read: a directory's may name all of its files. */
const maxMarker = 4 * 1024 * 1024;

const digits = { md5: 32, sha256: 64 } as const;

/** Where the marker of a pulled file lies. */
export const markerPathOf = (location: string, ready: PullReady): string =>
  besideOf(location, markerNameOf(ready, nameOf(location)));

/**
 * The sum of a file in a marker's text: a line of md5sum (`sum  name`) or of BSD's (`MD5 (name) = sum`), or, where the marker is this
 * file's alone, the only sum there is. Undefined if there is none.
 */
export const sumIn = (
  text: string,
  name: string,
  { algorithm, isOwn }: { readonly algorithm: "md5" | "sha256"; readonly isOwn: boolean },
): string | undefined => {
  const sum = `[0-9a-fA-F]{${digits[algorithm]}}`;
  const lines = text.split(/\r?\n/).map((line) => line.trim());
  for (const line of lines) {
    const [, first, behind] = new RegExp(`^\\\\?(${sum})\\s+\\*?(.+)$`).exec(line) ?? [];
    const [, before, last] = new RegExp(`^[A-Za-z0-9-]+ ?\\((.+)\\) ?= ?(${sum})$`).exec(line) ?? [];
    const path = behind ?? before;
    if (path !== undefined && nameOf(path.replaceAll("\\", "/")) === name) return (first ?? last)?.toLowerCase();
  }
  if (!isOwn) return undefined;
  const all = new Set(text.match(new RegExp(`(?<![0-9a-fA-F])${sum}(?![0-9a-fA-F])`, "g")) ?? []);
  return all.size === 1 ? [...all][0]?.toLowerCase() : undefined;
};

const read = async (path: string, { remote, signal }: PullContext): Promise<string | undefined> => {
  const reader = await remote.openRead(path);
  if (!reader) return undefined;
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  try {
    for await (const chunk of reader.chunks(0)) {
      signal.throwIfAborted();
      bytes += chunk.byteLength;
      if (bytes > maxMarker)
        throw new RefusedError(`the marker ${path} has more than ${maxMarker} bytes, which no list of sums needs`);
      chunks.push(Uint8Array.from(chunk));
    }
  } finally {
    void reader.close().catch(() => {});
  }
  return Buffer.concat(chunks)
    .toString("utf8")
    .replace(/^\uFEFF/, "");
};

/** What the marker says of a file that is about to be read; undefined where nothing is compared. Throws VerificationError where it says nothing. */
export const expectedOf = async (entry: Entry, context: PullContext): Promise<Expected | undefined> => {
  const { ready } = context.pull;
  if (!ready || ready.checksum === "none" || entry.marker_of || entry.replay) return undefined;
  const location = entry.source_location;
  const marker = markerPathOf(location, ready);
  const text = await read(marker, context);
  const algorithm = ready.checksum;
  const sum =
    text === undefined ? undefined : sumIn(text, nameOf(location), { algorithm, isOwn: ready.scope === "file" });
  if (sum !== undefined) return { algorithm, sum, marker };
  throw new VerificationError(
    `Stream ${entry.stream}: ${location} can't be compared: its marker ${marker} ${text === undefined ? "is gone" : `has no ${algorithm} of it`}. The file stays at the partner; have it write the marker again, with ${digits[algorithm]} hexadecimal digits, or set pull.ready.checksum = "none", and damaged files aren't noticed`,
  );
};

/** Throws VerificationError unless what was read is what the marker says. Nothing of it is in S3 by then. */
export const assertSum = (entry: Entry, expected: Expected | undefined, found: string | undefined): void => {
  if (!expected || expected.sum === found) return;
  throw new VerificationError(
    `Stream ${entry.stream}: ${entry.source_location} isn't what its marker ${expected.marker} says: ${expected.algorithm} ${found}, not ${expected.sum}. It isn't put into S3, and is read again; have the partner send file and marker again`,
  );
};
