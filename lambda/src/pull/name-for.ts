/** The name of a pulled file where the stream has a template (`pull.name`): decided once for each version, and its own. */
import type { Delivery, Entry } from "../journal/entry.ts";
import { claimName, otherOwner } from "../journal/name-claims.ts";
import { takeNumber } from "../journal/numbers.ts";
import { RefusedError } from "../transfer/errors.ts";
import { assertRoom, fillTemplate, hasNumber, shown } from "../transfer/fill-template.ts";
import { keyFor } from "../transfer/paths.ts";
import { destinationOf, type PullContext } from "./context.ts";
import { versionOf } from "./identity.ts";
import { openedPath } from "./opened-path.ts";

/** The path below the prefix that a template gives a version of a file, and its key. Throws RefusedError where it can't be one. */
export const namedBy = (
  template: string,
  { path: given, source, marker_of }: Pick<Entry, "path" | "source" | "marker_of">,
  { stream, pull, clock }: Pick<PullContext, "stream" | "pull" | "clock">,
  number?: number,
): { readonly path: string; readonly key: string } => {
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
  return { path: named, key: keyFor(stream.name, pull.prefix, named, what) };
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
  const { stream, pull, journal, clock, table, nonce } = context;
  const { target, deliveries } = known;
  if (target?.identity === identity && target.claimed) {
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
  const record = async (entry: Entry, number?: number): Promise<Entry> => {
    if (number !== undefined) assertRoom(number, stream.name, "pull.name", template);
    const { path, key } = namedBy(template, known, context, number);
    const before = await otherOwner({ entry, path, destination: `${pull.bucket}/${key}` }, deps);
    if (before) throw taken(before, path);
    return journal.update(entry, {
      target: { identity, path, ...(number !== undefined && { number }) },
      ...(delivery && { deliveries: [...deliveries, delivery] }),
    });
  };
  const isSeen = delivery !== undefined || deliveries.some((one) => one.identity === target?.identity);
  const entry = hasNumber(template)
    ? await takeNumber({ entry: known, held: isSeen ? undefined : target?.number, record }, deps)
    : await record(known);
  const path = entry.target?.path ?? "";
  const other = await claimName({ entry, path, destination: placed(entry, context) }, deps);
  if (other) throw taken(other, path);
  return entry;
};
