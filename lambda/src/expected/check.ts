import type { ExpectedFile, StreamConfig } from "../config/types.ts";
import type { StreamStates } from "../journal/stream-state.ts";
import { stateNameOf, timesOf } from "./arrivals.ts";
import { lastDue } from "./calendar.ts";

const hour = 3_600_000;

/** Is a file overdue that the stream expects? One that came late counts from when it came: the alarm ends with it. */
const isMissing = (expected: ExpectedFile, since: number, times: readonly number[], now: number): boolean => {
  const due = lastDue(expected, now);
  // What was due before anybody watched isn't missed.
  if (due === undefined || due < since) return false;
  return times.filter((time) => time > due - expected.withinHours * hour).length < expected.count;
};

/** The stream's expectations that aren't met at this moment. */
export const missingFiles = ({ name, expected }: StreamConfig, facts: StreamStates, now: number): ExpectedFile[] =>
  expected.filter((one) => {
    const fact = facts.of(name, stateNameOf(one));
    return fact !== undefined && isMissing(one, fact.at, timesOf(fact), now);
  });
