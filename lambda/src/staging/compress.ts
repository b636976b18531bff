/** `push.compress`: one gzip member or zstd frame, the same for the same bytes. */
import { pipeline } from "node:stream/promises";
import { createGzip, createZstdCompress } from "node:zlib";
import { type Compression, copies, type Hop, type Transform } from "./transform.ts";

const through = (make: () => ReturnType<typeof createGzip | typeof createZstdCompress>): Transform =>
  async function* compressed(source, signal) {
    const zip = make();
    const fed = pipeline(copies(source), zip, { signal, end: true });
    // Whoever reads gets the error first.
    fed.catch(() => {});
    for await (const chunk of zip) yield chunk as Buffer;
    await fed;
  };

const mebibyte = 1024 * 1024;

/** Throws what `source` throws. */
export const compressWith = (kind: Exclude<Compression, "zip">): Hop =>
  kind === "gzip"
    ? { name: "gzip", pace: 12 * mebibyte, transform: through(() => createGzip()) }
    : { name: "zstd", pace: 48 * mebibyte, transform: through(() => createZstdCompress()) };
