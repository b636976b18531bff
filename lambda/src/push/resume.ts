/** Goes on with an upload that ran out of time. */
import type { Entry } from "../journal/entry.ts";
import type { OpenObject } from "../s3/objects.ts";
import { temporaryPathFor } from "../transfer/paths.ts";
import { type PushContext, placeOf } from "./context.ts";
import { maxLeftovers, temporariesOf, unlessReadable } from "./temporary.ts";

const collect = async (chunks: AsyncIterable<Uint8Array>, length: number): Promise<Buffer> => {
  const parts: Uint8Array[] = [];
  let count = 0;
  for await (const chunk of chunks) {
    parts.push(chunk);
    count += chunk.byteLength;
    if (count >= length) break;
  }
  return Buffer.concat(parts).subarray(0, length);
};

/**
 * Goes on with an upload that ran out of time, if the source is still the same version and the partner still has what it
 * acknowledged (else there is no `resumed`). The file gets a fresh recorded name first, so that a run which is still holding the old one can't write into it.
 */
export const resumeWriting = async (
  entry: Entry,
  source: OpenObject,
  final: string,
  context: PushContext,
): Promise<{ entry: Entry; resumed?: Resumed }> => {
  const { journal, remote, lease, push, nonce, traits } = context;
  const { progress } = entry;
  if (traits.can("resumes") === false) return { entry };
  if (push.upload === "direct" || progress?.phase !== "writing" || !progress.path) return { entry };
  const offset = progress.checkpoint ?? 0;
  if (progress.identity !== source.identity || offset <= 0 || offset > source.size) return { entry };

  // The last rename may not have happened: then the file still has the name before. Other recorded names are of other
  // attempts, and may be of other versions.
  const recorded = temporariesOf(progress, final, push);
  const names = [progress.path, progress.renamed_from].filter((one) => one !== undefined && recorded.includes(one));
  let old: string | undefined;
  for (const name of names) if (name !== undefined && (await remote.stat(name))) old ??= name;
  if (old === undefined) return { entry };
  const path = temporaryPathFor(old, nonce());
  const own = await journal.update(entry, {
    state: "active",
    attempts: entry.attempts + 1,
    progress: { ...progress, holder: lease.holder, path, renamed_from: old, litter: recorded.slice(0, maxLeftovers) },
  });
  if (!(await remote.move(old, path))) return { entry: own };
  const body = await behind(path, offset, source, own, context);
  return body ? { entry: own, resumed: { body, offset } } : { entry: own };
};

interface Resumed {
  readonly body: OpenObject;
  readonly offset: number;
}

/** The source from `offset` on, if the remote file has the same bytes just before it. */
const behind = async (
  path: string,
  offset: number,
  source: OpenObject,
  entry: Entry,
  context: PushContext,
): Promise<OpenObject | undefined> => {
  const { objects, remote, push, signal, sizes, log } = context;
  const found = await remote.stat(path);
  if (!found || (found.size ?? offset) < offset) return undefined;
  const reader = await remote.openRead(path).catch(unlessReadable);
  if (!reader && found.size === undefined) return undefined;
  if (!reader) {
    log.warn("The partner lets nobody read uploads: one goes on where it stopped by its size alone", { path });
  }
  const tail = reader ? Math.min(sizes.tail, offset) : 0;
  const there = reader ? await collect(reader.chunks(offset - tail), tail) : Buffer.alloc(0);
  await reader?.close();
  // Nothing is left to be sent and nothing to be compared: S3 refuses a range behind the end.
  if (offset - tail >= source.size) return { ...source, body: nothing(), discard: () => {} };
  const body = await objects.get(source.place ?? placeOf(entry, push), {
    versionId: source.versionId,
    etag: source.etag,
    offset: offset - tail,
    expected: source.size,
    signal,
  });
  if (!body) return undefined;
  const [expected, rest] = await split(body.body, tail);
  if (there.equals(expected)) return { ...body, body: rest };
  body.discard();
  return undefined;
};

async function* nothing(): AsyncGenerator<Uint8Array> {}

/** The first bytes of a stream, and what follows them. */
const split = async (
  chunks: AsyncIterable<Uint8Array>,
  length: number,
): Promise<[Buffer, AsyncIterable<Uint8Array>]> => {
  const iterator = chunks[Symbol.asyncIterator]();
  const head: Uint8Array[] = [];
  let count = 0;
  while (count < length) {
    const next = await iterator.next();
    if (next.done) break;
    head.push(Uint8Array.from(next.value)); // valid only until the next one
    count += next.value.byteLength;
  }
  const all = Buffer.concat(head);
  async function* rest() {
    if (all.byteLength > length) yield all.subarray(length);
    for (let next = await iterator.next(); !next.done; next = await iterator.next()) yield next.value;
  }
  return [all.subarray(0, length), rest()];
};
