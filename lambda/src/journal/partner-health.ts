/** When a partner that refused everyone may be asked again: one attempt a turn, not one per file. */
import { allowedSkew, leasePartition } from "./lease.ts";
import { retryDelay } from "./retry.ts";
import { asRead, type Item, type Key, type Table } from "./table.ts";

export interface PartnerHealth {
  readonly failures: number;
  /** Milliseconds since the epoch. */
  readonly notBefore: number;
  readonly lastError: string;
  /** Processes in a row that died while they worked for this partner. */
  readonly deaths: number;
}

/** Where a partner's health is. */
export const healthKey = (partner: string): Key => ({ pk: leasePartition(partner), sk: "health" });

/** A partner is asked at least this often, however long it has been away: it may be back. Milliseconds. */
const maxPause = 15 * 60_000;
/** The same for one that has too many sessions: those end by themselves. */
const maxBusyPause = 2 * 60_000;

const asHealth = (item: Item | undefined): PartnerHealth | undefined =>
  typeof item?.["failures"] === "number" && typeof item["not_before"] === "number"
    ? {
        failures: item["failures"],
        notBefore: item["not_before"],
        lastError: String(item["last_error"] ?? ""),
        deaths: typeof item["deaths"] === "number" ? item["deaths"] : 0,
      }
    : undefined;

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

interface Change {
  readonly partner: string;
  readonly now: number;
  readonly nonce: () => string;
}

/** Only the holder of a lease calls this, so the last writer is right. */
const write = async (
  table: Table,
  { partner, now, nonce }: Change,
  next: (known: PartnerHealth | undefined) => PartnerHealth,
): Promise<PartnerHealth> => {
  const found = await table.get(healthKey(partner));
  const { failures, notBefore, lastError, deaths } = next(asHealth(found));
  await table.put(
    {
      ...healthKey(partner),
      rev: nonce(),
      kind: "health",
      failures,
      not_before: notBefore,
      last_error: lastError,
      ...(deaths > 0 && { deaths }),
      expires_at: Math.floor(now / 1000) + 7 * 86_400,
    },
    found ? asRead(found) : "absent",
  );
  return { failures, notBefore, lastError, deaths };
};

/** Counts a failed connection. */
export const recordPartnerFailure = (table: Table, failure: Failure): Promise<PartnerHealth> =>
  write(table, failure, (known) => {
    const failures = (known?.failures ?? 0) + 1;
    const longest = failure.busy ? maxBusyPause : maxPause;
    const notBefore = failure.now + Math.min(retryDelay(failures, failure.random), longest);
    return { failures, notBefore, lastError: failure.message, deaths: known?.deaths ?? 0 };
  });

/** Deaths that are borne without a pause: it may have been another partner's doing, or a machine's. */
const innocentDeaths = 2;

/** Counts a process that died over this partner. The pauses grow: one minute, doubled, up to a quarter of an hour. */
export const recordDeath = (table: Table, change: Change): Promise<PartnerHealth> =>
  write(table, change, (known) => {
    const deaths = (known?.deaths ?? 0) + 1;
    const pause = deaths > innocentDeaths ? Math.min(maxPause, 60_000 * 2 ** (deaths - innocentDeaths - 1)) : 0;
    return {
      failures: known?.failures ?? 0,
      notBefore: change.now + pause,
      lastError: `${deaths} processes in a row died while they worked for it`,
      deaths,
    };
  });

/** The partner answers again. That processes died over it stays known until one has not. */
export const partnerAnswers = async (table: Table, { deaths }: PartnerHealth, change: Change): Promise<void> => {
  if (deaths === 0) await clearHealth(table, change.partner);
  else
    await write(table, change, (known) => ({
      failures: 0,
      notBefore: 0,
      lastError: "",
      deaths: known?.deaths ?? deaths,
    }));
};

/** Nothing is held against the partner any more. */
export const clearHealth = async (table: Table, partner: string): Promise<void> => {
  const found = await table.get(healthKey(partner));
  if (found) await table.remove(found, asRead(found));
};
