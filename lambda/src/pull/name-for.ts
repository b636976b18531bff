/** The name of a pulled file where the stream has a template (`pull.name`): decided once for each version, and its own. */
import type { Delivery, Entry } from "../journal/entry.ts";
import { claimName, otherOwner } from "../journal/name-claims.ts";
import { takeNumber } from "../journal/numbers.ts";
import type { ObjectPlace } from "../s3/objects.ts";
import { RefusedError } from "../transfer/errors.ts";
import { assertRoom, fillTemplate, hasNumber, mostNumbered, numberedPath, shown } from "../transfer/fill-template.ts";
import { keyFor } from "../transfer/paths.ts";
import { destinationOf, type PullContext } from "./context.ts";
import { versionOf } from "./identity.ts";
import { isInTheWay } from "./in-the-way.ts";
import { openedPath } from "./opened-path.ts";

/** Names that others took in the very moment. */
const turns = 20;

interface Named {
  readonly path: string;
  readonly key: string;
  /** For messages. */
  readonly what: string;
}

/** The path below the prefix that a template gives a version of a file, and its key. Throws RefusedError where it can't be one. */
export const namedBy = (
  template: string,
  { path: given, source, marker_of }: Pick<Entry, "path" | "source" | "marker_of">,
  { stream, pull, clock }: Pick<PullContext, "stream" | "pull" | "clock">,
  number?: number,
): Named => {
  const { mtime } = versionOf(source.identity ?? "");
  const path = openedPath(stream.name, pull, { path: given, marker_of });
  const named = fillTemplate(template, {
    path,
    stream: stream.name,
    now: clock.wall(),
    // Where the server tells none: when it was seen.
    mtime: mtime === undefined ? source.time : mtime * 1000,
    timeZone: pull.timeZone ?? "UTC",
    number,
  });
  const what = `${shown(path)} would be called ${shown(named)} (pull.name = ${JSON.stringify(template)}), which`;
  return { path: named, key: keyFor(stream.name, pull.prefix, named, what), what };
};

/** Where the version that has a name was to go, as deliveries have it. */
const placed = ({ path, target }: Entry, context: PullContext): string => {
  const { bucket, key } = destinationOf({ path, target, progress: undefined }, context, target?.identity);
  return `${bucket}/${key}`;
};

/** Is it in S3 already, and isn't recorded? A run has died between the two, and the file was replaced since. */
const unrecorded = async (entry: Entry, identity: string, context: PullContext): Promise<Delivery | undefined> => {
  const { deliveries, path, target, stream, attempts } = entry;
  if (!target?.claimed || target.identity === identity) return undefined;
  const destination = placed(entry, context);
  if (deliveries.some((one) => one.destination === destination && one.identity === target.identity)) return undefined;
  const there = await context.objects.head(
    destinationOf({ path, target, progress: undefined }, context, target.identity),
  );
  if (there?.metadata["sftp-version"] !== target.identity || there.metadata["synched-by"] !== stream) return undefined;
  const at = new Date(there.lastModified).toISOString();
  return {
    at,
    identity: target.identity,
    destination,
    bytes: there.size,
    sha256: "",
    attempt: attempts,
    duration_ms: 0,
  };
};

/**
 * The entry with the name that the template gives this version. It is recorded before anybody else is asked for it, and counts for good
 * once the copy is recorded (`claimed`): what was decided before that, nobody has seen. Throws RefusedError where it can't be a
 * name, or is another file's.
 */
export const nameFor = async (
  known: Entry,
  identity: string,
  template: string,
  context: PullContext,
): Promise<Entry> => {
  const { stream, pull, journal, lease, clock, table, nonce } = context;
  const { target, deliveries } = known;
  const isNumbered = pull.onExists === "number";
  const isFree = async (entry: Entry, place: ObjectPlace) => !(isNumbered && (await isInTheWay(entry, place, context)));
  const isOwned = target?.identity === identity && target.claimed === true;
  if (isOwned && (await isFree(known, destinationOf(known, context, identity)))) {
    // What is there again behind its delivery was sent again, although a server may tell nothing else of it; an operator's replay is the same file.
    const last = deliveries.at(-1);
    const isSentAgain = last?.identity === identity && last.destination === placed(known, context);
    if (!isSentAgain || known.replay) return known;
  }
  const taken = (other: Entry, path: string) =>
    new RefusedError(
      `Stream ${stream.name}: ${shown(known.path)} and ${shown(other.path)} would both be called ${shown(path)} (pull.name = ${JSON.stringify(template)}), and the latter has the name. Have the partner rename the former, or let the template tell them apart: {dir} has the directory, {now:yyyyMMddHHmmss} the time`,
    );
  const deps = { table, journal, now: clock.wall, nonce };
  const delivery = await unrecorded(known, identity, context);
  /** The first name that nobody has: the template's own, or where that is wanted (`on_exists = "number"`) one with a number. */
  const firstFree = async (entry: Entry, { path: wanted, what }: Named): Promise<string> => {
    for (let n = 0; n <= (isNumbered ? mostNumbered : 0); n++) {
      const path = numberedPath(wanted, n);
      const place = { bucket: pull.bucket, key: keyFor(stream.name, pull.prefix, path, what) };
      if (!(await isFree(entry, place))) continue;
      const other = await otherOwner({ entry, path, destination: `${place.bucket}/${place.key}` }, deps);
      if (other === undefined) return path;
      if (!isNumbered) throw taken(other, path);
    }
    throw new RefusedError(
      `Stream ${stream.name}: ${shown(wanted)} and its numbers up to ${mostNumbered} are all in S3 or other files' names (pull.on_exists = "number"). Move objects away, or let pull.name tell them apart`,
    );
  };
  const record = async (entry: Entry, number?: number): Promise<Entry> => {
    if (number !== undefined) assertRoom(number, stream.name, "pull.name", template);
    const path = await firstFree(entry, namedBy(template, known, context, number));
    return journal.update(entry, {
      target: { identity, path, ...(number !== undefined && { number }) },
      ...(entry.progress && { progress: { ...entry.progress, holder: lease.holder } }),
      ...(delivery && { deliveries: [...deliveries, delivery] }),
    });
  };
  const isSeen = delivery !== undefined || deliveries.some((one) => one.identity === target?.identity);
  let entry = hasNumber(template)
    ? await takeNumber({ entry: known, held: isSeen ? undefined : target?.number, record }, deps)
    : await record(known);
  for (let turn = 0; turn < turns; turn++) {
    const path = entry.target?.path ?? "";
    const other = await claimName({ entry, path, destination: placed(entry, context) }, deps);
    if (!other) return entry;
    if (!isNumbered) throw taken(other, path);
    entry = await record(entry, entry.target?.number);
  }
  throw new Error(`Stream ${stream.name}: names for ${shown(known.path)} are taken by several runs at one time`);
};
