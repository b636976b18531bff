/** Running numbers of which no file comes (`order = "sequence"`): they are let go, so that those behind them move. */
import { sideBySide } from "../concurrency/for-each.ts";
import { greatestNumber, numberOf } from "../config/sequence.ts";
import type { Direction, StreamConfig } from "../config/types.ts";
import { numberedSide, openNumbers, stateOf } from "../drain/sequence.ts";
import { isSetAside } from "../drain/strict.ts";
import type { Invocation } from "../invocation.ts";
import { type Cursor, distanceOf, letNumberGo, type NumberedSide, readClaim } from "../journal/sequence.ts";
import { ActionError } from "./action-error.ts";
import type { FileOutcome } from "./drain-now.ts";

/** Numbers of one request: each is an item of the journal. */
const mostAtOnce = 1_000;
const writesAtOnce = 16;

const rangeIn = (text: string, { min, max = greatestNumber }: { readonly min: number; readonly max?: number }) => {
  const [, from, to = from] = /^(\d{1,16})(?:-(\d{1,16}))?$/.exec(text) ?? [];
  const range = { from: Number(from), to: Number(to) };
  const lowest = max === greatestNumber ? 0 : min;
  if (from === undefined || range.from > range.to || range.from < lowest || range.to > max)
    throw new ActionError(
      "malformed",
      `${JSON.stringify(text)} isn't a number from ${lowest} to ${max}, or a range of them from the lower to the higher, such as 17 or 17-20.`,
    );
  if (range.to - range.from >= mostAtOnce)
    throw new ActionError(
      "malformed",
      `${text} are ${range.to - range.from + 1} numbers; one request lets ${mostAtOnce} go at most. Where the partner goes on with quite another number, set sequence.first to that instead.`,
    );
  return Array.from({ length: range.to - range.from + 1 }, (_, index) => range.from + index);
};

/** The files that are known and haven't moved, by their numbers; `furthest`: how far the last of them is ahead. */
const waitingFiles = async ({ deps }: Invocation, side: NumberedSide, cursor: Cursor) => {
  const files = new Map<number, { path: string; state: string }>();
  let furthest = -1;
  for (const pages of [
    deps.journal.open(side.direction, side.stream),
    deps.journal.failed(side.direction, side.stream),
  ])
    for await (const page of pages)
      for (const item of page) {
        const path = String(item["path"]);
        const number = numberOf(path, side.sequence);
        if (isSetAside(item) || typeof number === "string") continue;
        const { distance } = distanceOf(number, cursor, side.sequence);
        if (distance < 0) continue;
        files.set(number, { path, state: item["state"] === "failed" ? "failed" : "waiting" });
        furthest = Math.max(furthest, distance);
      }
  return { files, furthest };
};

interface Wish {
  readonly stream: StreamConfig;
  readonly direction: Direction;
  /** `17` or `17-20`. */
  readonly number: string;
  /** Also a number that nobody waits behind. */
  readonly force: boolean;
}

/** Lets numbers go that no file has; the others are told, and left as they are. Throws ActionError. */
export const skipNumbers = async (
  invocation: Invocation,
  { stream, direction, number: text, force }: Wish,
): Promise<FileOutcome[]> => {
  const { config, table, journal, clock, nonce, telemetry } = invocation.deps;
  const side = numberedSide({ stream, direction }, config);
  if (!side)
    throw new ActionError(
      "no-sequence",
      `The ${direction} of stream ${stream.name} has no running numbers (order = "sequence"): skip a file by its path.`,
    );
  const wanted = rangeIn(text, side.sequence);
  const deps = { table, journal, now: clock.wall, nonce, telemetry };
  const numbers = await openNumbers(side, deps);
  const cursor = numbers.cursor();
  const { files, furthest } = await waitingFiles(invocation, side, cursor);

  const one = async (number: number): Promise<Omit<FileOutcome, "path">> => {
    const place = distanceOf(number, cursor, side.sequence);
    const claim = await readClaim(table, side, place);
    if (claim?.letGo !== undefined)
      return { result: "let-go", why: `it was let go at ${claim.letGo} already. Nothing was done` };
    const owner = claim?.owner && (await journal.read(claim.owner));
    if (place.distance < 0)
      return owner
        ? {
            result: owner.state,
            why: `${JSON.stringify(owner.path)} has it, which ${stateOf(owner)}. Nothing was done`,
          }
        : { result: "missing", why: `it is behind ${cursor.number}, which is the awaited one. Nothing was done` };
    const file = files.get(number);
    if (file)
      return {
        result: file.state,
        why: `${JSON.stringify(file.path)} has it: "skip" that file by its path, if nobody wants it. Nothing was done`,
      };
    if (!force && place.distance > furthest)
      return {
        result: "awaited",
        why: "no file waits behind it, so that it may still come. Nothing was done; --force lets it go all the same",
      };
    const taken = await letNumberGo(side, place, deps);
    if (taken)
      return {
        result: taken.state,
        why: `${JSON.stringify(taken.path)} has it, which ${stateOf(taken)}. Nothing was done`,
      };
    const again = direction === "push" ? "send" : "fetch";
    return {
      result: "skipped",
      why: `it was let go: nobody awaits it any more, and the files behind it go with the next tick, up to the next number that is missing. A file that comes with it later fails; "${again}" moves it all the same`,
    };
  };

  const outcomes: FileOutcome[] = [];
  await sideBySide(writesAtOnce, wanted, async (number) => {
    outcomes.push({ path: String(number), ...(await one(number)) });
  });
  await numbers.refresh();
  return outcomes.sort((a, b) => Number(a.path) - Number(b.path));
};
