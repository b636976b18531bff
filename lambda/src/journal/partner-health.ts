/** When a partner that refused everyone may be asked again: one attempt a turn, not one per file. */
import { leasePartition } from "./lease.ts";
import { retryDelay } from "./retry.ts";
import type { Item, Key, Table } from "./table.ts";

export interface PartnerHealth {
  readonly failures: number;
  /** Milliseconds since the epoch. */
  readonly notBefore: number;
  readonly lastError: string;
}

const keyOf = (partner: string): Key => ({ pk: leasePartition(partner), sk: "health" });

/** A partner is asked at least this often, however long it has been away: it may be back. Milliseconds. */
const longestPause = 15 * 60_000;

const asHealth = (item: Item | undefined): PartnerHealth | undefined =>
  typeof item?.["failures"] === "number" && typeof item["not_before"] === "number"
    ? { failures: item["failures"], notBefore: item["not_before"], lastError: String(item["last_error"] ?? "") }
    : undefined;

export const readHealth = async (table: Table, partner: string): Promise<PartnerHealth | undefined> =>
  asHealth(await table.get(keyOf(partner)));

interface Failure {
  readonly partner: string;
  readonly message: string;
  readonly now: number;
  readonly nonce: () => string;
  readonly random: () => number;
}

/** Counts a failed connection; only the holder of a lease calls this, so the last writer is right. */
export const recordPartnerFailure = async (table: Table, failure: Failure): Promise<PartnerHealth> => {
  const found = await table.get(keyOf(failure.partner));
  const failures = (asHealth(found)?.failures ?? 0) + 1;
  const notBefore = failure.now + Math.min(retryDelay(failures, failure.random), longestPause);
  await table.put(
    {
      ...keyOf(failure.partner),
      rev: failure.nonce(),
      kind: "health",
      failures,
      not_before: notBefore,
      last_error: failure.message,
      expires_at: Math.floor(failure.now / 1000) + 7 * 86_400,
    },
    found ? { rev: found.rev } : "absent",
  );
  return { failures, notBefore, lastError: failure.message };
};

/** The partner answers again. */
export const clearHealth = async (table: Table, partner: string): Promise<void> => {
  const found = await table.get(keyOf(partner));
  if (found) await table.remove(found, { rev: found.rev });
};
