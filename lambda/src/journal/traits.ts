/** What was learned of a partner's server, kept with the partner for some days: the next run begins with it. */
import { isAbility, isLimit, type TraitName } from "../config/server-traits.ts";
import { isKept, type Learned, type LearnedTraits, traitsKeptFor } from "../traits/traits.ts";
import { leasePartition } from "./lease.ts";
import { healthKey, healthOf, type PartnerHealth } from "./partner-health.ts";
import { asRead, type Item, type Key, type Table } from "./table.ts";

/** Where a partner's traits are. */
export const traitsKey = (partner: string): Key => ({ pk: leasePartition(partner), sk: "traits" });

const longestWhy = 300;

const asLearned = (name: string, value: unknown): Learned | undefined => {
  if (typeof value !== "object" || value === null) return undefined;
  const { value: learned, at, why } = value as Record<string, unknown>;
  const fits = isAbility(name)
    ? typeof learned === "boolean"
    : isLimit(name) && Number.isSafeInteger(learned) && Number(learned) > 0;
  if (!fits || typeof at !== "number") return undefined;
  return { value: learned as boolean | number, at, why: String(why ?? "").slice(0, longestWhy) };
};

/** What of an item can be believed at this time; nothing of one that is damaged. */
export const traitsOf = (item: Item | undefined, now: number): LearnedTraits => {
  const held = item?.["kind"] === "traits" ? item["learned"] : undefined;
  if (typeof held !== "object" || held === null) return {};
  const believed: { [N in TraitName]?: Learned } = {};
  for (const [name, value] of Object.entries(held)) {
    const learned = asLearned(name, value);
    if (learned && isKept(learned, now)) believed[name as TraitName] = learned;
  }
  return believed;
};

/** A partner's health and its traits, with one request. */
export const readHealthAndTraits = async (
  table: Table,
  partner: string,
  now: number,
): Promise<{ readonly health: PartnerHealth | undefined; readonly learned: LearnedTraits }> => {
  const health = healthKey(partner);
  const traits = traitsKey(partner);
  const items = await table.getMany([health, traits]);
  const at = ({ sk }: Key) => items.find((item) => item.sk === sk);
  return { health: healthOf(at(health), now), learned: traitsOf(at(traits), now) };
};

export const readTraits = async (table: Table, partner: string, now: number): Promise<LearnedTraits> =>
  traitsOf(await table.get(traitsKey(partner)), now);

interface Change {
  readonly table: Table;
  readonly partner: string;
  readonly now: number;
  readonly nonce: () => string;
}

/** How often a write is tried while others write too. */
const turns = 5;

const replace = async (
  { table, partner, now, nonce }: Change,
  next: (known: LearnedTraits) => LearnedTraits,
): Promise<void> => {
  const key = traitsKey(partner);
  let found = await table.get(key);
  for (let turn = 0; turn < turns; turn++) {
    const learned = next(traitsOf(found, now));
    if (Object.keys(learned).length === 0) {
      if (!found || (await table.remove(found, asRead(found))).ok) return;
      found = await table.get(key);
      continue;
    }
    const item: Item = {
      ...key,
      rev: nonce(),
      kind: "traits",
      // Its interface has named fields only, all of them values that the table takes.
      learned: learned as unknown as Item["learned"],
      expires_at: Math.floor((now + traitsKeptFor) / 1000),
    };
    const outcome = await table.put(item, found ? asRead(found) : "absent");
    if (outcome.ok) return;
    found = outcome.found;
  }
};

/** Adds what a run has learned to what is known. Another run may have learned something else meanwhile: that stays. */
export const saveTraits = (change: Change, fresh: LearnedTraits): Promise<void> =>
  replace(change, (known) => ({ ...known, ...fresh }));

/** Forgets these traits, or all. Returns the names that were known. */
export const forgetTraits = async (change: Change, names?: readonly TraitName[]): Promise<TraitName[]> => {
  const forgotten = new Set<TraitName>();
  await replace(change, (known) => {
    const all = Object.entries(known) as [TraitName, Learned][];
    for (const [name] of all) if (names === undefined || names.includes(name)) forgotten.add(name);
    return Object.fromEntries(all.filter(([name]) => !forgotten.has(name)));
  });
  return [...forgotten];
};
