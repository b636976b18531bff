/** A tar's files, of a plain one or one in gzip (POSIX.1-2001 pax, ustar and GNU, as tar-stream reads them), in one pass. */
import { pipeline } from "node:stream/promises";
import { createGunzip } from "node:zlib";
import { extract, type Header as Known } from "tar-stream";
import { UnfitError } from "../../transfer/errors.ts";
import { shown } from "../../transfer/fill-template.ts";
import { copies } from "../transform.ts";
import type { Member, Unpacking } from "./types.ts";

/** What tar-stream tells beside what its types say. */
interface Header extends Known {
  readonly byteOffset: number;
  readonly pax?: Readonly<Record<string, string>> | null;
}

const block = 512;
const padded = (size: number): number => Math.ceil(size / block) * block;

/** https://pubs.opengroup.org/onlinepubs/9799919799/utilities/pax.html#tag_20_94_13_06: two blocks of zeros end it. */
const ending = 2 * block;

const kinds: Readonly<Record<string, "file" | "directory">> = {
  file: "file",
  "contiguous-file": "file",
  directory: "directory",
};
const oddKinds: Readonly<Record<string, string>> = {
  link: "a hard link",
  symlink: "a symbolic link",
  "character-device": "a device",
  "block-device": "a device",
  fifo: "a pipe",
};

/** Bytes of the tar, as they go by: where the last ones lie that aren't zero. */
const createWatch = () => ({
  bytes: 0,
  /** Behind the last byte that isn't zero. */
  content: 0,
  see(chunk: Buffer): void {
    let last = chunk.byteLength;
    while (last > 0 && chunk[last - 1] === 0) last--;
    if (last > 0) this.content = this.bytes + last;
    this.bytes += chunk.byteLength;
  },
});

/** Whether an entry is a file or a directory; throws where it is anything else. */
const whatIs = (header: Header, unfit: Unpacking["unfit"]): "file" | "directory" => {
  const { name, size = 0, type, pax } = header;
  const odd = oddKinds[type ?? ""];
  if (odd !== undefined)
    throw unfit(`has ${shown(name)} inside, which is ${odd} and no file. Have the partner leave it out`);
  const what = kinds[type ?? ""];
  if (what === undefined || pax?.["GNU.sparse.major"] !== undefined || pax?.["GNU.sparse.map"])
    throw unfit(
      `has ${shown(name)} inside, which is of a kind that isn't supported, such as a sparse file. Have the partner leave it out, or send it as a plain file`,
    );
  if (what === "directory" && size > 0) throw unfit(`has the directory ${shown(name)} inside, which has bytes`);
  return what;
};

/** Hands a tar to who reads it, as there is room; `failed` is told first of what that ended with. Never rejects. */
const feed = async (
  tar: ReturnType<typeof extract>,
  plain: AsyncIterable<Buffer>,
  signal: AbortSignal,
  failed: (reason: unknown) => void,
): Promise<void> => {
  try {
    for await (const chunk of plain) {
      signal.throwIfAborted();
      if (tar.destroyed) return;
      if (!tar.write(chunk)) await drained(tar);
    }
    tar.end(null);
  } catch (error) {
    failed(error);
    tar.destroy(error as Error);
  }
};

export const untar = (isPacked: boolean) =>
  async function* (unpacking: Unpacking): AsyncGenerator<Member> {
    const { packed, ledger, unfit, signal, skip } = unpacking;
    const kind = isPacked ? "tar.gz" : "tar";
    const damaged = (why: string, cause?: unknown) =>
      unfit(`can't be extracted: its ${kind} is cut off or damaged (${why}). Have the partner send it again`, {
        cause,
      });
    let failure: { readonly reason: unknown } | undefined;
    let read = 0;
    const watch = createWatch();
    async function* source(): AsyncGenerator<Uint8Array> {
      try {
        for await (const chunk of copies(packed.from(0))) {
          read += chunk.byteLength;
          yield chunk;
        }
      } catch (reason) {
        failure = { reason };
        throw reason;
      }
    }
    async function* plain(): AsyncGenerator<Buffer> {
      for await (const chunk of isPacked ? gunzipped(source(), signal) : source()) {
        const bytes = Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength);
        ledger.grow(bytes.byteLength, isPacked ? read : packed.size);
        watch.see(bytes);
        yield bytes;
      }
    }

    const tar = extract();
    /** What feeding it ended with, of which an error of tar-stream may be only an echo. */
    let fault: { readonly reason: unknown } | undefined;
    const fed = feed(tar, plain(), signal, (reason) => {
      fault = { reason };
    });
    let seen = 0;
    /** Behind the last file's last block. */
    let end = 0;
    try {
      for await (const entry of tar) {
        const header = entry.header as Header;
        const { name, size = 0 } = header;
        const what = whatIs(header, unfit);
        const path = ledger.enter(name, what);
        end = header.byteOffset + padded(size);
        if (what === "directory") {
          entry.resume();
          continue;
        }
        const content = contentOf(entry as AsyncIterable<Uint8Array>, size, damaged);
        if (seen++ >= skip) {
          const mtime = Math.floor((header.mtime?.getTime() ?? 0) / 1_000) || undefined;
          yield { path, size, mtime, content };
        }
        // Of what nobody has read.
        for await (const _ of content);
        signal.throwIfAborted();
      }
      await fed;
      if (watch.content > end) throw damaged("there are bytes behind its last file");
      if (watch.bytes < end + ending) throw damaged("it has no end");
    } catch (thrown) {
      signal.throwIfAborted();
      if (failure !== undefined) throw failure.reason;
      const error = thrown instanceof UnfitError ? thrown : (fault?.reason ?? thrown);
      if (error instanceof UnfitError) throw error;
      throw damaged(error instanceof Error ? error.message : String(error), error);
    } finally {
      tar.destroy(null);
      await fed;
    }
  };

/** Until more can be written, or nothing will be. */
const drained = (tar: ReturnType<typeof extract>): Promise<void> =>
  new Promise((resolve) => {
    if (tar.destroyed) return void resolve();
    const go = () => {
      tar.off("drain", go);
      tar.off("close", go);
      resolve();
    };
    tar.on("drain", go);
    tar.on("close", go);
  });

async function* gunzipped(source: AsyncIterable<Uint8Array>, signal: AbortSignal): AsyncGenerator<Uint8Array> {
  const gunzip = createGunzip();
  const fed = pipeline(source, gunzip, { signal });
  // Whoever reads gets the error first.
  fed.catch(() => {});
  try {
    yield* gunzip as AsyncIterable<Uint8Array>;
    await fed;
  } finally {
    gunzip.destroy();
  }
}

async function* contentOf(
  entry: AsyncIterable<Uint8Array>,
  size: number,
  damaged: (why: string) => Error,
): AsyncGenerator<Uint8Array> {
  let found = 0;
  for await (const chunk of entry) {
    found += chunk.byteLength;
    yield chunk;
  }
  if (found !== size) throw damaged("it ends within a file");
}
