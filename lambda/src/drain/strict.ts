/**
 * Files that go one after the other (`strict_order`): the next begins when the one before it in order is delivered, gone or
 * skipped. What fails holds all that is behind it, also once it was given up. With running numbers (`order = "sequence"`) so does
 * one that is missing.
 */
import { type Entry, isOpen, isRecord, outOfSequence } from "../journal/entry.ts";
import { type Item, type Key, textOfKey } from "../journal/table.ts";
import type { Log } from "../telemetry/types.ts";
import { type DueSource, readyOf } from "./due.ts";
import type { InFlight } from "./in-flight.ts";
import { createLine, type OrderedSide, type Placed, placedEntry, placedItem, withPlace } from "./order.ts";
import type { Numbers } from "./sequence.ts";

/** Events come out of turn, and the index shows one write before another: a file is left alone for so long. Milliseconds. */
const settleTime = 3_000;
/** A file that may begin this soon is waited for. Milliseconds. */
const maxWait = 5_000;
/** How often that is done without a file that moves meanwhile. */
const maxWaits = 5;

interface StrictDeps {
  readonly source: DueSource;
  readonly inFlight: Pick<InFlight, "add">;
  readonly isStopping: () => boolean;
  readonly sleep: (milliseconds: number) => Promise<void>;
  readonly log: Log;
  /** Where files have running numbers. */
  readonly numbers?: Numbers | undefined;
}

type Step = "ended" | "moved" | "passed" | { readonly heldUntil: number };

/** What is open or given up, in order: the first of it is who all others wait for. */
export const lineOf = async (
  { stream, direction, order }: OrderedSide,
  { journal }: Pick<DueSource, "journal">,
  { hints = [], numbers }: { readonly hints?: readonly Entry[]; readonly numbers?: Numbers | undefined } = {},
): Promise<Placed[]> => {
  const line = createLine(order);
  const add = (placed: Placed) => line.add(withPlace(placed, numbers));
  for (const entry of hints) add(placedEntry(entry));
  for (const pages of [journal.open(direction, stream.name), journal.failed(direction, stream.name)])
    for await (const page of pages) for (const item of page) if (!isSetAside(item)) add(placedItem(item));
  return line.first();
};

/** Was it given up for having no place among the running numbers? Then nobody waits for it. */
export const isSetAside = ({ state, last_error: error }: Item): boolean =>
  state === "failed" && isRecord(error) && error["kind"] === outOfSequence;

/** When it has been known for long enough; a clock that is wrong by more says nothing. Milliseconds since the epoch. */
const settledAt = ({ known_at }: Entry, now: number): number => {
  const known = Date.parse(known_at);
  return Math.abs(now - known) < settleTime ? known + settleTime : now;
};

/** Moves the file if it may begin now, and tells what the next one has to know. */
const step = async (key: Key, side: OrderedSide, { source, inFlight, log, numbers }: StrictDeps): Promise<Step> => {
  const entry = await source.journal.read(key);
  if (!entry || !(isOpen(entry) || entry.state === "failed")) return "ended";
  // The partner's markers go behind their files, wherever their names are in the order: they hold nobody.
  const isMarker = entry.marker_of !== undefined;
  const turn = isMarker || entry.state === "failed" || !numbers ? "now" : await numbers.turnOf(entry);
  const isFree = isMarker || turn === "free";
  const held = (until: number): Step => (isFree ? "passed" : { heldUntil: until });
  if (turn === "waits") return held(Number.POSITIVE_INFINITY);
  if (typeof turn === "object") {
    await numbers?.setAside(entry, turn.wrong);
    return "passed";
  }
  if (entry.state === "failed") {
    if (!isMarker)
      log.warn(
        'Files wait behind one that was given up (strict_order): "bridge redrive" or "bridge skip" lets them go',
        {
          stream: side.stream.name,
          direction: side.direction,
          path: entry.path,
          reason: entry.last_error?.message,
        },
      );
    return held(Number.POSITIVE_INFINITY);
  }
  const now = source.now();
  // Which number is next doesn't depend on which file became known first.
  const from = Math.max(entry.next_attempt, numbers ? now : settledAt(entry, now));
  if (from > now) return held(from);
  // Else another run has it.
  const [mine] = await readyOf([entry], source);
  if (!mine) return held(Number.POSITIVE_INFINITY);
  await (await inFlight.add(mine)).done;
  const after = await source.journal.read(key);
  if (!after || !(isOpen(after) || after.state === "failed")) return "moved";
  return held(after.rev === entry.rev ? Number.POSITIVE_INFINITY : after.next_attempt);
};

/** Moves what a side has, one file after the other, until one has to wait. Throws what the journal throws. */
export const moveInTurn = async (side: OrderedSide, hints: readonly Entry[], deps: StrictDeps): Promise<void> => {
  const { source, isStopping, sleep, numbers } = deps;
  const passed = new Set<string>();
  let seeds = hints;
  for (let waits = 0; !isStopping(); ) {
    let hasMoved = false;
    let heldUntil: number | undefined;
    await numbers?.refresh();
    for (const placed of await lineOf(side, source, { hints: seeds, numbers })) {
      if (isStopping()) return;
      if (passed.has(textOfKey(placed))) continue;
      const outcome = await step(placed, side, deps);
      if (typeof outcome === "object") {
        ({ heldUntil } = outcome);
        break;
      }
      if (outcome === "passed") passed.add(textOfKey(placed));
      if (outcome !== "moved") continue;
      hasMoved = true;
      await numbers?.refresh();
      waits = 0;
      passed.clear();
    }
    seeds = [];
    if (heldUntil !== undefined) {
      const pause = heldUntil - source.now();
      if (pause > maxWait || waits >= maxWaits) return;
      waits++;
      await sleep(Math.max(pause, 0) + 10);
    } else if (!hasMoved) return;
  }
};
