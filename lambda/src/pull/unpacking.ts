/**
 * The hop behind the pull of an archive of many files. It lies whole below the staging prefix and is read twice: once all through,
 * so that it is known to be sound before anything of it shows, and then file by file under the final keys. How far that came is
 * recorded now and then, and each object says which reading it came of: whoever goes on puts none twice.
 */
import { createHash } from "node:crypto";
import { createLimiter } from "../concurrency/limiter.ts";
import type { ArchiveFormat, PullExtract } from "../config/types.ts";
import { type Entry, type Progress, type Pulled, pullPrefix, type Staged } from "../journal/entry.ts";
import type { ObjectPlace } from "../s3/objects.ts";
import { unpackers } from "../staging/archive/index.ts";
import { createLedger } from "../staging/archive/ledger.ts";
import { looking } from "../staging/archive/pace.ts";
import type { Member, Packed } from "../staging/archive/types.ts";
import { unfitOf } from "../staging/bounds.ts";
import { stage } from "../staging/stage.ts";
import { freshKey, placeOfStaged } from "../staging/staged.ts";
import { hasTime, leaveForLater } from "../staging/time.ts";
import { assertLease } from "../transfer/assert-lease.ts";
import { type Outcome, waits } from "../transfer/context.ts";
import { shown } from "../transfer/fill-template.ts";
import { lightHasher } from "../transfer/hash.ts";
import { bytesOf } from "../transfer/paths.ts";
import { archiveMark, archiveOfMark, markedAt, markOf } from "./archive-mark.ts";
import type { PullContext } from "./context.ts";
import { finishOpened } from "./finish-opened.ts";
import { remake, startAgain, whatOf, wholly } from "./make.ts";
import { metadataFor } from "./metadata.ts";
import { isOwnDirectory } from "./opened-path.ts";
import { isSole, type Rival, rivalOf } from "./sole-unpacker.ts";
import { unsealing } from "./unsealing.ts";
import { abortOthers } from "./uploads.ts";

/** Requests at one time. */
const looksInFlight = 16;
const putsInFlight = 8;

/** No file is begun with less time than this. Milliseconds. */
const lastMoment = 20_000;

/** Nothing is left of what was fetched. */
class StagedGone extends Error {
  override readonly name = "StagedGone";
}

/** What is in staging, and how it is to be read. */
interface Work {
  readonly entry: Entry;
  readonly progress: Progress;
  readonly staged: Staged;
  readonly pulled: Pulled;
  readonly what: string;
  /** Where the files go; the key ends in a slash, or is empty. */
  readonly place: ObjectPlace;
  readonly format: ArchiveFormat;
  readonly extract: PullExtract;
  readonly context: PullContext;
}

/** The bytes of the archive; `whole` holds those that are read from the beginning against what was fetched. */
const packedOf = ({ progress, staged, pulled, what, context }: Work, whole: boolean): Packed => {
  const expected = progress.unsealed ?? pulled;
  return {
    size: expected.bytes,
    async *from(offset) {
      const { signal } = context;
      const { version_id: versionId, etag = "" } = staged;
      const source = await context.objects.get(placeOfStaged(staged, context), { versionId, etag, offset, signal });
      if (!source) throw new StagedGone(`${what}: what was fetched is gone from staging`);
      try {
        yield* whole && offset === 0 ? wholly(what, source, expected, signal) : source.body;
      } finally {
        source.discard();
      }
    },
  };
};

const membersOf = (work: Work, { whole, skip }: { readonly whole: boolean; readonly skip: number }) => {
  const { what, place, format, extract, context } = work;
  const unfit = unfitOf(what);
  const ledger = createLedger({ extract, unfit, keyBytes: bytesOf(place.key) });
  const { signal } = context;
  const packed = packedOf(work, whole);
  return unpackers[format]({ packed, ledger, maxEntries: extract.maxEntries, unfit, signal, skip });
};

const placeOf = ({ place }: Work, path: string): ObjectPlace => ({ bucket: place.bucket, key: place.key + path });

/** Metadata of an object: which reading of its archive it came of. */
const readingMark = "extraction";
const readingOf = ({ staged }: Work): string => staged.key.slice(staged.key.lastIndexOf("/") + 1);

/** What is in the archive, as `sha256sum` prints it of the files in the order of their names: one sum for all. */
const sumOf = (files: readonly { readonly path: string; readonly sha256: string }[]): string => {
  const hasher = lightHasher();
  const sorted = files.toSorted((a, b) => Buffer.compare(Buffer.from(a.path), Buffer.from(b.path)));
  for (const { path, sha256 } of sorted) hasher.update(Buffer.from(`${sha256}  ${path}\n`));
  return hasher.digest();
};

/** Two archives of a stream may not put their files in each other's places unless the user has put them into one directory. */
const assertFree = async (work: Work, paths: readonly string[]): Promise<void> => {
  if (!isOwnDirectory(work.extract)) return;
  const looks = createLimiter(looksInFlight);
  for (const path of paths)
    await looks.add(async () => {
      const found = await markedAt(placeOf(work, path), work.context);
      if (found?.["synched-by"] !== work.entry.stream || found[archiveMark] === markOf(work.entry.source_location))
        return;
      const { bucket, key } = placeOf(work, path);
      const { pull } = work.context;
      const other = archiveOfMark(pull, key.slice(pull.prefix.length), found[archiveMark]);
      throw unfitOf(work.what)(
        `has ${shown(path)} inside, and s3://${bucket}/${key} is another file's of this stream${other === undefined ? "" : `: ${shown(other)}`}. Have the partner rename one of the two, or set pull.extract.into = "{dir}/{name}", with which no two meet; then bridge redrive`,
      );
    });
  await looks.all();
};

/** Left until another archive's files are there: those around it wait longer, so that not both do forever. */
const waitFor = async ({ entry, progress, what, context }: Work, rival: Rival): Promise<undefined> => {
  const { journal, clock } = context;
  const now = clock.wall();
  await journal.update(entry, {
    state: "pending",
    next_attempt: now + (rival.isAround ? 60_000 : 90_000),
    attempts: Math.max(0, entry.attempts - 1),
    progress: { ...progress, claims: undefined },
    last_error: {
      kind: "neighbour",
      message: `${what} waits until ${rival.entry.source_location} is unpacked, whose files may lie in the same places`,
      at: new Date(now).toISOString(),
    },
  });
};

/** Makes sure that no other archive of the stream puts files in these places, from here on until it is delivered. Undefined if one does. */
const claimed = async (work: Work, paths: readonly string[]): Promise<Work | undefined> => {
  if (!isOwnDirectory(work.extract)) return work;
  const claiming = await recorded(work, { claims: true });
  const rival = await rivalOf(claiming.entry, work.place.key, paths, work.context);
  if (rival) return waitFor(claiming, rival);
  await assertFree(claiming, paths);
  return claiming;
};

/** Reads all of it. Undefined if it has to wait for another one. Throws UnfitError for an archive of which anything isn't as it has to be. */
const checkAll = async (work: Work): Promise<Work | undefined> => {
  const files: { readonly path: string; readonly sha256: string }[] = [];
  let bytes = 0;
  for await (const { path, size, content } of membersOf(work, { whole: true, skip: 0 })) {
    const hasher = lightHasher();
    for await (const chunk of content) hasher.update(chunk);
    bytes += size;
    files.push({ path, sha256: hasher.digest() });
  }
  const sole = await claimed(
    work,
    files.map(({ path }) => path),
  );
  return sole && recorded(sole, { bytes, sha256: sumOf(files), files: files.length, published: 0 });
};

const recorded = async (work: Work, changes: Partial<Progress>): Promise<Work> => {
  const progress = { ...work.progress, ...changes };
  return { ...work, progress, entry: await work.context.journal.update(work.entry, { progress }) };
};

/** Puts one file under its final key, which shows when all of it is there. */
const publish = async (work: Work, member: Member, puts: ReturnType<typeof createLimiter>): Promise<void> => {
  const { context, entry, progress, what } = work;
  const { objects, memory, sizes, signal, pull } = context;
  const { path, size, mtime, content } = member;
  const place = placeOf(work, path);
  const metadata = {
    ...metadataFor(entry, place, progress.identity),
    ...(mtime !== undefined && { mtime: String(mtime) }),
    [archiveMark]: markOf(entry.source_location),
    [readingMark]: readingOf(work),
  };
  if (size > sizes.part) {
    // Of a run that died on the way.
    await abortOthers(place, undefined, context);
    const storing = pull.storing;
    const mayShow = () => assertLease(context);
    await stage({ what, chunks: content, expected: size, place, metadata, storing, mayShow }, context);
    return;
  }
  await memory.take(size);
  let taken = true;
  try {
    const body = Buffer.allocUnsafeSlow(size);
    let filled = 0;
    for await (const chunk of content) {
      body.set(chunk, filled);
      filled += chunk.byteLength;
    }
    const sha256 = createHash("sha256").update(body).digest("base64");
    await puts.add(async () => {
      taken = false;
      try {
        await assertLease(context);
        signal.throwIfAborted();
        await objects.put(place, body, { metadata, sha256, signal, storing: pull.storing });
      } finally {
        memory.give(size);
      }
    });
  } finally {
    if (taken) memory.give(size);
  }
};

/** Puts what isn't there yet; `isOver` unless time is up: then how far it came is recorded. */
const publishAll = async (
  begun: Work,
  isFresh: boolean,
): Promise<{ readonly work: Work; readonly isOver: boolean }> => {
  const { context } = begun;
  const { time, clock, sizes } = context;
  const puts = createLimiter(putsInFlight);
  const start = begun.progress.published ?? 0;
  let work = begun;
  let published = start;
  let saved = clock.steady();
  const save = async () => {
    await puts.all();
    work = await recorded(work, { published });
    saved = clock.steady();
  };
  try {
    for await (const member of membersOf(begun, { whole: false, skip: start })) {
      if (time.left() < lastMoment && published > start) {
        await save();
        return { work, isOver: false };
      }
      const isThere =
        !isFresh && (await markedAt(placeOf(work, member.path), work.context))?.[readingMark] === readingOf(work);
      if (!isThere) await publish(work, member, puts);
      published++;
      if (clock.steady() - saved >= sizes.checkpointEvery) await save();
    }
    await puts.all();
    return { work, isOver: true };
  } finally {
    await puts.idle();
  }
};

/** The archive in the clear, as one more object in staging. Undefined where this invocation hasn't the time. */
const unseal = async (entry: Entry, destination: ObjectPlace, context: PullContext): Promise<Entry | undefined> => {
  const { progress } = entry;
  if (!progress?.staged || !progress.pulled || progress.unsealed !== undefined) return entry;
  const hop = await unsealing(entry, context);
  if (hop === undefined) return entry;
  const { staged, pulled } = progress;
  return remake(
    entry,
    { staged, pulled, hop, destination, key: freshKey(pullPrefix, context), as: "unsealed" },
    context,
  );
};

const unpackStaged = async (
  known: Entry,
  place: ObjectPlace,
  format: ArchiveFormat,
  context: PullContext,
): Promise<Outcome> => {
  const { pull, sizes, time } = context;
  const { extract } = pull;
  const what = whatOf(known, context);
  const entry = await unseal(known, place, context);
  if (entry === undefined) return waits;
  const { progress } = entry;
  if (!progress?.staged || !progress.pulled || extract === undefined) return startAgain(entry, context);
  const { staged, pulled } = progress;
  let work: Work = { entry, progress, staged, pulled, what, place, format, extract, context };
  const isFresh = progress.files === undefined;
  // Given up for a while, or begun by an earlier version: others may have put files here meanwhile.
  const isSure = !isFresh && (!isOwnDirectory(extract) || (await isSole(entry, place.key, context)));
  if (!isSure) {
    if (!hasTime(what, (progress.unsealed ?? pulled).bytes, looking, sizes, time)) return leaveForLater(entry, context);
    const checked = await checkAll(work);
    if (checked === undefined) return waits;
    work = checked;
  }
  const { work: published, isOver } = await publishAll(work, isFresh);
  if (!isOver) return leaveForLater(published.entry, context);
  const { bytes, sha256, files } = published.progress;
  return finishOpened(published.entry, { bytes, sha256, files }, place, context);
};

/**
 * Unpacks what was fetched, and does with the partner's file what the stream says. Throws UnfitError for an archive that isn't what
 * it has to be, RefusedError, OutOfTime, EntryTaken, LeaseLost, VerificationError, SourceStays, and S3's errors.
 */
export const unpack = async (
  entry: Entry,
  place: ObjectPlace,
  format: ArchiveFormat,
  context: PullContext,
): Promise<Outcome> => {
  try {
    return await unpackStaged(entry, place, format, context);
  } catch (error) {
    if (!(error instanceof StagedGone)) throw error;
    return startAgain((await context.journal.read(entry)) ?? entry, context);
  }
};
