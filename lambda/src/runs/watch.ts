/** What a tick tells of time that passes without anything happening: polls that are overdue, files that haven't come, windows without any file, and that the tick itself runs. */
import { openFor } from "../calendar/windows.ts";
import { stateNameOf } from "../expected/arrivals.ts";
import { missingFiles } from "../expected/check.ts";
import type { Invocation } from "../invocation.ts";
import type { StreamStates } from "../journal/stream-state.ts";
import { remember } from "../journal/stream-state.ts";
import { leftIn, leftReasons } from "../pull/left.ts";
import { gaugeNames, metricNames } from "../telemetry/names.ts";

/** Notes since when the bridge knows each stream, and each expectation: what is older was never its to move, or to miss. */
const greet = async ({ deps }: Invocation, facts: StreamStates): Promise<void> => {
  for (const { name, expected } of deps.config.streams.values()) {
    if (!facts.of(name, "since")) await remember(deps, name, "since", {});
    for (const one of expected)
      if (!facts.of(name, stateNameOf(one))) await remember(deps, name, stateNameOf(one), { times: [] });
  }
};

const checkExpectations = ({ deps }: Invocation, facts: StreamStates): void => {
  const { config, clock, telemetry } = deps;
  const expecting = [...config.streams.values()].filter(({ expected }) => expected.length > 0);
  if (expecting.length === 0) return;
  for (const stream of expecting) {
    const missing = missingFiles(stream, facts, clock.wall());
    telemetry.recordGauge({
      name: gaugeNames.expectedMissing,
      unit: "Count",
      value: missing.length,
      stream: stream.name,
    });
    if (missing.length > 0)
      telemetry.log.warn("An expected file hasn't come", {
        stream: stream.name,
        expected: missing.map(({ match, by, timeZone, count }) => `${count} × ${match} by ${by} ${timeZone}`),
      });
  }
  telemetry.recordGauge({ name: gaugeNames.expectationChecks, unit: "Count", value: 1 });
};

/**
 * Publishes what the last polls listed and didn't take: in all, and by reason. Once more as 0 for what isn't left any more, and
 * nothing for who leaves nothing, since each series costs.
 */
export const recordLeft = ({ deps, reported }: Invocation, facts: StreamStates): void => {
  const { config, telemetry } = deps;
  for (const { name: stream, pull } of config.streams.values()) {
    if (!pull) continue;
    const kinds = leftIn(facts.of(stream, "left"));
    const total = kinds.reduce((sum, { count }) => sum + count, 0);
    const values = new Map<string, number>(kinds.map(({ reason, count }) => [reason, count]));
    for (const reason of ["", ...Object.keys(leftReasons)]) {
      const value = reason === "" ? total : (values.get(reason) ?? 0);
      const key = `${stream}#${reason}`;
      if (value === 0 && !reported.left.delete(key)) continue;
      if (value > 0) reported.left.add(key);
      telemetry.recordGauge({ name: gaugeNames.left, unit: "Count", value, stream, ...(reason !== "" && { reason }) });
    }
  }
};

/** Publishes the gauges of polls and of expected files, and last the heartbeat: where it is missing, nothing above it was told. */
export const recordWatch = async (invocation: Invocation, facts: StreamStates): Promise<void> => {
  const { config, clock, telemetry } = invocation.deps;
  await greet(invocation, facts);
  for (const { name, pull, counts } of config.streams.values()) {
    for (const side of counts)
      telemetry.recordGauge({ name: metricNames[side].files, unit: "Count", value: 0, stream: name });
    const since = (facts.of(name, "poll") ?? facts.of(name, "since"))?.at;
    if (pull && since !== undefined)
      telemetry.recordGauge({
        name: gaugeNames.lastPoll,
        unit: "Seconds",
        value: Math.max(0, Math.round(openFor(pull.windows, since, clock.wall()) / 1000)),
        stream: name,
      });
  }
  try {
    checkExpectations(invocation, facts);
  } catch (error) {
    telemetry.log.error("Nobody looks for expected files: the check failed", { error });
  }
  telemetry.recordGauge({ name: gaugeNames.ticks, unit: "Count", value: 1 });
};
