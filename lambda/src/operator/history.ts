/** When did a file go, where to, with which checksum: what the journal kept of it. */
import type { Direction, StreamConfig } from "../config/types.ts";
import type { Invocation } from "../invocation.ts";
import { type Delivery, type Entry, entryKey } from "../journal/entry.ts";
import { namedEntry } from "../journal/name-claims.ts";
import { closedPaths } from "../pull/opened-path.ts";
import { templateOf } from "../transfer/name-template.ts";
import { joinRemote, startBelow } from "../transfer/paths.ts";
import { maxRows } from "./limits.ts";
import { streamNamed } from "./select.ts";

export interface HistoryRequest {
  readonly stream: string;
  /** A path below the stream's places, an S3 key, `s3://bucket/key` or a remote path; one that ends in `/` is a directory. */
  readonly path: string;
  readonly direction?: Direction | undefined;
}

export interface FileHistory {
  readonly direction: Direction;
  readonly path: string;
  readonly source: string;
  readonly state: string;
  readonly known_at: string;
  readonly attempts: number;
  readonly last_error: string | null;
  /** The newest last. */
  readonly deliveries: readonly Delivery[];
}

export interface HistoryAnswer {
  readonly stream: string;
  readonly found: boolean;
  readonly files: readonly FileHistory[];
  /** There are more than an answer holds: name a narrower path. */
  readonly truncated: boolean;
}

/** Places of the file, as each side would name it: the user may have copied any of them. */
const locations = ({ push, pull }: StreamConfig, asked: string, direction: Direction | undefined) => {
  const bare = asked.replace(/^s3:\/\//, "");
  const cut = (text: string, ...starts: string[]) => {
    const start = starts.find((one) => one !== "" && text.startsWith(one));
    return start === undefined ? text : text.slice(start.length);
  };
  const found: { direction: Direction; path: string; location: string }[] = [];
  if (push && direction !== "pull") {
    const path = cut(bare, `${push.bucket}/${push.prefix}`, push.prefix, startBelow(push.directory));
    found.push({ direction: "push", path, location: `${push.bucket}/${push.prefix}${path}` });
  }
  if (pull && direction !== "push") {
    const path = cut(bare, `${pull.bucket}/${pull.prefix}`, pull.prefix, startBelow(pull.directory));
    found.push({ direction: "pull", path, location: joinRemote(pull.directory, path) });
  }
  return found;
};

export const history = async ({ deps }: Invocation, request: HistoryRequest): Promise<HistoryAnswer> => {
  const { journal } = deps;
  const stream = streamNamed(deps.config, request.stream);
  const entries: Entry[] = [];
  for (const { direction, path, location } of locations(stream, request.path, request.direction)) {
    if (location.endsWith("/") || request.path === "") {
      const { pk } = entryKey(direction, stream.name, `${location.replace(/\/$/, "")}/x`);
      entries.push(...(await journal.directory(pk)).values());
    } else {
      // By the name that it has at its destination as well, where a template gave it that.
      const side = stream[direction];
      const hasNames = side !== undefined && templateOf(side) !== undefined;
      const named = hasNames && (await namedEntry(deps.table, { direction, stream: stream.name, path }));
      const { pull } = stream;
      const closed = direction === "pull" && pull ? closedPaths(pull, path) : [];
      for (const key of [
        entryKey(direction, stream.name, location),
        ...(named ? [named] : []),
        ...closed.map((one) => entryKey("pull", stream.name, joinRemote(pull?.directory ?? "", one))),
      ]) {
        const entry = await journal.read(key);
        if (entry && !entries.some(({ rev }) => rev === entry.rev)) entries.push(entry);
      }
    }
  }
  const shown = entries.slice(0, maxRows);
  const files = await Promise.all(
    shown.map(async (entry) => ({
      direction: entry.direction,
      path: entry.path,
      source: entry.source_location,
      state: entry.state,
      known_at: entry.known_at,
      attempts: entry.attempts,
      last_error: entry.last_error ? `${entry.last_error.at}: ${entry.last_error.message}` : null,
      deliveries: [...(await journal.earlierDeliveries(entry)), ...entry.deliveries],
    })),
  );
  return { stream: stream.name, found: files.length > 0, files, truncated: entries.length > shown.length };
};
