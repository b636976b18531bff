/** Notes when files came that a stream expects, so that the check needn't look for them among all deliveries. */
import { createHash } from "node:crypto";
import { pathFilter } from "../config/patterns.ts";
import type { Direction, ExpectedFile, StreamConfig } from "../config/types.ts";
import { type FactName, type NoteDeps, noteFact, type StreamState } from "../journal/stream-state.ts";

/** Names the expectation by its content: another calendar begins anew. */
export const stateNameOf = (expected: ExpectedFile): FactName =>
  `expected#${createHash("sha256").update(JSON.stringify(expected)).digest("hex").slice(0, 16)}`;

/** When files came, the newest last. Milliseconds since the epoch. */
export const timesOf = (fact: StreamState | undefined): number[] =>
  Array.isArray(fact?.["times"]) ? fact["times"].filter((time) => typeof time === "number") : [];

export interface Arrivals {
  /** To be called for each file that was delivered. */
  delivered(stream: StreamConfig, direction: Direction, path: string): Promise<void>;
  /** Writes what hasn't been written yet. */
  flush(): Promise<void>;
}

/** The first file of an expectation is noted at once, others of the same run together: one write may be lost in a crash, but not the one that decides. */
export const collectArrivals = ({ table, clock, nonce, telemetry }: NoteDeps): Arrivals => {
  const waiting = new Map<string, { stream: string; expected: ExpectedFile; times: number[] }>();
  const noted = new Set<string>();

  const write = async ({ stream, expected, times }: { stream: string; expected: ExpectedFile; times: number[] }) => {
    const fresh = times.splice(0);
    if (fresh.length === 0) return;
    try {
      await noteFact(table, {
        stream,
        name: stateNameOf(expected),
        nonce,
        next: (known) => ({
          at: known?.at ?? clock.wall(),
          times: [...timesOf(known), ...fresh].slice(-expected.count),
        }),
      });
    } catch (error) {
      telemetry.log.warn("An expected file came, but that couldn't be noted: its alarm may be false", {
        stream,
        error,
      });
    }
  };

  return {
    async delivered({ name, expected: all }, direction, path) {
      for (const expected of all) {
        if (expected.direction !== direction || !pathFilter({ include: [expected.match], exclude: [] })(path)) continue;
        const id = `${name}#${stateNameOf(expected)}`;
        const state = waiting.get(id) ?? { stream: name, expected, times: [] };
        waiting.set(id, state);
        state.times.push(clock.wall());
        if (noted.has(id)) continue;
        noted.add(id);
        await write(state);
      }
    },
    async flush() {
      for (const state of waiting.values()) await write(state);
    },
  };
};
