/** Once a day and stream: a CSV of what was delivered, failed and waits, for those who want it (`reports`). */
import { sideBySide } from "../concurrency/for-each.ts";
import type { BridgeConfig, ReportsConfig } from "../config/types.ts";
import type { Invocation } from "../invocation.ts";
import { readStreamStates, remember, type StreamState, type StreamStates } from "../journal/stream-state.ts";
import { nextDay, spanOf } from "../report/days.ts";
import { gather, type Room } from "../report/gather.ts";
import { placeOf, readFields, rowsOf } from "../report/rows.ts";

const minute = 60_000;
/** No invocation lives longer: who has begun with it before that is gone. Milliseconds. */
const abandoned = 16 * minute;
/** Each attempt reads the whole journal. Milliseconds. */
const retryAfter = 60 * minute;
const writesAtOnce = 8;

interface DueReport {
  readonly stream: string;
  readonly day: string;
  readonly from: number;
  readonly to: number;
  /** The last day that was written. */
  readonly written: string | undefined;
}

const textIn = (state: StreamState | undefined, name: string): string | undefined => {
  const value = state?.[name];
  return typeof value === "string" ? value : undefined;
};
const timeIn = (state: StreamState | undefined, name: string): number => {
  const value = state?.[name];
  return typeof value === "number" ? value : Number.NEGATIVE_INFINITY;
};

/** Those that are to be written now, at most one of each stream: the oldest day first. */
const dueReports = (
  { streams }: BridgeConfig,
  { timeZone, streams: wanted }: ReportsConfig,
  facts: StreamStates,
  now: number,
): DueReport[] =>
  wanted
    .filter((stream) => streams.has(stream))
    .flatMap((stream) => {
      const fact = facts.of(stream, "report");
      const isHeld = (name: string, time: number) => Math.abs(now - timeIn(fact, name)) < time;
      if (isHeld("claimed", abandoned) || isHeld("failed", retryAfter)) return [];
      const written = textIn(fact, "day");
      const day = nextDay(timeZone, written, now);
      return day === undefined ? [] : [{ stream, day, written, ...spanOf(timeZone, day) }];
    });

const failed = "The report of a day couldn't be written; it is tried again in an hour";
const tooSlow =
  "the journal is too large to be read in one invocation: raise `timeout` or `memory_size`, or lower `journal_retention_days`";

/** Reads the journal once for all of these, and writes an object for each. */
const write = async ({ deps, deadline }: Invocation, reports: ReportsConfig, due: DueReport[], room?: Room) => {
  const { objects, table, clock, telemetry } = deps;
  const { bucket, prefix, storing } = reports;
  const keyOf = ({ stream, day }: DueReport) => `${prefix}${stream}/${day}.csv`;
  const jobs = new Map(due.map((one) => [one.stream, one]));
  const places = new Map(due.map((one) => [one.stream, { bucket, key: keyOf(one) }]));
  const signal = AbortSignal.timeout(Math.max(1, deadline.untilCut()));
  const gathering = gather({ objects, storing, places, signal, room });

  const note = async ({ stream, written }: DueReport, values: Record<string, string | number>) =>
    remember(deps, stream, "report", { ...(written !== undefined && { day: written }), ...values });
  const fail = async (one: DueReport, error: unknown) => {
    const { stream, day } = one;
    telemetry.log.error(failed, { stream, day, object: `s3://${bucket}/${keyOf(one)}`, error });
    await note(one, { failed: clock.wall() });
  };

  await sideBySide(writesAtOnce, due, (one) => note(one, { claimed: clock.wall() }));
  try {
    const since = new Date(Math.min(...due.map(({ from }) => from))).toISOString();
    for await (const page of table.scanSince(since, readFields)) {
      if (deadline.isClosing()) throw new Error(tooSlow);
      for (const item of page) {
        const one = jobs.get(placeOf(item)?.stream ?? "");
        if (one) for (const row of rowsOf(item, one)) await gathering.add(one.stream, row);
      }
    }
    for (const one of due) {
      const { stream, day } = one;
      try {
        const rows = await gathering.finish(stream);
        // Put off: the next tick has it, with those that there was no room for.
        if (rows === undefined) await note(one, {});
        else {
          await note(one, { day, rows });
          telemetry.log.info("The report of a day was written", {
            stream,
            day,
            rows,
            object: `s3://${bucket}/${keyOf(one)}`,
          });
        }
      } catch (error) {
        await fail(one, error);
      }
    }
  } catch (error) {
    for (const one of due) await fail(one, error);
  } finally {
    await gathering.abandon().catch((error: unknown) => {
      telemetry.log.warn("An upload of a report couldn't be ended; the bucket's lifecycle has to remove it", { error });
    });
  }
};

/** Writes what is due. That it can't is logged for its stream; it stops nothing else. */
export const writeReports = async (
  invocation: Invocation,
  reports: ReportsConfig,
  seen: StreamStates,
  room?: Room,
): Promise<void> => {
  const { config, clock, table } = invocation.deps;
  if (dueReports(config, reports, seen, clock.wall()).length === 0) return;
  // Read anew: another tick may have claimed them since this one began.
  const due = dueReports(config, reports, await readStreamStates(table), clock.wall());
  if (due.length > 0) await write(invocation, reports, due, room);
};
