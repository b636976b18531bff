/**
 * The few things that journal, leases and polls ask of DynamoDB. Every write makes a whole item, and is on a condition; every
 * item carries a `rev` that is new with each write, so that a response that was lost can be told from a condition that
 * failed. `dynamo.ts` implements it; the model tests have one in memory.
 */
import type { TableTime } from "./table-clock.ts";

export interface Key {
  readonly pk: string;
  readonly sk: string;
}

/** A key as one text, for maps and sets. */
export const textOfKey = ({ pk, sk }: Key): string => `${pk}\n${sk}`;

export type Value =
  | string
  | number
  | boolean
  | null
  | readonly Value[]
  | { readonly [name: string]: Value | undefined }
  | undefined;
export type Item = Key & { readonly rev: string; readonly [attribute: string]: Value };

/** What must hold for a write: the item is absent, or its attributes have these values (null: the item lacks this one). */
export type Expectation = "absent" | Readonly<Record<string, string | number | null>>;

/** That an item is as it was read; a damaged one may lack its `rev`. */
export const asRead = ({ rev }: { readonly rev?: unknown }): Expectation => ({
  rev: typeof rev === "string" || typeof rev === "number" ? rev : null,
});

export type WriteResult = { readonly ok: true } | { readonly ok: false; readonly found: Item | undefined };

export interface Count {
  readonly count: number;
  readonly next?: string | undefined;
}

export interface Table {
  /** Strongly consistent. */
  get(key: Key): Promise<Item | undefined>;
  /** Strongly consistent; missing items are left out; any number of keys. */
  getMany(keys: readonly Key[]): Promise<Item[]>;
  /** Writes the whole item. `base`: the item as it is where `expect` holds, with its `rev`: what is the same there needn't be sent. */
  put(item: Item, expect: Expectation, base?: Item): Promise<WriteResult>;
  remove(key: Key, expect: Expectation): Promise<WriteResult>;
  /** Adds to a number without touching `rev`. False if the item doesn't exist. */
  add(key: Key, attribute: string, amount: number): Promise<boolean>;
  /** All items of a partition, strongly consistent, in the order of `sk`, page by page. */
  query(pk: string): AsyncIterable<readonly Item[]>;
  /** Index `open`, oldest first: may lag behind the table by a moment. Only the projected attributes; `limit` of them a page. */
  queryOpen(openStream: string, limit?: number): AsyncIterable<readonly Item[]>;
  /** The whole of index `open`, in no order. */
  scanOpen(): AsyncIterable<readonly Item[]>;
  /** The whole of index `events`, in no order: keys and `event_due`. */
  scanDueEvents(): AsyncIterable<readonly Item[]>;
  /**
   * The whole table, in no order: of items that aren't done, or have a delivery since then (ISO 8601), these attributes. May lag
   * behind by a moment. It reads everything there is, which is paid for.
   */
  scanSince(since: string, attributes: readonly string[]): AsyncIterable<readonly Readonly<Record<string, Value>>[]>;
  /** Index `due`: when what is due for longest fell due, in milliseconds since the epoch; undefined where nothing is due. */
  dueSince(openStream: string, now: number): Promise<number | undefined>;
  /** Index `due`: what falls due until then, in the order in which it does; keys and `next_attempt` only. */
  queryDue(openStream: string, until: number): AsyncIterable<readonly Item[]>;
  /** Counts in index `due`, at most `limit` behind `after`; `next` is there where there is more to count. */
  countOpen(
    openStream: string,
    options: { readonly after?: string | undefined; readonly limit: number },
  ): Promise<Count>;
  /** The present by the table's own clock, which is the same for all runs; undefined where it isn't known. */
  now(): TableTime | undefined;
}

/** Name of the sparse index that holds only what still has to be done, or was given up. */
export const openIndex = "open";

/** Name of the same by when it falls due, of keys alone: whether something is due takes one item, however much there is. */
export const dueIndex = "due";

/** Name of the sparse index of events that are due; there only where the bridge sends events. */
export const eventsIndex = "events";
