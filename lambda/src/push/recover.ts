/** What a successor makes of an upload that another run left behind. */
import { type Entry, lastDelivery, type Progress } from "../journal/entry.ts";
import { RemoteError } from "../sftp/errors.ts";
import type { Outcome } from "../transfer/context.ts";
import { assertLease } from "../transfer/guard.ts";
import { type Hasher, loadHasher } from "../transfer/hash.ts";
import { hashOfRemote } from "../transfer/hash-remote.ts";
import type { OpenObject } from "../transfer/objects.ts";
import { temporaryPathFor } from "../transfer/paths.ts";
import { recordDelivered } from "./publish.ts";
import { type PushContext, placeOf } from "./push.ts";
import { mostLitter, removeAll, temporariesOf } from "./temporary.ts";

/** SHA-256 of a remote file; undefined if it is gone or may not be read. */
const hashOf = (path: string, context: PushContext): Promise<string | undefined> =>
  hashOfRemote(path, context).catch(unlessReadable);

/** Partners often let nobody read what was delivered: that says nothing of the file. */
const unlessReadable = (error: unknown): undefined => {
  if (error instanceof RemoteError && error.kind !== "lost") return undefined;
  throw error;
};

/**
 * Is the file under the final name the one that was about to be published? It has the size and the time that were
 * recorded. Where the version before has the same size, only the bytes tell: both may have been written within a second.
 */
const isPublished = async (entry: Entry, progress: Progress, final: string, context: PushContext): Promise<boolean> => {
  const there = await context.remote.stat(final);
  if (!there || progress.mtime === undefined) return false;
  if (there.size !== progress.size || there.mtime !== progress.mtime) return false;
  if (lastDelivery(entry)?.bytes !== progress.bytes) return true;
  return (await hashOf(final, context)) === progress.sha256;
};

/**
 * A run ended between `publishing` and `delivered`. The temporary file is there: it is whole, rename it. The final file is
 * the recorded one: it was renamed. Neither: it is sent again; this is the one window in which a partner that
 * takes files at once may get one twice.
 */
export const recoverPublishing = async (
  entry: Entry,
  final: string,
  context: PushContext,
): Promise<{ outcome?: Outcome; entry: Entry }> => {
  const { journal, remote, lease, push } = context;
  const { progress } = entry;
  const direct = push.upload === "direct";
  const [path] = direct ? [progress?.path] : temporariesOf(progress, final);
  if (progress?.phase !== "publishing" || path === undefined || path !== progress.path) return { entry };
  const { size, bytes = size ?? 0, sha256 = "", identity } = progress;

  // Taken over first: from here on the other run's writes fail.
  const own = await journal.update(entry, { progress: { ...progress, holder: lease.holder } });
  const superseded = await isSuperseded(own, identity, context);
  const temporary = direct ? undefined : await remote.stat(path);

  let published = false;
  if (temporary && !superseded && temporary.size === size) {
    await assertLease(context);
    published = await remote.publish(path, final);
  } else if (temporary) {
    await remote.remove(path);
  }
  if (!published && !(await isPublished(own, progress, final, context))) {
    return { entry: await journal.update(own, { progress: { ...progress, phase: "writing", ...noCheckpoint } }) };
  }
  await removeAll(remote, temporariesOf(progress, final));
  const delivery = {
    identity,
    destination: final,
    bytes,
    sha256,
    attempt: own.attempts,
    duration_ms: context.clock.wall() - progress.started,
  };
  if (!superseded) {
    const recorded = await recordDelivered(own, delivery, context);
    return { outcome: { result: "delivered", bytes, delivery: recorded }, entry: own };
  }
  const at = new Date(context.clock.wall()).toISOString();
  return {
    entry: await journal.update(own, { progress: undefined, deliveries: [...own.deliveries, { ...delivery, at }] }),
  };
};

const noCheckpoint = { checkpoint: undefined, hash_state: undefined, renamed_from: undefined } as const;

/** Is what was about to be published no longer the newest version? */
const isSuperseded = async (entry: Entry, identity: string, { objects, push }: PushContext): Promise<boolean> => {
  const newest = await objects.head(placeOf(entry, push));
  return newest !== undefined && newest.identity !== identity;
};

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
  const { journal, remote, lease, push, nonce } = context;
  const { progress } = entry;
  if (push.upload === "direct" || progress?.phase !== "writing" || !progress.path || !progress.hash_state)
    return { entry };
  const offset = progress.checkpoint ?? 0;
  if (progress.identity !== source.identity || offset <= 0 || offset > source.size) return { entry };
  const hasher = await loadHasher(progress.hash_state);
  if (!hasher) return { entry };

  // The last rename may not have happened: then the file still has the name before. Other recorded names are of other
  // attempts, and may be of other versions.
  const recorded = temporariesOf(progress, final);
  const names = [progress.path, progress.renamed_from].filter((one) => one !== undefined && recorded.includes(one));
  let old: string | undefined;
  for (const name of names) if (name !== undefined && (await remote.stat(name))) old ??= name;
  if (old === undefined) return { entry };
  const path = temporaryPathFor(old, nonce());
  const own = await journal.update(entry, {
    state: "active",
    attempts: entry.attempts + 1,
    progress: { ...progress, holder: lease.holder, path, renamed_from: old, litter: recorded.slice(0, mostLitter) },
  });
  if (!(await remote.move(old, path))) return { entry: own };
  const body = await behind(path, offset, source, own, context);
  return body ? { entry: own, resumed: { body, offset, hasher } } : { entry: own };
};

interface Resumed {
  readonly body: OpenObject;
  readonly offset: number;
  /** Has the bytes before `offset`. */
  readonly hasher: Hasher;
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
  if (!found || found.size < offset) return undefined;
  const reader = await remote.openRead(path).catch(unlessReadable);
  if (!reader) {
    log.warn("The partner lets nobody read uploads: one goes on where it stopped by its size alone", { path });
  }
  const tail = reader ? Math.min(sizes.tail, offset) : 0;
  const there = reader ? await collect(reader.chunks(offset - tail), tail) : Buffer.alloc(0);
  await reader?.close();
  const body = await objects.get(placeOf(entry, push), {
    versionId: source.versionId,
    etag: source.etag,
    offset: offset - tail,
    signal,
  });
  if (!body) return undefined;
  const [expected, rest] = await split(body.body, tail);
  if (there.equals(expected)) return { ...body, body: rest };
  body.discard();
  return undefined;
};

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
