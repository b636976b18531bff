/**
 * Running numbers that the partner, or we, gave to files: which one is awaited, and which file has which. Each side has a cursor,
 * `next`, which only ever goes forward by one and only past a number that is over: its claim names an entry that was delivered or
 * skipped, or says that an operator let it go. A file claims its number before it begins, so whoever dies between its end and the
 * cursor's move leaves enough to move it again, and no two files have one number.
 */
import type { Sequence } from "../config/types.ts";
import { type Entry, openStreamOf, outOfSequence } from "./entry.ts";
import { type ClaimDeps, isOwnedBy, ownedBy, ownerKeyOf } from "./name-claims.ts";
import { asRead, type Item, type Key, type Table, type Value } from "./table.ts";

/** A number, and how often numbers have begun again before it. */
export interface Place {
  readonly number: number;
  readonly round: number;
}

export interface Cursor extends Place {
  /** Since when this number is awaited. Milliseconds since the epoch. */
  readonly since: number;
  /** The number that the configuration began with, and when that was written. */
  readonly first: number;
  readonly writtenAt: number;
  readonly rev: string;
}

/** One side's numbers. */
export interface NumberedSide extends Pick<Entry, "stream" | "direction"> {
  readonly sequence: Sequence;
  /** When the configuration was written that says so. Milliseconds since the epoch. */
  readonly writtenAt?: number | undefined;
}

const cursors = "sequence";
/** Numbers looked at in one request, once the first of them was over. */
const manyPlaces = 100;
const turns = 20;

const sideOf = ({ direction, stream }: Pick<Entry, "stream" | "direction">): string => openStreamOf(direction, stream);
const cursorKey = (side: Pick<Entry, "stream" | "direction">): Key => ({ pk: cursors, sk: sideOf(side) });
const claimKey = (side: Pick<Entry, "stream" | "direction">, { number, round }: Place): Key => ({
  pk: `${cursors}#${sideOf(side)}`,
  sk: `${String(round).padStart(6, "0")}#${String(number).padStart(16, "0")}`,
});

const asCursor = (item: Item | undefined): Cursor | undefined => {
  if (item === undefined) return undefined;
  const { rev, number, round, since, first, written_at: writtenAt }: Record<string, Value> = item;
  const all = [number, round, since, first, writtenAt];
  if (typeof rev !== "string" || !all.every((one) => Number.isSafeInteger(one))) return undefined;
  return { number, round, since, first, writtenAt, rev } as Cursor;
};

/** The number behind another one. */
export const placeAfter = ({ number, round }: Place, { min, max }: Sequence): Place =>
  max !== undefined && number >= max ? { number: min, round: round + 1 } : { number: number + 1, round };

/**
 * How far a number is ahead of the awaited one (0: it is that, negative: it is behind), and in which round. Where numbers begin
 * again, the nearer of the two ways counts.
 */
export const distanceOf = (
  number: number,
  { number: next, round }: Place,
  { min, max }: Sequence,
): Place & { readonly distance: number } => {
  if (max === undefined) return { number, round, distance: number - next };
  const span = max - min + 1;
  const ahead = (((number - next) % span) + span) % span;
  return ahead < span / 2
    ? { number, distance: ahead, round: number >= next ? round : round + 1 }
    : { number, distance: ahead - span, round: number < next ? round : round - 1 };
};

/** The cursor as it is; undefined before the side's first file. */
export const readCursor = async (table: Table, side: NumberedSide): Promise<Cursor | undefined> =>
  asCursor(await table.get(cursorKey(side)));

const write = async (
  { table, now, nonce }: Pick<ClaimDeps, "table" | "now" | "nonce">,
  side: NumberedSide,
  { number, round }: Place,
  { first, writtenAt }: Pick<Cursor, "first" | "writtenAt">,
  found: Item | undefined,
): Promise<{ readonly written?: Cursor; readonly found: Item | undefined }> => {
  const cursor = { number, round, since: now(), first, writtenAt, rev: nonce() };
  const { writtenAt: written_at, ...fields } = cursor;
  const item: Item = { ...cursorKey(side), kind: "sequence", ...fields, written_at };
  const outcome = await table.put(item, found ? asRead(found) : "absent");
  return outcome.ok ? { written: cursor, found } : { found: outcome.found };
};

/**
 * The cursor, made where there is none yet. A configuration that is newer than the one it was begun by and begins with another
 * number begins anew, in a round of its own: claims of before are none then. A number that there no longer is isn't awaited.
 */
export const openCursor = async (
  side: NumberedSide,
  deps: Pick<ClaimDeps, "table" | "now" | "nonce">,
): Promise<Cursor> => {
  const { first, min, max = Infinity } = side.sequence;
  const { writtenAt = 0 } = side;
  const isOne = (number: number) => max === Infinity || (number >= min && number <= max);
  let found = await deps.table.get(cursorKey(side));
  for (let turn = 0; turn < turns; turn++) {
    const known = asCursor(found);
    const isKept = known && (known.first === first || writtenAt <= known.writtenAt);
    if (isKept && isOne(known.number)) return known;
    const place = { number: isKept ? min : first, round: known ? known.round + 1 : 0 };
    const outcome = await write(deps, side, place, { first, writtenAt }, found);
    if (outcome.written) return outcome.written;
    found = outcome.found;
  }
  throw new Error(
    `Stream ${side.stream}: the awaited number of its ${side.direction} is written by several runs at one time`,
  );
};

/** What the journal has of a number. */
export interface Claim {
  /** The entry of the file that has it. */
  readonly owner?: Key;
  /** When an operator let it go; ISO 8601. */
  readonly letGo?: string;
}

const asClaim = (item: Item | undefined): Claim | undefined => {
  const letGo = item?.["let_go"];
  const owner = ownerKeyOf(item);
  if (typeof letGo === "string") return { letGo };
  return owner && { owner };
};

export const readClaim = async (table: Table, side: NumberedSide, place: Place): Promise<Claim | undefined> =>
  asClaim(await table.get(claimKey(side, place)));

/** As long as entries are kept. Seconds since the epoch. */
const expiry = ({ now, journal }: Pick<ClaimDeps, "now" | "journal">): number =>
  Math.floor((2 * now() - journal.remembersSince()) / 1000);

/** Has this entry's file given its number back: it is gone, or its name no longer has that number? */
const isFree = (owner: Entry | undefined): boolean =>
  owner === undefined ||
  owner.state === "gone" ||
  (owner.state === "failed" && owner.last_error?.kind === outOfSequence);

/** Takes a number for an entry; returns what has it otherwise, and undefined where it is this entry's. */
export const claimNumber = async (
  side: NumberedSide,
  place: Place,
  entry: Key,
  deps: ClaimDeps,
): Promise<{ readonly owner?: Entry | undefined; readonly letGo?: string | undefined } | undefined> => {
  const { table, journal, nonce } = deps;
  const key = claimKey(side, place);
  let found = await table.get(key);
  for (let turn = 0; turn < turns; turn++) {
    if (isOwnedBy(found, entry)) return undefined;
    const claim = asClaim(found);
    if (claim?.letGo !== undefined) return { letGo: claim.letGo };
    const owner = claim?.owner && (await journal.read(claim.owner));
    if (owner && !isFree(owner)) return { owner };
    const item: Item = { ...key, rev: nonce(), kind: "sequence", ...ownedBy(entry), expires_at: expiry(deps) };
    const outcome = await table.put(item, found ? asRead(found) : "absent");
    if (outcome.ok) return undefined;
    found = outcome.found;
  }
  throw new Error(`Stream ${side.stream}: the number ${place.number} is claimed by several runs at one time`);
};

/** Lets a number go that no file has; returns the file that has it otherwise. The item stays, for whoever asks later. */
export const letNumberGo = async (side: NumberedSide, place: Place, deps: ClaimDeps): Promise<Entry | undefined> => {
  const { table, journal, now, nonce } = deps;
  const key = claimKey(side, place);
  let found: Item | undefined;
  for (let turn = 0; turn < turns; turn++) {
    const claim = asClaim(found);
    if (claim?.letGo !== undefined) return undefined;
    const owner = claim?.owner && (await journal.read(claim.owner));
    if (owner && !isFree(owner)) return owner;
    const at = new Date(now()).toISOString();
    const item: Item = { ...key, rev: nonce(), kind: "sequence", let_go: at, expires_at: expiry(deps) };
    const outcome = await table.put(item, found ? asRead(found) : "absent");
    if (outcome.ok) return undefined;
    found = outcome.found;
  }
  throw new Error(`Stream ${side.stream}: the number ${place.number} is claimed by several runs at one time`);
};

/** Is nothing to be awaited of this number any more? */
const isOver = async (claim: Claim | undefined, { journal }: Pick<ClaimDeps, "journal">): Promise<boolean> => {
  if (claim?.owner === undefined) return claim?.letGo !== undefined;
  const owner = await journal.read(claim.owner);
  return owner?.state === "delivered" || owner?.state === "skipped";
};

/** Moves the cursor past all numbers that are over, and returns it. Whoever comes second finds it moved. */
export const advance = async (side: NumberedSide, deps: ClaimDeps): Promise<Cursor> => {
  const { table } = deps;
  let cursor = await openCursor(side, deps);
  for (let turn = 0; turn < turns; turn++) {
    let place: Place = cursor;
    for (let many = 1, isEnd = false; !isEnd; many = manyPlaces) {
      const places: Place[] = [];
      for (let one = place; places.length < many; one = placeAfter(one, side.sequence)) places.push(one);
      const keys = places.map((one) => claimKey(side, one));
      const claims = new Map((await table.getMany(keys)).map((item) => [item.sk, asClaim(item)]));
      for (const { sk } of keys) {
        isEnd = !(await isOver(claims.get(sk), deps));
        if (isEnd) break;
        place = placeAfter(place, side.sequence);
      }
    }
    if (place === cursor) return cursor;
    const outcome = await write(deps, side, place, cursor, { ...cursorKey(side), rev: cursor.rev });
    if (outcome.written) return outcome.written;
    cursor = await openCursor(side, deps);
  }
  return cursor;
};
