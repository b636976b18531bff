/**
 * Polls that are due. A scheduled event writes one down before anything else, so that it isn't lost when the partner's
 * connection is taken: the holder, or the next tick, finds it here.
 */
import { isRecord } from "./entry.ts";
import { asRead, type Item, type Key, type Table } from "./table.ts";

export interface PollRequest extends Key {
  readonly rev: string;
  readonly stream: string;
  readonly partner: string;
  /** Milliseconds since the epoch. */
  readonly requested: number;
  /** The last directory of a poll that was broken off; the rest of it is still to be done. */
  readonly after?: string | undefined;
  /** Directories and names that its parts have listed. */
  readonly listed_directories?: number | undefined;
  readonly listed_names?: number | undefined;
  /** New files that they made known, where that is limited. */
  readonly taken_files?: number | undefined;
  /** Where connections ended in it; looked at by `endOf`. */
  readonly ended?: unknown;
}

/** Where connections ended in a poll. */
export interface PollEnd {
  /** The directory that was looked at; undefined since the poll got further. */
  readonly at?: string | undefined;
  /** So often in a row. */
  readonly times: number;
  /** Directories at which connections ended so often that they are passed over. */
  readonly passed: readonly string[];
}

/** What the parts of a poll have listed so far. */
interface Listed {
  readonly directories: number;
  readonly names: number;
  readonly files?: number;
}

/** … of this one. */
export const listedBy = ({
  listed_directories: directories,
  listed_names: names,
  taken_files: files,
}: PollRequest): Listed => ({
  directories: typeof directories === "number" ? directories : 0,
  names: typeof names === "number" ? names : 0,
  ...(typeof files === "number" && { files }),
});

/** … and where connections ended in it; undefined if none did. */
export const endOf = ({ ended }: Pick<PollRequest, "ended">): PollEnd | undefined => {
  if (!isRecord(ended)) return undefined;
  const { at, times, passed } = ended;
  return {
    at: typeof at === "string" ? at : undefined,
    times: typeof times === "number" ? times : 0,
    passed: Array.isArray(passed) ? passed.filter((one) => typeof one === "string") : [],
  };
};

const partitionOf = (partner: string): string => `poll#${partner}`;

/** Prefix of `open_stream` under which the index lists polls. */
export const openPolls = "poll";

// What isn't looked at here is the key, which the table vouches for.
const asRequest = (item: Item | undefined): PollRequest | undefined =>
  item?.["kind"] === "poll" && typeof item.rev === "string" && typeof item["stream"] === "string"
    ? { ...(item as unknown as PollRequest), after: typeof item["after"] === "string" ? item["after"] : undefined }
    : undefined;

interface Request {
  readonly partner: string;
  readonly stream: string;
  readonly now: number;
  readonly nonce: () => string;
}

/** Writes a poll down; one that is waiting already stands for both. */
export const requestPoll = async (table: Table, { partner, stream, now, nonce }: Request): Promise<void> => {
  const key = { pk: partitionOf(partner), sk: stream };
  const item: Item = {
    ...key,
    rev: nonce(),
    kind: "poll",
    stream,
    partner,
    requested: now,
    state: "pending",
    next_attempt: now,
    open_stream: openPolls,
    open_since: new Date(now).toISOString(),
  };
  const outcome = await table.put(item, "absent");
  if (outcome.ok || !outcome.found) return;
  // Renewed, so that a poll which is just ending doesn't take this request with it.
  const {
    open_since: since,
    after,
    listed_directories: directories,
    listed_names: names,
    taken_files: files,
    ended,
  } = outcome.found;
  const kept = {
    ...(typeof since === "string" && { open_since: since }),
    ...(typeof after === "string" && { after }),
    ...(typeof directories === "number" && { listed_directories: directories }),
    ...(typeof names === "number" && { listed_names: names }),
    ...(typeof files === "number" && { taken_files: files }),
    ...(ended !== undefined && { ended }),
  };
  await table.put({ ...item, ...kept }, asRead(outcome.found));
};

/** Polls that wait for this partner. */
export const requestedPolls = async (table: Table, partner: string): Promise<PollRequest[]> => {
  const requests: PollRequest[] = [];
  for await (const page of table.query(partitionOf(partner))) {
    for (const request of page.map(asRequest)) if (request) requests.push(request);
  }
  return requests;
};

/** A part of the poll has been done; it goes on behind this directory, in this run or in another one. */
export const continuePoll = async (
  table: Table,
  request: PollRequest,
  {
    after,
    counts,
    ended,
  }: { readonly after: string | undefined; readonly counts?: Listed; readonly ended?: PollEnd | undefined },
  nonce: () => string,
): Promise<void> => {
  const listed = counts && {
    listed_directories: counts.directories,
    listed_names: counts.names,
    taken_files: counts.files,
  };
  let found: Item | undefined = await table.get(request);
  for (let turn = 0; found && turn < 5; turn++) {
    // Asked for again meanwhile: that stands for both, and goes on from here as well.
    const outcome = await table.put(
      { ...found, after, ...listed, ended: ended && { ...ended }, rev: nonce() },
      asRead(found),
    );
    if (outcome.ok) return;
    found = outcome.found;
  }
};

/** The poll has been done. A request that came while it ran stays. */
export const donePoll = async (table: Table, request: PollRequest): Promise<void> => {
  await table.remove(request, { rev: request.rev });
};
