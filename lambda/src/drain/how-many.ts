/**
 * How many connections pay, where that is known before anything was moved: TCP carries so much a round trip, and the processor so
 * much a second. What bounds a server otherwise shows only while files move (idle-processor).
 */

/**
 * One connection carries 2.7 MB a round trip once it flows, with Linux's own windows (34 MB/s at 80 ms). It is reckoned with less: TCP starts
 * slowly, and the window stands full while the process waits for its share of the processor. Bytes.
 */
const perRoundTrip = 1.5e6;
/** What a whole processor pushes or pulls: 60 MB/s were seen with 0.29 of one. Bytes per millisecond. */
const processorPerMs = 210e3;

/** Connections that carry what so much of a processor can, over this round trip; one over what isn't known. */
export const howMany = (cores: number, roundTripMs: number | undefined): number =>
  Math.max(1, Math.ceil((cores * processorPerMs * (roundTripMs ?? 0)) / perRoundTrip));
