import type { Telemetry } from "./types.ts";

/** Telemetry that writes to stdout, one line each. */
export const createTelemetry = (options: { readonly namespace: string; readonly now?: () => number }): Telemetry => {
  throw new Error(`Telemetry is being written (${options.namespace})`);
};
