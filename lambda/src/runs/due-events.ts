/** Each tick: sends the events that the runs didn't, and publishes how many wait. */
import { type Invocation, sliceOf } from "../invocation.ts";
import { gaugeNames } from "../telemetry/names.ts";

/** That events can't be sent is logged and published; it stops nothing else. */
export const sendDueEvents = async (invocation: Invocation): Promise<void> => {
  const { outbox, deps } = invocation;
  if (!outbox) return;
  const { telemetry, clock } = deps;
  const { deadline } = sliceOf(invocation);
  try {
    const { count, oldest } = await outbox.sendDue(() => deadline.isClosing());
    telemetry.recordGauge({ name: gaugeNames.unsentEvents, unit: "Count", value: count });
    const age = oldest === undefined ? 0 : Math.max(0, Math.round((clock.wall() - oldest) / 1000));
    telemetry.recordGauge({ name: gaugeNames.oldestUnsentEvent, unit: "Seconds", value: age });
  } catch (error) {
    telemetry.log.error("Nobody looks for events that are due: the journal's index of events can't be read", { error });
  }
};
