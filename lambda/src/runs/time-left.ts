import type { Invocation } from "../invocation.ts";
import type { gaugeNames } from "../telemetry/names.ts";

/** What has no end has so much left: a hundred years. Seconds. */
const endless = 100 * 365 * 86_400;

/** What is told of a stream, and what where it can't be found out. */
export interface Told {
  readonly stream: string;
  readonly name: (typeof gaugeNames)[keyof typeof gaugeNames];
  readonly unknown: string;
}

/**
 * Publishes how long something is still good for, in milliseconds; negative once it is over. That it can't be read is an error of its
 * stream: nobody would hear of its end.
 */
export const recordTimeLeft = async (
  { deps: { telemetry } }: Pick<Invocation, "deps">,
  { stream, name, unknown }: Told,
  left: () => Promise<number>,
): Promise<void> => {
  try {
    const value = Math.min(endless, Math.floor((await left()) / 1000));
    telemetry.recordGauge({ name, unit: "Seconds", value, stream });
  } catch (error) {
    telemetry.log.error(unknown, { stream, error });
  }
};
