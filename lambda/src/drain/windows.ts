/** Which sides of a partner may be worked for at this moment, and until when. */
import { firstOpen, isOpenAt, nextChange } from "../calendar/windows.ts";
import type { Partner } from "../config/partners.ts";
import type { Direction, StreamConfig } from "../config/types.ts";

/** Nothing begins this shortly before a window opens or closes: it would be broken off at once. Milliseconds. */
const margin = 10_000;
/** A drain doesn't last longer than an invocation, which Lambda ends after a quarter of an hour. Milliseconds. */
const longest = 16 * 60_000;

export interface OpenSides {
  /** The partner with those sides alone that may connect; each stream is still there. */
  readonly partner: Partner;
  readonly isOpen: (entry: { readonly stream: string; readonly direction: Direction }) => boolean;
  /** Milliseconds since the epoch; undefined where nothing changes as long as a drain may last. */
  readonly changesAt: number | undefined;
}

/** Is this side within its windows? One that isn't there isn't. */
export const isSideOpen = (stream: StreamConfig | undefined, direction: Direction, now: number): boolean =>
  stream?.[direction] !== undefined && isOpenAt(stream[direction].windows, now);

/** The stream with those sides alone that may connect at this moment. */
export const openPartOf = ({ push, pull, ...stream }: StreamConfig, now: number): StreamConfig => ({
  ...stream,
  ...(push && isOpenAt(push.windows, now) && { push }),
  ...(pull && isOpenAt(pull.windows, now) && { pull }),
});

/** Undefined where no side may connect, or so few seconds are left that nothing begins. */
export const openSidesOf = (partner: Partner, now: number): OpenSides | undefined => {
  const limited = partner.streams.flatMap(({ push, pull }) => [push?.windows ?? [], pull?.windows ?? []].flat());
  if (limited.length === 0) return { partner, isOpen: () => true, changesAt: undefined };
  const changes = limited.flatMap((windows) => nextChange(windows, now, longest) ?? []);
  const changesAt = changes.length === 0 ? undefined : Math.min(...changes);
  if (changesAt !== undefined && changesAt - now < margin) return undefined;

  const streams = partner.streams.map((stream) => openPartOf(stream, now));
  if (!streams.some(({ push, pull }) => push || pull)) return undefined;
  const byName = new Map(streams.map((stream) => [stream.name, stream]));
  return {
    partner: { ...partner, streams },
    isOpen: ({ stream, direction }) => byName.get(stream)?.[direction] !== undefined,
    changesAt,
  };
};

/** Since when a file could be moved that has been known since then: from the first opening on it is tried for `retry_for_days`. ISO 8601. */
export const triedSince = (stream: StreamConfig, direction: Direction, knownAt: string): string => {
  const windows = stream[direction]?.windows;
  const known = Date.parse(knownAt);
  if (windows === undefined || Number.isNaN(known)) return knownAt;
  const first = firstOpen(windows, known);
  return first === undefined ? knownAt : new Date(first).toISOString();
};

/** What an operator is told of a side that may not connect; undefined for one that may. */
export const whyClosed = (stream: StreamConfig, direction: Direction, now: number): string | undefined => {
  const windows = stream[direction]?.windows;
  if (windows === undefined || isOpenAt(windows, now)) return undefined;
  const opens = nextChange(windows, now);
  return `${direction} of ${stream.name} is outside of its windows (${direction}.windows, ${windows.timeZone}), and the partner isn't connected to; ${
    opens === undefined
      ? "within 400 days they don't open: correct them, or the calendars that close them"
      : `they open at ${new Date(opens).toISOString()}`
  }`;
};
