import type { Clock } from "../clock.ts";
import type { Direction } from "../config/types.ts";
import type { Transfers } from "../telemetry/types.ts";

/** Counts what one run moved, by stream and direction. */
export interface Counts {
  /** A poll ran: it is reported even if it moves nothing. */
  polled(stream: string): void;
  moved(stream: string, direction: Direction, bytes: number, startedAt: number): void;
  files(): number;
  totals(): Transfers[];
}

export const createCounts = (clock: Clock): Counts => {
  interface Total {
    stream: string;
    direction: Direction;
    files: number;
    bytes: number;
    from: number;
    to: number;
  }
  const totals = new Map<string, Total>();
  const of = (stream: string, direction: Direction): Total => {
    const id = `${direction}#${stream}`;
    const now = clock.steady();
    const total = totals.get(id) ?? { stream, direction, files: 0, bytes: 0, from: now, to: now };
    totals.set(id, total);
    return total;
  };
  return {
    polled: (stream) => void of(stream, "pull"),
    moved(stream, direction, bytes, startedAt) {
      const total = of(stream, direction);
      total.files++;
      total.bytes += bytes;
      total.from = Math.min(total.from, startedAt);
      total.to = Math.max(total.to, clock.steady());
    },
    files: () => [...totals.values()].reduce((sum, { files }) => sum + files, 0),
    totals: () =>
      [...totals.values()].map(({ stream, direction, files, bytes, from, to }) => ({
        stream,
        direction,
        files,
        bytes,
        durationMs: Math.round(to - from),
      })),
  };
};
