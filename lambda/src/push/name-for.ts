/** The name of a pushed file where the stream has a template (`push.name`): decided once for each version, and its own. */
import type { Entry, Target } from "../journal/entry.ts";
import { claimName, otherOwner } from "../journal/name-claims.ts";
import { takeNumber } from "../journal/numbers.ts";
import type { OpenObject } from "../s3/objects.ts";
import { RefusedError } from "../transfer/errors.ts";
import { assertRoom, fillTemplate, hasNumber, mostNumbered, numberedPath, shown } from "../transfer/fill-template.ts";
import { bytesOf, maxKeyBytes } from "../transfer/paths.ts";
import { mtimeOf } from "./attributes.ts";
import type { PushContext } from "./context.ts";
import { isInTheWay } from "./in-the-way.ts";
import { destinationOf } from "./prepare.ts";
import { finalOf } from "./target.ts";
import { removeAll, temporariesOf } from "./temporary.ts";

/** Names that others took in the very moment. */
const turns = 20;

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
  const { stream, push, journal, lease, clock, table, nonce } = context;
  const { timeZone = "UTC" } = push;
  const { identity } = source;
  const isNumbered = push.onExists === "number";
  // A name that was decided and is another's by now isn't kept where the next one will do: under it nothing was seen yet.
  const isFree = async (destination: string) => !(isNumbered && (await isInTheWay(destination, context)));
  if (known.target?.identity === identity && known.target.claimed && (await isFree(finalOf(known, identity, context))))
    return known;

  const { progress, target } = known;
  const deps = { table, journal, now: clock.wall, nonce };
  const taken = (other: Entry, path: string) =>
    new RefusedError(
      `Stream ${stream.name}: ${shown(known.path)} and ${shown(other.path)} would both be called ${shown(path)} (push.name = ${JSON.stringify(template)}), and the latter has the name. Rename the former, or let the template tell them apart: {dir} has the directory, {now:yyyyMMddHHmmss} the time`,
    );
  // What an earlier version left lies where its own name would have been.
  const removeLeft = async () => {
    if (progress && push.upload === "atomic")
      await removeAll(context, temporariesOf(progress, finalOf(known, progress.identity, context), push));
  };
  const takenBy = async (entry: Entry, path: string): Promise<Entry | "in the way" | undefined> => {
    const what = `${shown(known.path)} would be called ${shown(path)} (push.name = ${shown(template)}), which`;
    const destination = destinationOf(stream.name, push, path, what);
    if (bytesOf(path) > maxKeyBytes)
      throw new RefusedError(
        `Stream ${stream.name}: push.name makes a path that has ${bytesOf(path)} bytes; ${maxKeyBytes} are allowed. Shorten the file's path or the template: ${shown(known.path)} would be called ${shown(path)}`,
      );
    return (await isFree(destination)) ? otherOwner({ entry, path, destination }, deps) : "in the way";
  };
  /** The first name that nobody has: the template's own, or where that is wanted (`on_exists = "number"`) one with a number. */
  const firstFree = async (entry: Entry, wanted: string): Promise<string> => {
    for (let n = 0; n <= (isNumbered ? mostNumbered : 0); n++) {
      const path = numberedPath(wanted, n);
      const other = await takenBy(entry, path);
      if (other === undefined) return path;
      if (!isNumbered && other !== "in the way") throw taken(other, path);
    }
    throw new RefusedError(
      `Stream ${stream.name}: ${shown(wanted)} and its numbers up to ${mostNumbered} are all at the partner or other files' names (push.on_exists = "number"). Have the partner take files away, or let push.name tell them apart`,
    );
  };
  const record = async (entry: Entry, number?: number): Promise<Entry> => {
    if (number !== undefined) assertRoom(number, stream.name, "push.name", template);
    const wanted = fillTemplate(template, {
      path: known.path,
      stream: stream.name,
      now: clock.wall(),
      mtime: mtimeOf(source) * 1000,
      timeZone,
      number,
    });
    const path = await firstFree(entry, wanted);
    if (entry === known) await removeLeft();
    return journal.update(entry, {
      target: { identity, path, ...(number !== undefined && { number }) },
      progress: progress && { ...progress, holder: lease.holder },
    });
  };

  let entry = hasNumber(template)
    ? await takeNumber({ entry: known, held: unseenNumber(target, known), record }, deps)
    : await record(known);
  for (let turn = 0; turn < turns; turn++) {
    const path = entry.target?.path ?? "";
    const destination = destinationOf(stream.name, push, path);
    const other = await claimName({ entry, path, destination }, deps);
    if (!other) return entry;
    if (!isNumbered) throw taken(other, path);
    entry = await record(entry, entry.target?.number);
  }
  throw new Error(`Stream ${stream.name}: names for ${shown(known.path)} are taken by several runs at one time`);
};
