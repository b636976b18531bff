/** Which pushes are to be compared with their journal: each new one once, some minutes after it was made, others every so many hours. */
import { createHash } from "node:crypto";
import type { BridgeConfig, PushConfig, PushStream, StreamConfig } from "../config/types.ts";
import {
  type FactName,
  type NoteDeps,
  remember,
  type StreamState,
  type StreamStates,
} from "../journal/stream-state.ts";

const minute = 60_000;
const hour = 60 * minute;
/** A tick that has begun with one and not told of its end within this time isn't there any more. Milliseconds. */
const abandoned = 5 * minute;
/**
 * A bucket's events begin about five minutes after they were turned on
 * (https://docs.aws.amazon.com/AmazonS3/latest/userguide/enable-event-notifications-eventbridge.html), and a rule a little
 * after it was made; objects of the last two minutes are left to their events. Milliseconds.
 */
const firstAfter = 10 * minute;
/** A configuration that is older than this made no new push: then it is the journal that is new, and old files aren't its to send. */
const freshConfig = hour;

/** A comparison to be made, or gone on with. */
export interface DueComparison {
  readonly stream: PushStream;
  /** Objects since then are its to send. Milliseconds since the epoch. */
  readonly since: number;
  /** By which those that are due for longest come first. */
  readonly began: number;
  /** The cursor from which it goes on; "" at the start. */
  readonly next: string;
  /** The one after the push was made: what it finds is no fault. */
  readonly first: boolean;
  /** Notes how far it came. */
  readonly note: (deps: NoteDeps, values: { readonly claimed?: number; readonly next?: string }) => Promise<void>;
}

/** Names a push by its place: with another bucket or prefix it is a new one. */
const begunNameOf = ({ bucket, prefix }: PushConfig): FactName =>
  `begun#${createHash("sha256").update(`${bucket}/${prefix}`).digest("hex").slice(0, 16)}`;

const isPush = (stream: StreamConfig): stream is PushStream => stream.push !== undefined;

/** Notes since when each push is there: since the apply that wrote the configuration, where that was just now. */
export const noteNewPushes = async (
  deps: NoteDeps & { readonly config: BridgeConfig },
  facts: StreamStates,
): Promise<void> => {
  const now = deps.clock.wall();
  const { writtenAt = now } = deps.config;
  const since = now - writtenAt < freshConfig ? Math.min(writtenAt, now) : now;
  for (const stream of [...deps.config.streams.values()].filter(isPush)) {
    const name = begunNameOf(stream.push);
    if (!facts.of(stream.name, name)) await remember(deps, stream.name, name, {}, since);
  }
};

const numberIn = (state: StreamState | undefined, name: string): number => {
  const value = state?.[name];
  return typeof value === "number" ? value : 0;
};
const cursorIn = (state: StreamState | undefined): string | undefined =>
  typeof state?.["next"] === "string" ? state["next"] : undefined;

const firstOf = (stream: PushStream, facts: StreamStates, now: number): DueComparison | undefined => {
  const name = begunNameOf(stream.push);
  const state = facts.of(stream.name, name);
  if (state === undefined || state["compared"] === true || now - state.at < firstAfter) return undefined;
  if (now - numberIn(state, "claimed") < abandoned) return undefined;
  const { at } = state;
  return {
    stream,
    since: at,
    began: at,
    next: cursorIn(state) ?? "",
    first: true,
    note: (deps, values) => remember(deps, stream.name, name, { ...values, compared: values.next === undefined }, at),
  };
};

const regularOf = (stream: PushStream, facts: StreamStates, now: number): DueComparison | undefined => {
  const hours = stream.push.reconcileHours;
  // Before the first tick nobody can tell lost events from older objects.
  const since = facts.of(stream.name, "since")?.at;
  if (hours === undefined || since === undefined) return undefined;
  const state = facts.of(stream.name, "reconcile");
  if (now - numberIn(state, "claimed") < abandoned) return undefined;
  const next = cursorIn(state);
  // A new push has its first comparison by itself.
  const last = state === undefined ? since : numberIn(state, "began");
  if (next === undefined && now - last < hours * hour) return undefined;
  const began = next === undefined ? now : last;
  return {
    stream,
    since,
    began,
    next: next ?? "",
    first: false,
    note: (deps, values) => remember(deps, stream.name, "reconcile", { began, ...values }),
  };
};

/** Those that are due now, the longest waiting first; a stream's first one before its others. */
export const dueComparisons = (config: BridgeConfig, facts: StreamStates, now: number): DueComparison[] =>
  [...config.streams.values()]
    .filter(isPush)
    .flatMap((stream) => firstOf(stream, facts, now) ?? regularOf(stream, facts, now) ?? [])
    .sort((one, other) => one.began - other.began);
