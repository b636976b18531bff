/** What a successor makes of an upload that another run left behind. */
import type { Entry } from "../journal/entry.ts";
import type { RemoteStat } from "../sftp/remote.ts";
import type { Outcome } from "../transfer/context.ts";
import { assertLease } from "../transfer/guard.ts";
import { type Hasher, resumableHasher } from "../transfer/hash.ts";
import type { OpenObject } from "../transfer/objects.ts";
import { temporaryPathFor } from "../transfer/paths.ts";
import { recordDelivered } from "./publish.ts";
import { type PushContext, placeOf } from "./push.ts";
import { removeAll, temporariesOf } from "./temporary.ts";

const isRecorded = (
  stat: RemoteStat | undefined,
  { size, mtime }: { size?: number | undefined; mtime?: number | undefined },
) => stat !== undefined && stat.size === size && (mtime === undefined || stat.mtime === mtime);

/**
 * A run ended between `publishing` and `delivered`. The temporary file is there: it is whole, rename it. The final file has
 * the recorded size and time: it was renamed. Neither: it is sent again; this is the one window in which a partner that
 * takes files at once may get one twice.
 */
export const recoverPublishing = async (
  entry: Entry,
  final: string,
  context: PushContext,
): Promise<{ outcome?: Outcome; entry: Entry }> => {
  const { journal, remote, lease, push } = context;
  const { progress } = entry;
  if (progress?.phase !== "publishing" || !progress.path) return { entry };
  const { size = 0, mtime, sha256 = "", identity } = progress;

  // Taken over first: from here on the other run's writes fail.
  const own = await journal.update(entry, { progress: { ...progress, holder: lease.holder } });
  const superseded = await isSuperseded(own, identity, context);
  const temporary = push.upload === "atomic" ? await remote.stat(progress.path) : undefined;

  if (temporary && !superseded && isRecorded(temporary, progress)) {
    await assertLease(context);
    await remote.publish(progress.path, final);
  } else if (temporary) {
    await remote.remove(progress.path);
    return { entry: await journal.update(own, { progress: undefined }) };
  } else if (!isRecorded(await remote.stat(final), { size, mtime })) {
    return { entry: await journal.update(own, { progress: undefined }) };
  }
  await removeAll(remote, progress.litter ?? []);
  const delivery = {
    identity,
    destination: final,
    bytes: size,
    sha256,
    attempt: own.attempts,
    duration_ms: context.clock.wall() - progress.started,
  };
  if (!superseded) {
    const recorded = await recordDelivered(own, delivery, context);
    return { outcome: { result: "delivered", bytes: size, delivery: recorded }, entry: own };
  }
  const at = new Date(context.clock.wall()).toISOString();
  return {
    entry: await journal.update(own, { progress: undefined, deliveries: [...own.deliveries, { ...delivery, at }] }),
  };
};

/** Is what was about to be published no longer the newest version? */
const isSuperseded = async (entry: Entry, identity: string, { objects, push }: PushContext): Promise<boolean> => {
  const newest = await objects.head(placeOf(entry, push));
  return newest !== undefined && newest.identity !== identity;
};

/** Bytes before the checkpoint that are compared with the source: a server that restarted may have lost them. */
const comparedTail = 64 * 1024;

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
  context: PushContext,
): Promise<{ entry: Entry; resumed?: { body: OpenObject; offset: number; hasher: Hasher } }> => {
  const { journal, objects, remote, lease, push, nonce, signal } = context;
  const { progress } = entry;
  if (push.upload === "direct" || progress?.phase !== "writing" || !progress.path || !progress.hash_state)
    return { entry };
  const offset = progress.checkpoint ?? 0;
  if (progress.identity !== source.identity || offset <= 0 || offset > source.size) return { entry };

  // The last rename may not have happened: then the file still has the name before.
  const recorded = temporariesOf(progress);
  const stats = await Promise.all(recorded.map((one) => remote.stat(one)));
  const old = recorded[stats.findIndex((stat) => stat !== undefined)];
  if (old === undefined) return { entry };
  const path = temporaryPathFor(old, nonce());
  const own = await journal.update(entry, {
    state: "active",
    attempts: entry.attempts + 1,
    progress: { ...progress, holder: lease.holder, path, litter: recorded },
  });
  if (!(await remote.move(old, path))) return { entry: own };
  const found = await remote.stat(path);
  if (!found || found.size < offset) return { entry: own };

  const tail = Math.min(comparedTail, offset);
  const body = await objects.get(placeOf(entry, push), {
    versionId: source.versionId,
    etag: source.etag,
    offset: offset - tail,
    signal,
  });
  const reader = body && (await remote.openRead(path));
  if (!body || !reader) return { entry: own };
  const there = await collect(reader.chunks(offset - tail), tail);
  await reader.close();
  const [expected, rest] = await split(body.body, tail);
  if (!there.equals(expected)) {
    body.discard();
    return { entry: own };
  }
  return {
    entry: own,
    resumed: { body: { ...body, body: rest }, offset, hasher: await resumableHasher(progress.hash_state) },
  };
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
    head.push(next.value);
    count += next.value.byteLength;
  }
  const all = Buffer.concat(head);
  async function* rest() {
    if (all.byteLength > length) yield all.subarray(length);
    for (let next = await iterator.next(); !next.done; next = await iterator.next()) yield next.value;
  }
  return [all.subarray(0, length), rest()];
};
