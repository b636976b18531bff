import type { Direction } from "../config/types.ts";
import type { Log } from "../telemetry/types.ts";
import { day } from "./derived.ts";
import type { Teller } from "./endings.ts";
import { type Delivery, type Entry, heldDeliveries, isOpen, lastDelivery, type SourceVersion } from "./entry.ts";
import { createReads } from "./entry-reads.ts";
import { createWrites, type Draft, EntryTaken } from "./entry-writes.ts";
import { createHistory } from "./history.ts";
import { asRead, type Key, type Table } from "./table.ts";

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

export type Journal = ReturnType<typeof openJournal>;

/** The entries of the journal: every change is a compare-and-set on the whole entry. */
export const openJournal = ({ table, now, nonce, deliveredTtlDays, log, teller }: JournalOptions) => {
  const { entryOf, looks } = createReads(table, log);
  const { write, carried, change, update } = createWrites({ table, now, nonce, deliveredTtlDays, teller, entryOf });
  const { putAway, earlierDeliveries } = createHistory({ table, now, nonce, deliveredTtlDays });

  return {
    ...looks,

    /** Deliveries that the entry doesn't hold any more, oldest first. */
    earlierDeliveries,

    /**
     * What was delivered since then is certainly known; an older delivery may have expired, so that what isn't known may have been
     * moved long ago. Milliseconds since the epoch.
     */
    remembersSince: () => now() - deliveredTtlDays * day,

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
        known_at: new Date(now()).toISOString(),
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
      const isFull = entry.deliveries.length >= heldDeliveries;
      if (isFull) await putAway(entry, entry.deliveries, delivery.at);
      const changes = {
        state: "delivered",
        gate: undefined,
        progress: undefined,
        last_error: undefined,
        replay: undefined,
        vanished: undefined,
        deliveries: isFull ? [delivery] : [...entry.deliveries, delivery],
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

    /** Has this very version been delivered, and is it not wanted again? */
    isDelivered: (entry: Entry, identity: string): boolean =>
      entry.replay !== true && lastDelivery(entry)?.identity === identity,
  };
};
