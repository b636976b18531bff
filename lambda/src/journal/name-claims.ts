/** Which file of a stream has a name at its destination: where names come of a template, two files may get one. */
import { type Entry, entryKey, isOpen } from "./entry.ts";
import type { Journal } from "./journal.ts";
import { asRead, type Item, type Key, type Table } from "./table.ts";

interface Wish {
  /** Its `target` is recorded already: so whoever wants the same name sees that it is wanted. */
  readonly entry: Entry;
  /** Below the stream's destination. */
  readonly path: string;
  /** As deliveries have it. */
  readonly destination: string;
  /** Names of another kind don't meet these. */
  readonly room?: "archive" | "unpacked";
  /** Whether an entry that has asked for the name has it, where that is told otherwise than for destinations. */
  readonly isHeldBy?: (owner: Entry) => boolean;
}

export interface ClaimDeps {
  readonly table: Table;
  readonly journal: Journal;
  readonly now: () => number;
  readonly nonce: () => string;
}

const turns = 20;

const keyOf = ({ entry, path, room }: Pick<Wish, "entry" | "path" | "room">): Key => {
  const { pk, sk } = entryKey(entry.direction, entry.stream, path);
  return { pk: `${room ?? "name"}#${pk}`, sk };
};

/** What a claim says of whose it is, as its item has it. */
export const ownedBy = ({ pk, sk }: Key) => ({ owner_pk: pk, owner_sk: sk });

/** Key of the entry that a claim was given to. */
export const ownerKeyOf = (found: Item | undefined): Key | undefined => {
  const pk = found?.["owner_pk"];
  const sk = found?.["owner_sk"];
  return typeof pk === "string" && typeof sk === "string" ? { pk, sk } : undefined;
};

/** Is the claim this entry's? */
export const isOwnedBy = (found: Item | undefined, { pk, sk }: Key): boolean => {
  const owner = ownerKeyOf(found);
  return owner?.pk === pk && owner.sk === sk;
};

/** Was the name given to this entry, and to no other since? */
export const isOwn = async (table: Table, wish: Pick<Wish, "entry" | "path" | "room">): Promise<boolean> =>
  isOwnedBy(await table.get(keyOf(wish)), wish.entry);

/** Key of the entry of the file that a name was given to, at some time. */
export const namedEntry = async (
  table: Table,
  { direction, stream, path }: Pick<Entry, "direction" | "stream" | "path">,
): Promise<Key | undefined> => {
  const { pk, sk } = entryKey(direction, stream, path);
  return ownerKeyOf(await table.get({ pk: `name#${pk}`, sk }));
};

/** The entry that has the name: it was delivered there, or is on its way. Undefined where nobody has it, or only this entry. */
const ownerOf = async (
  found: Item | undefined,
  { entry, path, destination, isHeldBy }: Wish,
  journal: Journal,
): Promise<Entry | undefined> => {
  const key = ownerKeyOf(found);
  if (key === undefined || isOwnedBy(found, entry)) return undefined;
  const owner = await journal.read(key);
  if (!owner) return undefined;
  if (isHeldBy) return isHeldBy(owner) ? owner : undefined;
  const isWanted = (isOpen(owner) || owner.state === "failed") && owner.target?.path === path;
  return isWanted || owner.deliveries.some((one) => one.destination === destination) ? owner : undefined;
};

/** The other file that has this name, as far as one look tells. */
export const otherOwner = async (wish: Wish, { table, journal }: ClaimDeps): Promise<Entry | undefined> =>
  ownerOf(await table.get(keyOf(wish)), wish, journal);

/** Takes the name for this entry; returns the entry of another file that has it, and undefined where it is taken. */
export const claimName = async (wish: Wish, { table, journal, now, nonce }: ClaimDeps): Promise<Entry | undefined> => {
  const key = keyOf(wish);
  let found = await table.get(key);
  for (let turn = 0; turn < turns; turn++) {
    const owner = await ownerOf(found, wish, journal);
    if (owner) return owner;
    const remembered = now() - journal.remembersSince();
    const expires_at = Math.floor((now() + remembered) / 1000);
    // Written also where it is this entry's already: who has read it before must not take it over.
    const item: Item = { ...key, rev: nonce(), kind: "name", ...ownedBy(wish.entry), expires_at };
    const outcome = await table.put(item, found ? asRead(found) : "absent");
    if (outcome.ok) return undefined;
    found = outcome.found;
  }
  throw new Error(`Stream ${wish.entry.stream}: the name ${wish.path} is claimed by several runs at one time`);
};
