/**
 * The right to hold one connection to a partner. An item per partner and slot, written only on condition.
 *
 * - A lease lives for `ttl` from the moment its last renewal was SENT; the holder counts by the faster of its two clocks.
 * - A taker doesn't trust its own clock against the holder's: it takes a lease over once it has itself seen the same `rev`
 *   for a whole `ttl`, or when the lease has ended by the table's clock, which the holder wrote down and all runs can read,
 *   or where that isn't known, when it ended so long ago that no skew explains it.
 * - Who finds all slots taken adds a wake-up to one and leaves. The holder gives up its lease only on condition that none has
 *   come since it last looked. (In the table they are called rings.)
 */

import { type Clock, elapsed, type Mark, mark } from "../clock.ts";
import { asRead, type Item, type Key, type Table } from "./table.ts";

export const leaseTtl = 60_000;
/** How often a holder renews. */
export const renewEvery = 15_000;
/** A renewal without an answer for so long is left to itself, and another one sent. */
export const renewWithin = 10_000;
/** Without a renewal for this long, the holder cuts its connection. */
export const cutAfter = 45_000;
/** Difference between two machines' clocks that is still believed possible. */
export const allowedSkew = 300_000;
/** Difference between the clocks of the table's own servers that is allowed for. */
const tableSkew = 5_000;

export interface Lease {
  readonly partner: string;
  /** Names this holder on the entries that it works on. */
  readonly holder: string;
  /** Its holder before this one has never given it up: the process died, or was killed. */
  readonly tookOver: boolean;
  /** Wake-ups that were known at the last refresh or renewal. */
  readonly wakeUps: number;
  /** Milliseconds for which nobody else can hold this slot. */
  remaining(): number;
  /** Throws LeaseLost. Once `left` is aborted, whatever the answer may be counts no more: a later request's does. */
  renew(left?: AbortSignal): Promise<void>;
  /** Reads which wake-ups have come since. Throws LeaseLost. */
  refresh(): Promise<void>;
  /**
   * Gives the slot up, unless a wake-up has come since `answered` of them were handled: then false, and whoever holds it has
   * to look again. A renewal may read of one as well, so what the lease knows isn't what was answered.
   */
  release(answered: number): Promise<boolean>;
  /** Gives the slot up, whatever wake-ups come: what they are about is in the journal, and the next tick finds it there. */
  abandon(): Promise<void>;
}

/** The lease went to somebody else, or couldn't be renewed in time. Nothing may be made visible any more. */
export class LeaseLost extends Error {
  override readonly name = "LeaseLost";
}

interface LeaseItem extends Item {
  readonly holder: string;
  readonly until: number;
  /** The same by the table's clock, if the holder knew it. */
  readonly ends?: number | undefined;
  readonly rings: number;
}

export const leasePartition = (partner: string): string => `lease#${partner}`;
/** Where a lease of one of a partner's slots is, counted from 0. */
export const slotKey = (partner: string, slot: number): Key => ({ pk: leasePartition(partner), sk: `slot#${slot}` });

const asLease = (item: Item | undefined): LeaseItem | undefined =>
  typeof item?.["rev"] === "string" &&
  typeof item["holder"] === "string" &&
  typeof item["until"] === "number" &&
  typeof item["rings"] === "number"
    ? (item as LeaseItem)
    : undefined;

/** What this process has seen of other holders' leases, and since when by its own clocks. */
export type Sightings = Map<string, Mark & { readonly rev: string }>;

export interface LeaseOptions {
  readonly table: Table;
  readonly clock: Clock;
  readonly nonce: () => string;
  readonly sightings: Sightings;
}

/** Has the holder been silent for so long that it can't be alive? Remembers what it sees, so that a later look can tell. */
export const isLapsed = ({ table, clock, sightings }: LeaseOptions, found: Item): boolean => {
  const id = `${found.pk} ${found.sk}`;
  const seen = sightings.get(id);
  const rev = String(found.rev); // a damaged item may have none
  if (seen?.rev !== rev) sightings.set(id, { rev, ...mark(clock) });
  else if (elapsed(clock, seen).least >= leaseTtl) return true;
  const lease = asLease(found);
  if (lease === undefined) return false;
  if (clock.wall() > lease.until + allowedSkew) return true;
  const { ends, until } = lease;
  const told = table.now();
  // Ends that are further apart than clocks are don't belong together.
  if (told === undefined || typeof ends !== "number" || Math.abs(ends - until) > allowedSkew) return false;
  return told.least > ends + tableSkew;
};

/** When a lease that is written now ends: by this machine's clock, and by the table's. */
const endsOf = ({ table, clock }: Pick<LeaseOptions, "table" | "clock">) => {
  const told = table.now();
  return { until: clock.wall() + leaseTtl, ends: told && told.most + leaseTtl };
};

/**
 * Takes one of a partner's slots, or adds a wake-up and returns undefined. Errors of the table are thrown: no lease, no connection.
 * Without `wake` none is added: for who does its work with fewer connections as well.
 */
export const acquireLease = async (
  options: LeaseOptions,
  partner: string,
  slots: number,
  { wake = true }: { readonly wake?: boolean } = {},
): Promise<Lease | undefined> => {
  const { table, clock, nonce, sightings } = options;
  const holder = nonce();

  const item = (slot: number, rings: number): LeaseItem => ({
    ...slotKey(partner, slot),
    rev: nonce(),
    kind: "lease",
    holder,
    ...endsOf(options),
    since: clock.wall(),
    rings,
    expires_at: Math.floor(clock.wall() / 1000) + 86_400,
  });

  for (let turn = 0; turn < 5; turn++) {
    const taken: Key[] = [];
    let damaged = false;
    for (let slot = 0; slot < slots; slot++) {
      const sent = mark(clock);
      const mine = item(slot, 0);
      const outcome = await table.put(mine, "absent");
      if (outcome.ok) return holdLease(options, partner, mine, sent);
      if (outcome.found && isLapsed(options, outcome.found)) {
        const again = mark(clock);
        const over = item(slot, 0);
        const taking = await table.put(over, asRead(outcome.found));
        if (taking.ok) {
          sightings.delete(`${over.pk} ${over.sk}`);
          return holdLease(options, partner, over, again, true);
        }
      }
      if (outcome.found && !asLease(outcome.found)) damaged = true;
      else taken.push(slotKey(partner, slot));
    }
    if (!wake) return undefined;
    // Any holder will do; one that has just left makes room, so look again.
    for (const key of taken) if (await table.add(key, "rings", 1)) return undefined;
    // Nobody hears a damaged item; it is taken over once it has been seen for the life of a lease.
    if (damaged) return undefined;
  }
  return undefined;
};

const holdLease = (
  { table, clock, nonce }: LeaseOptions,
  partner: string,
  first: LeaseItem,
  firstSent: Mark,
  tookOver = false,
): Lease => {
  let current = first;
  let confirmed = firstSent;

  const lost = () => new LeaseLost(`The lease of ${partner} went to another run`);

  /**
   * Takes over what the table has, if it is still this holder's: a renewal whose answer was lost has changed the `rev`
   * without our knowing, and isn't another holder.
   */
  const adopt = (item: Item | undefined): boolean => {
    const found = asLease(item);
    if (found?.holder !== current.holder) return false;
    current = found;
    return true;
  };

  return {
    partner,
    holder: first.holder,
    tookOver,
    get wakeUps() {
      return current.rings;
    },
    remaining: () => leaseTtl - elapsed(clock, confirmed).most,

    async renew(left) {
      for (let turn = 0; turn < 10; turn++) {
        const sent = mark(clock);
        const next: LeaseItem = { ...current, rev: nonce(), ...endsOf({ table, clock }) };
        const outcome = await table.put(next, { rev: current.rev, rings: current.rings });
        if (left?.aborted) return;
        if (outcome.ok) {
          current = next;
          confirmed = sent;
          return;
        }
        if (!adopt(outcome.found)) throw lost();
      }
      throw lost();
    },

    async refresh() {
      if (!adopt(await table.get(current))) throw lost();
    },

    async release(answered) {
      for (let turn = 0; turn < 10; turn++) {
        const outcome = await table.remove(current, { rev: current.rev, rings: answered });
        if (outcome.ok) return true;
        const before = current.rev;
        if (!adopt(outcome.found)) return true; // not ours any more: nothing to give up
        if (current.rings !== answered) return false;
        if (current.rev === before) return false;
      }
      return false;
    },

    async abandon() {
      for (let turn = 0; turn < 10; turn++) {
        const outcome = await table.remove(current, { rev: current.rev });
        if (outcome.ok || !adopt(outcome.found)) return;
      }
    },
  };
};

/** Since when each of a partner's slots has been held, for whoever wants to know why it can't have one. Milliseconds since the epoch. */
export const slotsHeldSince = async (table: Table, partner: string): Promise<number[]> => {
  const since: number[] = [];
  for await (const page of table.query(leasePartition(partner))) {
    for (const item of page) if (asLease(item) && typeof item["since"] === "number") since.push(item["since"]);
  }
  return since.sort((a, b) => a - b);
};

/**
 * Holders of a partner's slots. One that has been silent for a whole life is put out of its slot, so that its work can be
 * taken over although nobody needs the slot.
 */
export const liveHolders = async (options: LeaseOptions, partner: string): Promise<Set<string>> => {
  const { table } = options;
  const holders = new Set<string>();
  for await (const page of table.query(leasePartition(partner))) {
    for (const item of page) {
      const lease = asLease(item);
      if (!lease) continue; // a partner's health, or damaged
      const evicted = isLapsed(options, item) && (await table.remove(item, asRead(item))).ok;
      if (!evicted) holders.add(lease.holder);
    }
  }
  return holders;
};
