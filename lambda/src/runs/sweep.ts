/** Once a day per stream: ends multipart uploads that no transfer will ever go on with. */

import type { Invocation } from "../invocation.ts";
import type { StreamStates } from "../journal/stream-state.ts";
import { remember } from "../journal/stream-state.ts";
import { sweepUploads } from "../pull/uploads.ts";

const day = 86_400_000;
/** Streams swept in one tick: a thousand streams take their turns. */
const atOnce = 10;

/** Sweeps streams that haven't been for a day. That one can't be swept is logged, and tried again a day later. */
export const sweepDaily = async ({ deps }: Invocation, facts: StreamStates): Promise<void> => {
  const { clock, config, telemetry } = deps;
  let swept = 0;
  for (const stream of config.streams.values()) {
    const last = facts.of(stream.name, "sweep")?.at ?? 0;
    if (!stream.pull || clock.wall() - last < day || swept >= atOnce) continue;
    swept++;
    const log = telemetry.log.with({ stream: stream.name, direction: "pull" });
    const aborted = await sweepUploads(stream, stream.pull, { ...deps, log, before: clock.wall() - day });
    await remember(deps, stream.name, "sweep", { aborted });
  }
};
