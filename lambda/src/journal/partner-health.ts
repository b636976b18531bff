/** When a partner that refused everyone may be asked again: one attempt a turn, not one per file. */
import { leasePartition } from "./lease.ts";
import { retryDelay } from "./retry.ts";
import { asRead, type Item, type Key, type Table } from "./table.ts";

export interface PartnerHealth {
  readonly failures: number;
  /** Milliseconds since the epoch. */
  readonly notBefore: number;
  readonly lastError: string;
}

/** Where a partner's health is. */
export const healthKey = (partner: string): Key => ({ pk: leasePartition(partner), sk: "health" });

/** A partner is asked at least this often, however long it has been away: it may be back. Milliseconds. */
const maxPause = 15 * 60_000;
/** The same for one that has too many sessions: those end by themselves. */
const maxBusyPause = 2 * 60_000;

const asHealth = (item: Item | undefined): PartnerHealth | undefined =>
  typeof item?.["failures"] === "number" && typeof item["not_before"] === "number"
    ? { failures: item["failures"], notBefore: item["not_before"], lastError: String(item["last_error"] ?? "") }
    : undefined;

/** By how much a clock may be wrong. Milliseconds. */
const allowedSkew = 5 * 60_000;

/** The item as a partner's health. A pause that is longer than any of ours comes from a damaged item, and isn't kept. */
export const healthOf = (item: Item | undefined, now: number): PartnerHealth | undefined => {
  const health = asHealth(item);
  const isOurs = health && health.notBefore <= now + 1.2 * maxPause + allowedSkew;
  return health && (isOurs ? health : { ...health, notBefore: 0 });
};

export const readHealth = async (table: Table, partner: string, now: number): Promise<PartnerHealth | undefined> =>
  healthOf(await table.get(healthKey(partner)), now);

interface Failure {
  readonly partner: string;
  readonly message: string;
  /** It only has too many sessions just now, such as one of a function that was killed. */
  readonly busy: boolean;
  readonly now: number;
  readonly nonce: () => string;
  readonly random: () => number;
}

/** Counts a failed connection; only the holder of a lease calls this, so the last writer is right. */
export const recordPartnerFailure = async (table: Table, failure: Failure): Promise<PartnerHealth> => {
  const found = await table.get(healthKey(failure.partner));
  const failures = (asHealth(found)?.failures ?? 0) + 1;
  const longest = failure.busy ? maxBusyPause : maxPause;
  const notBefore = failure.now + Math.min(retryDelay(failures, failure.random), longest);
  await table.put(
    {
      ...healthKey(failure.partner),
      rev: failure.nonce(),
      kind: "health",
      failures,
      not_before: notBefore,
      last_error: failure.message,
      expires_at: Math.floor(failure.now / 1000) + 7 * 86_400,
    },
    found ? asRead(found) : "absent",
  );
  return { failures, notBefore, lastError: failure.message };
};

/** The partner answers again. */
export const clearHealth = async (table: Table, partner: string): Promise<void> => {
  const found = await table.get(healthKey(partner));
  if (found) await table.remove(found, asRead(found));
};
