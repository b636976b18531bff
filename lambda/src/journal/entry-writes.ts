import type { Ending } from "../config/environment.ts";
import { derived } from "./derived.ts";
import { displaces, dueEventOf, endingOf, type Teller, waitingEvent } from "./endings.ts";
import type { Entry } from "./entry.ts";
import type { Item, Table } from "./table.ts";

/** Another actor has changed the entry since it was read: whoever gets this leaves the file to that actor. */
export class EntryTaken extends Error {
  override readonly name = "EntryTaken";
}

/** An entry that is being made. */
export type Draft = { -readonly [Name in keyof Entry]: Entry[Name] };

interface WriteOptions {
  readonly table: Table;
  readonly now: () => number;
  readonly nonce: () => string;
  readonly deliveredTtlDays: number;
  readonly teller: Teller | undefined;
  /** The item as an entry, where it is one. */
  readonly entryOf: (item: Item | undefined) => Entry | undefined;
}

/** Writes of whole entries, each on condition, and each with the note of an event that it makes due. */
export const createWrites = ({ table, now, nonce, deliveredTtlDays, teller, entryOf }: WriteOptions) => {
  /** Entries that this process has written, and nobody since where their `rev` is still there: they are in the table as they are here. */
  const own = new WeakSet<Entry>();

  /** `ending`: how this write ends the file, where somebody is to be told. `before`: what `expect` says that is there. */
  const write = async (entry: Entry, expect: Parameters<Table["put"]>[1], ending?: Ending, before?: Entry) => {
    const revision = nonce();
    const due = ending && { event_due: dueEventOf({ at: new Date(now()).toISOString(), ending, revision }) };
    const written = derived({ ...entry, rev: revision, ...due }, { now: now(), deliveredTtlDays, teller });
    // An interface has no index signature; its fields are values that the table takes.
    const base = before !== undefined && own.has(before) ? (before as unknown as Item) : undefined;
    const outcome = await table.put(written as unknown as Item, expect, base);
    if (outcome.ok) own.add(written);
    return outcome.ok ? { written } : { found: entryOf(outcome.found), there: outcome.found };
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
    const { written } = await write(after, { rev: entry.rev }, told, entry);
    if (!written) throw new EntryTaken(`Stream ${entry.stream}: ${entry.path} was changed by another run`);
    if (told !== undefined) teller?.add(written);
    return written;
  };

  return {
    write,
    carried,
    change,
    /** Compare-and-set; how it ends the file is seen by the two. */
    update: (entry: Entry, changes: Partial<Entry>): Promise<Entry> =>
      change(entry, changes, endingOf(entry, { ...entry, ...changes })),
  };
};
