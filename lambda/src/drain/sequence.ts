/** Whose turn it is where files have running numbers (`order = "sequence"`). */
import { numberOf } from "../config/sequence.ts";
import type { BridgeConfig } from "../config/types.ts";
import { type Entry, outOfSequence } from "../journal/entry.ts";
import { EntryTaken } from "../journal/entry-writes.ts";
import type { ClaimDeps } from "../journal/name-claims.ts";
import {
  advance,
  type Claim,
  type Cursor,
  claimNumber,
  distanceOf,
  type NumberedSide,
  readClaim,
} from "../journal/sequence.ts";
import type { Telemetry } from "../telemetry/types.ts";
import type { DrainDeps } from "./deps.ts";
import type { OrderedSide } from "./order.ts";

/** The side with its numbers; undefined where its order is another one. */
export const numberedSide = (
  { stream, direction }: Pick<OrderedSide, "stream" | "direction">,
  { writtenAt }: Pick<BridgeConfig, "writtenAt">,
): NumberedSide | undefined => {
  const sequence = stream[direction]?.sequence;
  return sequence && { stream: stream.name, direction, sequence, writtenAt };
};

/**
 * `now`: it may begin. `free`: so it may, and nobody waits for it. `waits`: its number isn't awaited yet. `wrong`: it has no place
 * among the numbers, for this reason.
 */
export type Turn = "now" | "free" | "waits" | { readonly wrong: string };

/** The numbers of one side, for whoever looks at its files one after the other. */
export interface Numbers {
  readonly cursor: () => Cursor;
  /** Moves the cursor past all that is over. */
  readonly refresh: () => Promise<void>;
  /** Where a file of this path stands: negative behind the awaited number, 0 with it; one without a number is before all others. */
  readonly placeOf: (path: string) => number;
  readonly turnOf: (entry: Entry) => Promise<Turn>;
  /** Ends a file that has no place among the numbers. */
  readonly setAside: (entry: Entry, why: string) => Promise<void>;
}

interface NumbersDeps extends ClaimDeps {
  readonly telemetry: Pick<Telemetry, "log">;
}

export const stateOf = ({ state, deliveries }: Entry): string => {
  const last = deliveries.at(-1);
  if (state === "delivered" && last) return `was delivered at ${last.at}`;
  return state === "failed" ? "was given up" : state === "skipped" ? "was skipped" : "waits or is being moved";
};

const whoHas = (number: number, claim: { readonly owner?: Entry | undefined; readonly letGo?: string | undefined }) =>
  claim.owner
    ? `its number ${number} is that of ${JSON.stringify(claim.owner.path)}, which ${stateOf(claim.owner)}; two files can't have one number`
    : `its number ${number} was let go by an operator${claim.letGo === undefined ? "" : ` at ${claim.letGo}`}, and files behind it may have gone`;

const claimed = async (claim: Claim, { journal }: ClaimDeps) => ({
  owner: claim.owner && (await journal.read(claim.owner)),
  letGo: claim.letGo,
});

/** Takes the file's number for it where it is the awaited one. Throws what the table throws. */
const turnOf = async (entry: Entry, side: NumberedSide, cursor: Cursor, deps: ClaimDeps): Promise<Turn> => {
  const number = numberOf(entry.path, side.sequence);
  const wrong = (why: string): Turn => (entry.replay ? "free" : { wrong: why });
  if (typeof number === "string") return wrong(number);
  const place = distanceOf(number, cursor, side.sequence);
  if (place.distance > 0) return "waits";
  if (place.distance === 0) {
    const other = await claimNumber(side, place, entry, deps);
    return other ? wrong(whoHas(number, other)) : "now";
  }
  // It comes again: under its name it is a newer version of what has its number.
  if (entry.deliveries.length > 0) return "now";
  const claim = await readClaim(deps.table, side, place);
  if (claim?.owner?.pk === entry.pk && claim.owner.sk === entry.sk) return "now";
  return wrong(
    claim
      ? whoHas(number, await claimed(claim, deps))
      : `its number ${number} is behind ${cursor.number}, which is the awaited one, and was never counted (sequence.first)`,
  );
};

/** Ends a file that has no place among the numbers: it fails, holds nobody, and is the alarm `failed`. */
const setAside = async (entry: Entry, why: string, { journal, now, telemetry }: NumbersDeps): Promise<void> => {
  const byHand = entry.direction === "push" ? "send" : "fetch";
  const message = `Stream ${entry.stream}: ${entry.source_location}: ${why}. It holds no other file. Once names and sequence are right, "bridge redrive" has it looked at again; "bridge skip" ends it, "bridge ${byHand}" moves it all the same, out of its turn`;
  try {
    await journal.update(entry, {
      state: "failed",
      last_error: { kind: outOfSequence, message: message.slice(0, 1_000), at: new Date(now()).toISOString() },
    });
  } catch (taken) {
    if (!(taken instanceof EntryTaken)) throw taken;
    return;
  }
  const { stream, direction, path } = entry;
  telemetry.log.error("A file has no place among the numbers of its stream; it stays in the journal as failed", {
    ...{ stream, direction, path, reason: message },
  });
};

/** Throws what the table throws. */
export const openNumbers = async (side: NumberedSide, deps: NumbersDeps): Promise<Numbers> => {
  const { sequence } = side;
  let cursor = await advance(side, deps);
  return {
    cursor: () => cursor,
    refresh: async () => {
      cursor = await advance(side, deps);
    },
    placeOf: (path) => {
      const number = numberOf(path, sequence);
      return typeof number === "string" ? Number.NEGATIVE_INFINITY : distanceOf(number, cursor, sequence).distance;
    },
    turnOf: (entry) => turnOf(entry, side, cursor, deps),
    setAside: (entry, why) => setAside(entry, why, deps),
  };
};

/**
 * Takes the number of a file that an operator skips before its turn, so that the cursor goes past it. What is behind, or has no
 * number, needs none.
 */
export const takeSkipped = async (entry: Entry, side: NumberedSide, deps: NumbersDeps): Promise<void> => {
  const number = numberOf(entry.path, side.sequence);
  if (typeof number === "string") return;
  const place = distanceOf(number, await advance(side, deps), side.sequence);
  if (place.distance >= 0) await claimNumber(side, place, entry, deps);
};

/** As a drain, or an operator's action, has it; undefined for a side of another order. */
export const numbersOf = async (
  side: Pick<OrderedSide, "stream" | "direction">,
  { config, table, journal, clock, nonce, telemetry }: DrainDeps,
): Promise<Numbers | undefined> => {
  const numbered = numberedSide(side, config);
  return numbered && openNumbers(numbered, { table, journal, now: clock.wall, nonce, telemetry });
};
