import type { Ending } from "../config/environment.ts";
import type { Direction } from "../config/types.ts";
import type { Log } from "../telemetry/types.ts";
import { displaces, dueEventOf, endingOf, type Teller, waitingEvent } from "./endings.ts";
import {
  asEntry,
  type Delivery,
  type Entry,
  failedStreamOf,
  heldDeliveries,
  isOpen,
  lastDelivery,
  openStreamOf,
  type SourceVersion,
} from "./entry.ts";
import { asRead, type Item, type Key, type Table } from "./table.ts";

/** Another actor has changed the entry since it was read: whoever gets this leaves the file to that actor. */
export class EntryTaken extends Error {
  override readonly name = "EntryTaken";
}

/** What a file is, when it is first told to the journal. */
export interface KnownFile extends Key {
  readonly direction: Direction;
  readonly stream: string;
  readonly partner: string;
  readonly path: string;
  readonly source_location: string;
  readonly source: SourceVersion;
  readonly marker_of?: readonly string[];
  readonly replay?: true;
}

export interface JournalOptions {
  readonly table: Table;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
  /** A string that never comes again. */
  readonly nonce: () => string;
  readonly deliveredTtlDays: number;
  /** Told of items that are no entries of ours where one should be. */
  readonly log?: Log;
  /** Told of files that end; nobody is where it is left out. */
  readonly teller?: Teller | undefined;
}

/** An entry that is being made. */
type Draft = { -readonly [Name in keyof Entry]: Entry[Name] };

const day = 86_400_000;

export type Journal = ReturnType<typeof openJournal>;

/** The entries of the journal: every change is a compare-and-set on the whole entry. */
export const openJournal = ({ table, now, nonce, deliveredTtlDays, log, teller }: JournalOptions) => {
  const iso = () => new Date(now()).toISOString();

  /**
   * What follows from the state alone: place in the index, expiry. Every attribute that an entry may have is named, so that
   * none of an older version is left behind.
   */
  const derived = (entry: Entry): Entry => ({
    ...entry,
    target: entry.target,
    gate: entry.gate,
    progress: entry.progress,
    last_error: entry.last_error,
    replay: entry.replay,
    vanished: entry.vanished,
    marker_of: entry.marker_of,
    event_due: entry.event_due === undefined || teller?.isSent(entry.event_due) ? undefined : entry.event_due,
    open_stream: isOpen(entry)
      ? openStreamOf(entry.direction, entry.stream)
      : entry.state === "failed"
        ? failedStreamOf(entry.direction, entry.stream)
        : undefined,
    open_since: isOpen(entry) || entry.state === "failed" ? entry.known_at : undefined,
    size: entry.source.size,
    source_time: entry.source.time,
    expires_at:
      isOpen(entry) || entry.state === "failed" ? undefined : Math.floor((now() + deliveredTtlDays * day) / 1000),
  });

  /** The item as an entry; one that is none is told of, and otherwise as good as absent. */
  const read = (item: Item | undefined): Entry | undefined => {
    const entry = asEntry(item);
    if (item && !entry) {
      log?.warn(
        "An item of the journal is damaged or foreign; it is ignored, and replaced when its file is known again",
        {
          pk: item.pk,
          sk: item.sk,
        },
      );
    }
    return entry;
  };

  /** `ending`: how this write ends the file, where somebody is to be told. */
  const write = async (entry: Entry, expect: Parameters<Table["put"]>[1], ending?: Ending) => {
    const revision = nonce();
    const due = ending && { event_due: dueEventOf({ at: iso(), ending, revision }) };
    const written = derived({ ...entry, rev: revision, ...due });
    // An interface has no index signature; its fields are values that the table takes.
    const outcome = await table.put(written as unknown as Item, expect);
    return outcome.ok ? { written } : { found: read(outcome.found), there: outcome.found };
  };

  /** The note that a change leaves of an event that is still due; one that it would displace waits by itself from here on. */
  const carried = async (before: Entry, after: Entry, next?: Ending): Promise<string | undefined> => {
    if (!displaces(before, after, next)) return before.event_due;
    await table.put(waitingEvent(before), "absent");
    return undefined;
  };

  const change = async (entry: Entry, changes: Partial<Entry>, ending: Ending | undefined): Promise<Entry> => {
    const after: Draft = { ...entry, ...changes };
    const told = ending !== undefined && teller?.on.has(ending) ? ending : undefined;
    after.event_due = await carried(entry, after, told);
    const { written } = await write(after, { rev: entry.rev }, told);
    if (!written) throw new EntryTaken(`Stream ${entry.stream}: ${entry.path} was changed by another run`);
    if (told !== undefined) teller?.add(written);
    return written;
  };

  const update = (entry: Entry, changes: Partial<Entry>): Promise<Entry> =>
    change(entry, changes, endingOf(entry, { ...entry, ...changes }));

  return {
    /**
     * What was delivered since then is certainly known; an older delivery may have expired, so that what isn't known may have been
     * moved long ago. Milliseconds since the epoch.
     */
    remembersSince: () => now() - deliveredTtlDays * day,

    /** The entry as it is now. */
    async read(key: Key): Promise<Entry | undefined> {
      return read(await table.get(key));
    },

    async readMany(keys: readonly Key[]): Promise<Entry[]> {
      return (await table.getMany(keys)).map(read).filter((entry) => entry !== undefined);
    },

    /**
     * Makes a version known. `isNewer` decides against what is known already; a duplicate or an older version falls away
     * (undefined). `expected`: what the caller has read of it; `notBefore`: when it may be moved; `again`: it is the version that
     * was known, so its age and its failures stay. A transfer that is under way keeps its progress: it will find that its
     * `rev` is gone.
     */
    async know(
      file: KnownFile,
      isNewer: (known: Entry) => boolean | Promise<boolean>,
      {
        expected,
        notBefore = now(),
        again = false,
      }: { expected?: Entry | undefined; notBefore?: number; again?: boolean } = {},
    ): Promise<Entry | undefined> {
      const fresh: Entry = {
        ...file,
        rev: "",
        kind: "entry",
        state: "pending",
        known_at: iso(),
        next_attempt: notBefore,
        attempts: 0,
        deliveries: [],
      };
      let known = expected;
      let expect: Parameters<Table["put"]>[1] = known ? { rev: known.rev } : "absent";
      for (let turn = 0; turn < 20; turn++) {
        if (known && !(await isNewer(known))) return undefined;
        const next: Draft = known
          ? {
              ...fresh,
              known_at: isOpen(known) || again ? known.known_at : fresh.known_at,
              ...(again && { vanished: known.vanished, attempts: known.attempts, last_error: known.last_error }),
              deliveries: known.deliveries,
              target: known.target,
              gate: known.gate,
              progress: known.progress,
            }
          : fresh;
        if (known) next.event_due = await carried(known, next);
        const outcome = await write(next, expect);
        if (outcome.written) return outcome.written;
        // An item that is no entry of ours is replaced, on condition that it is still the one that was seen.
        expect = outcome.found ? { rev: outcome.found.rev } : outcome.there ? asRead(outcome.there) : "absent";
        known = outcome.found;
      }
      throw new EntryTaken(
        `Stream ${file.stream}: ${file.path} is changed too often to be recorded; it is tried again`,
      );
    },

    /** Compare-and-set. Throws EntryTaken. */
    update,

    /** The end of a transfer that worked: the audit record, and either rest or the next version. */
    async delivered(entry: Entry, delivery: Delivery): Promise<Entry> {
      const deliveries = [...entry.deliveries, delivery];
      if (deliveries.length > heldDeliveries) {
        const item: Item = {
          pk: `history#${entry.pk}`,
          // A sort key may have 1,024 bytes.
          sk: `${Buffer.from(entry.sk).subarray(0, 960).toString("utf8")}#${delivery.at}`,
          rev: nonce(),
          kind: "history",
          path: entry.path,
          // As above.
          deliveries: deliveries.slice(0, -1) as unknown as Item["deliveries"],
          expires_at: Math.floor((now() + deliveredTtlDays * day) / 1000),
        };
        await table.put(item, "absent");
      }
      const changes = {
        state: "delivered",
        gate: undefined,
        progress: undefined,
        last_error: undefined,
        replay: undefined,
        vanished: undefined,
        deliveries: deliveries.length > heldDeliveries ? [delivery] : deliveries,
      } as const;
      return change(entry, changes, "delivered");
    },

    /** Keeps the record of a file that is still there from expiring; writes only once half of its time is gone. */
    async refresh(entry: Entry): Promise<void> {
      const left = (entry.expires_at ?? Infinity) * 1000 - now();
      if (left > (deliveredTtlDays * day) / 2) return;
      await write(entry, { rev: entry.rev });
    },

    /** Notes what the listing shows a delivered file by, from now on. Another run that has changed the entry meanwhile knows better. */
    async noteListed(entry: Entry, listed: string): Promise<void> {
      const last = entry.deliveries.at(-1);
      if (last !== undefined)
        await write({ ...entry, deliveries: entry.deliveries.with(-1, { ...last, listed }) }, { rev: entry.rev });
    },

    /** Entries of a directory by these names: of many thousands that it may have had, those that are there now. */
    async named(pk: string, names: readonly string[]): Promise<Map<string, Entry>> {
      const entries = new Map<string, Entry>();
      const keys = [...new Set(names)].map((sk) => ({ pk, sk }));
      for (const entry of (await table.getMany(keys)).map(read)) if (entry) entries.set(entry.sk, entry);
      return entries;
    },

    /** All entries of a directory, by name. */
    async directory(pk: string): Promise<Map<string, Entry>> {
      const entries = new Map<string, Entry>();
      for await (const page of table.query(pk)) {
        for (const entry of page.map(read)) if (entry) entries.set(entry.sk, entry);
      }
      return entries;
    },

    /** Open entries of a stream, oldest first, as far as the index knows: only what the index projects, `limit` a page. */
    open: (direction: Direction, stream: string, limit?: number): AsyncIterable<readonly Item[]> =>
      table.queryOpen(openStreamOf(direction, stream), limit),
    /** Open entries of a stream that fall due until then, in that order, as far as the index knows: keys and times only. */
    due: (direction: Direction, stream: string, until: number): AsyncIterable<readonly Item[]> =>
      table.queryDue(openStreamOf(direction, stream), until),
    failed: (direction: Direction, stream: string, limit?: number): AsyncIterable<readonly Item[]> =>
      table.queryOpen(failedStreamOf(direction, stream), limit),
    everythingOpen: (): AsyncIterable<readonly Item[]> => table.scanOpen(),

    /** Has this very version been delivered, and is it not wanted again? */
    isDelivered: (entry: Entry, identity: string): boolean =>
      entry.replay !== true && lastDelivery(entry)?.identity === identity,

    /** Deliveries that the entry doesn't hold any more, oldest first. */
    async earlierDeliveries(entry: Pick<Entry, "pk" | "sk" | "path">): Promise<Delivery[]> {
      const deliveries: Delivery[] = [];
      for await (const page of table.query(`history#${entry.pk}`)) {
        for (const item of page) {
          const held = item["deliveries"] as unknown;
          if (item["path"] === entry.path && item.sk.startsWith(`${entry.sk}#`) && Array.isArray(held))
            deliveries.push(...(held as Delivery[]));
        }
      }
      return deliveries;
    },
  };
};
