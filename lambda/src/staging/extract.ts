/** `pull.extract`: the one file that a gzip or zstd file holds, within limits. */
import { pipeline } from "node:stream/promises";
import { createGunzip, createZstdDecompress } from "node:zlib";
import type { PullExtract } from "../config/types.ts";
import { UnfitError } from "../transfer/errors.ts";
import { createBounds, unfitOf } from "./bounds.ts";
import { copies, type Hop, lookAhead, watched } from "./transform.ts";

const mebibyte = 1024 * 1024;

/** Those that hold one file each; what holds many is in ./archive. */
type Format = "gzip" | "zstd";

/** What such a file begins with: https://www.rfc-editor.org/rfc/rfc1952#page-5 and https://www.rfc-editor.org/rfc/rfc8878#section-3.1.1 */
const beginnings: Readonly<Record<Format, Buffer>> = {
  gzip: Buffer.from([0x1f, 0x8b]),
  zstd: Buffer.from([0x28, 0xb5, 0x2f, 0xfd]),
};
const longest = 4;

const unpackers = { gzip: () => createGunzip(), zstd: () => createZstdDecompress() } as const;

/** Of what is read. */
const paces: Readonly<Record<Format, number>> = { gzip: 8 * mebibyte, zstd: 8 * mebibyte };

const furtherFrame =
  "has further bytes behind its first zstd frame, which aren't read. Have the partner make one frame of it (zstd, and not pzstd or several files put together)";

/** It says that it is at its end, and there is more. */
const isEarly = (error: unknown): boolean =>
  ["ERR_STREAM_PREMATURE_CLOSE", "ZSTD_error_prefix_unknown"].includes((error as NodeJS.ErrnoException).code ?? "");

/** The bytes of the file inside. Throws UnfitError for what is none, is damaged, or becomes too much; and what `source` throws. */
const extracted = (what: string, format: Format, extract: PullExtract): Hop["transform"] =>
  async function* (source, signal) {
    const unfit = unfitOf(what);
    const { seen, chunks } = watched(source);
    const { beginning, all } = await lookAhead(chunks, longest);
    if (!beginning.subarray(0, beginnings[format].byteLength).equals(beginnings[format]))
      throw unfit(
        `isn't ${format} (pull.extract): it begins with ${beginning.byteLength === 0 ? "nothing" : beginning.subarray(0, longest).toString("hex")}. Have the partner send what its name says`,
      );
    const unpacker = unpackers[format]();
    const fed = pipeline(copies(all()), unpacker, { signal });
    // Whoever reads gets the error first.
    fed.catch(() => {});
    const bounds = createBounds({ ...extract, field: "pull.extract", unfit });
    try {
      for await (const chunk of unpacker as AsyncIterable<Buffer>) {
        bounds.grow(chunk.byteLength, seen.bytes);
        yield chunk;
      }
      await fed;
    } catch (error) {
      signal.throwIfAborted();
      if (seen.failure !== undefined) throw seen.failure.reason;
      if (error instanceof UnfitError) throw error;
      if (format === "zstd" && isEarly(error)) throw unfit(furtherFrame, { cause: error });
      const why = error instanceof Error ? error.message : String(error);
      throw unfit(`can't be extracted: its ${format} is cut off or damaged (${why}). Have the partner send it again`, {
        cause: error,
      });
    }
    // Node's zstd ends with the first frame where the next one begins in the same chunk, and may say nothing of what it drops.
    if (format === "zstd" && unpacker.bytesWritten !== seen.bytes) throw unfit(furtherFrame);
  };

export const extractWith = (what: string, format: Format, extract: PullExtract): Hop => ({
  name: "extract",
  pace: paces[format],
  transform: extracted(what, format, extract),
});
