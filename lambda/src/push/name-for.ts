/** The name of a pushed file where the stream has a template (`push.name`): decided once for each version, and its own. */
import type { Entry } from "../journal/entry.ts";
import { claimName, otherOwner } from "../journal/name-claims.ts";
import type { OpenObject } from "../s3/objects.ts";
import { RefusedError } from "../transfer/errors.ts";
import { fillTemplate } from "../transfer/fill-template.ts";
import { bytesOf, maxKeyBytes } from "../transfer/paths.ts";
import { mtimeOf } from "./attributes.ts";
import type { PushContext } from "./context.ts";
import { destinationOf } from "./prepare.ts";
import { finalOf } from "./target.ts";
import { removeAll, temporariesOf } from "./temporary.ts";

/** A path in a message: what is said behind it has to be seen as well. */
const shown = (path: string): string => JSON.stringify(path.length > 200 ? `${path.slice(0, 200)}…` : path);

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

  const path = fillTemplate(template, {
    path: known.path,
    stream: stream.name,
    now: clock.wall(),
    mtime: mtimeOf(source) * 1000,
    timeZone,
  });
  const what = `${shown(known.path)} would be called ${shown(path)} (push.name = ${shown(template)}), which`;
  const destination = destinationOf(stream.name, push, path, what);
  if (bytesOf(path) > maxKeyBytes)
    throw new RefusedError(
      `Stream ${stream.name}: push.name makes a path that has ${bytesOf(path)} bytes; ${maxKeyBytes} are allowed. Shorten the file's path or the template: ${shown(known.path)} would be called ${shown(path)}`,
    );
  const taken = (other: Entry) =>
    new RefusedError(
      `Stream ${stream.name}: ${shown(known.path)} and ${shown(other.path)} would both be called ${shown(path)} (push.name = ${JSON.stringify(template)}), and the latter has the name. Rename the former, or let the template tell them apart: {dir} has the directory, {now:yyyyMMddHHmmss} the time`,
    );
  const deps = { table, journal, now: clock.wall, nonce };
  const before = await otherOwner({ entry: known, path, destination }, deps);
  if (before) throw taken(before);

  const { progress } = known;
  // What an earlier version left lies where its own name would have been.
  if (progress && push.upload === "atomic")
    await removeAll(remote, temporariesOf(progress, finalOf(known, progress.identity, context), push));
  const entry = await journal.update(known, {
    target: { identity, path },
    progress: progress && { ...progress, holder: lease.holder },
  });
  const other = await claimName({ entry, path, destination }, deps);
  if (other) throw taken(other);
  return entry;
};
