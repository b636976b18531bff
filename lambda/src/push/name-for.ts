/** The name of a pushed file where the stream has a template (`push.name`): decided once for each version, and its own. */
import type { Entry, Target } from "../journal/entry.ts";
import { claimName, otherOwner } from "../journal/name-claims.ts";
import { largestNumber, takeNumber } from "../journal/numbers.ts";
import type { OpenObject } from "../s3/objects.ts";
import { RefusedError } from "../transfer/errors.ts";
import { fillTemplate, hasNumber, lastNumber } from "../transfer/fill-template.ts";
import { bytesOf, maxKeyBytes } from "../transfer/paths.ts";
import { mtimeOf } from "./attributes.ts";
import type { PushContext } from "./context.ts";
import { destinationOf } from "./prepare.ts";
import { finalOf } from "./target.ts";
import { removeAll, temporariesOf } from "./temporary.ts";

/** A path in a message: what is said behind it has to be seen as well. */
const shown = (path: string): string => JSON.stringify(path.length > 200 ? `${path.slice(0, 200)}…` : path);

/** Throws RefusedError where the template has no room for the number. */
const assertRoom = (number: number, stream: string, template: string): void => {
  const last = lastNumber(template) ?? largestNumber;
  if (number <= last) return;
  throw new RefusedError(
    `Stream ${stream}: the numbers of push.name = ${shown(template)} have come to their end: ${last} was the last one, and none comes twice. Agree with the partner on more digits, such as {seq:${String(number).length}}, and files go on with ${number}`,
  );
};

/** The number of a version that was never sent: the next version has it, so that none is left out. */
const unseenNumber = (target: Target | undefined, { deliveries }: Entry): number | undefined =>
  target === undefined || target.shown || deliveries.some((one) => one.identity === target.identity)
    ? undefined
    : target.number;

/**
 * The entry with the name that the template gives it. It is recorded before anybody else is asked for it, and counts for good once the upload is recorded
 * (`claimed`): what was decided before that, nobody has seen. Throws RefusedError where it can't be a name, or is another file's.
 */
export const nameFor = async (
  known: Entry,
  source: OpenObject,
  template: string,
  context: PushContext,
): Promise<Entry> => {
  const { stream, push, journal, lease, clock, table, nonce, remote } = context;
  const { timeZone = "UTC" } = push;
  const { identity } = source;
  if (known.target?.identity === identity && known.target.claimed) return known;

  const { progress, target } = known;
  const deps = { table, journal, now: clock.wall, nonce };
  const taken = (other: Entry, path: string) =>
    new RefusedError(
      `Stream ${stream.name}: ${shown(known.path)} and ${shown(other.path)} would both be called ${shown(path)} (push.name = ${JSON.stringify(template)}), and the latter has the name. Rename the former, or let the template tell them apart: {dir} has the directory, {now:yyyyMMddHHmmss} the time`,
    );
  // What an earlier version left lies where its own name would have been.
  const removeLeft = async () => {
    if (progress && push.upload === "atomic")
      await removeAll(remote, temporariesOf(progress, finalOf(known, progress.identity, context), push));
  };
  const record = async (entry: Entry, number?: number): Promise<Entry> => {
    if (number !== undefined) assertRoom(number, stream.name, template);
    const path = fillTemplate(template, {
      path: known.path,
      stream: stream.name,
      now: clock.wall(),
      mtime: mtimeOf(source) * 1000,
      timeZone,
      number,
    });
    const what = `${shown(known.path)} would be called ${shown(path)} (push.name = ${shown(template)}), which`;
    const destination = destinationOf(stream.name, push, path, what);
    if (bytesOf(path) > maxKeyBytes)
      throw new RefusedError(
        `Stream ${stream.name}: push.name makes a path that has ${bytesOf(path)} bytes; ${maxKeyBytes} are allowed. Shorten the file's path or the template: ${shown(known.path)} would be called ${shown(path)}`,
      );
    const before = await otherOwner({ entry, path, destination }, deps);
    if (before) throw taken(before, path);
    if (entry === known) await removeLeft();
    return journal.update(entry, {
      target: { identity, path, ...(number !== undefined && { number }) },
      progress: progress && { ...progress, holder: lease.holder },
    });
  };

  const entry = hasNumber(template)
    ? await takeNumber({ entry: known, held: unseenNumber(target, known), record }, deps)
    : await record(known);
  const path = entry.target?.path ?? "";
  const destination = destinationOf(stream.name, push, path);
  const other = await claimName({ entry, path, destination }, deps);
  if (other) throw taken(other, path);
  return entry;
};
