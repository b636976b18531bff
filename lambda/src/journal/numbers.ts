/**
 * Numbers that names have (`{seq}`): each side of a stream counts its own, none comes twice and none is left out. A number is
 * recorded in the entry first, then claimed by an item of its own that names the entry, then noted as the last one; nothing is
 * sent before all three. So whoever dies between them finds its own number again, and who comes after it finds that it is taken.
 */
import { keptBy } from "../kept-by.ts";
import { type Entry, openStreamOf } from "./entry.ts";
import type { Journal } from "./journal.ts";
import { type ClaimDeps, isOwnedBy, ownedBy } from "./name-claims.ts";
import { asRead, type Item, type Key } from "./table.ts";

/** Numbers behind the last one that may have been claimed by runs which died before they noted it, or by others meanwhile. */
const turns = 100;

const lastOf = (side: string): Key => ({ pk: `number#${side}`, sk: "last" });
const claimOf = (side: string, number: number): Key => ({
  pk: `number#${side}`,
  sk: `taken#${String(number).padStart(16, "0")}`,
});

const asNumber = (value: unknown): number => (Number.isSafeInteger(value) ? (value as number) : 0);

/** Notes that this number and all before it are taken; a later one stays. Throws where others write it all the time. */
const raise = async (side: string, number: number, { table, nonce }: ClaimDeps): Promise<void> => {
  const key = lastOf(side);
  let found = await table.get(key);
  for (let turn = 0; turn < turns; turn++) {
    if (asNumber(found?.["last"]) >= number) return;
    const item: Item = { ...key, rev: nonce(), kind: "number", last: number };
    const outcome = await table.put(item, found ? asRead(found) : "absent");
    if (outcome.ok) return;
    found = outcome.found;
  }
  throw new Error(`The number ${number} of ${side} can't be noted: several runs write it at one time`);
};

/** Takes a number for an entry; false if another one has it. */
const claim = async (entry: Entry, side: string, number: number, deps: ClaimDeps): Promise<boolean> => {
  const { table, journal, now, nonce } = deps;
  // As long as entries are kept: what was taken and never noted has by then been sent by nobody.
  const expires_at = Math.floor((2 * now() - journal.remembersSince()) / 1000);
  const item: Item = {
    ...claimOf(side, number),
    rev: nonce(),
    kind: "number",
    ...ownedBy(entry),
    expires_at,
  };
  const outcome = await table.put(item, "absent");
  return outcome.ok || isOwnedBy(outcome.found, entry);
};

/** Those of one process take turns, so that they don't take each other's numbers: by journal and side. */
const queuesOf = keptBy<Journal, Map<string, Promise<unknown>>>(() => new Map());
const inTurn = async <T>(journal: Journal, side: string, act: () => Promise<T>): Promise<T> => {
  const sides = queuesOf(journal);
  const turn = (sides.get(side) ?? Promise.resolve()).then(act, act);
  sides.set(
    side,
    turn.catch(() => {}),
  );
  return turn;
};

export interface NumberWish {
  /** As it was read. */
  readonly entry: Entry;
  /** A number that it has and nobody has seen, such as that of a version which was never sent: it is kept. */
  readonly held: number | undefined;
  /** Writes the number into the entry, with the name that it makes. Throws where there can't be such a name: then no number is used. */
  readonly record: (entry: Entry, number: number) => Promise<Entry>;
}

/** The entry with its number recorded, which is its own from here on. Throws what `record` and the table throw. */
export const takeNumber = ({ entry: known, held, record }: NumberWish, deps: ClaimDeps): Promise<Entry> => {
  const side = openStreamOf(known.direction, known.stream);
  return inTurn(deps.journal, side, async () => {
    const { table } = deps;
    if (held !== undefined && isOwnedBy(await table.get(claimOf(side, held)), known)) {
      const entry = await record(known, held);
      await raise(side, held, deps);
      return entry;
    }
    let number = asNumber((await table.get(lastOf(side)))?.["last"]);
    let entry = known;
    for (let turn = 0; turn < turns; turn++) {
      number++;
      entry = await record(entry, number);
      const isMine = await claim(entry, side, number, deps);
      await raise(side, number, deps);
      if (isMine) return entry;
    }
    throw new Error(`Stream ${known.stream}: numbers for names are taken by several runs at one time`);
  });
};
