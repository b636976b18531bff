import { type Fact, type FactName, noteFact } from "../journal/facts.ts";
import type { DrainDeps } from "./drain.ts";

/** Notes a fact for `status` and alarms. Nothing depends on it but these: that it couldn't be written stops no transfer. */
export const remember = async (
  { table, clock, nonce, telemetry }: DrainDeps,
  stream: string,
  name: FactName,
  values: Omit<Fact, "at">,
): Promise<void> => {
  try {
    await noteFact(table, { stream, name, nonce, next: () => ({ ...values, at: clock.wall() }) });
  } catch (error) {
    telemetry.log.warn("What the status shows couldn't be noted", { stream, error });
  }
};
