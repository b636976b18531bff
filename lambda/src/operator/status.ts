/** How each stream is doing, from the journal alone: a partner that is down doesn't keep anybody from seeing it. */

import { isOpenAt, nextChange, openFor } from "../calendar/windows.ts";
import type { Direction, StreamConfig, Windows } from "../config/types.ts";
import { partnerOf } from "../config/types.ts";
import type { DrainDeps } from "../drain/deps.ts";
import { numbersFor } from "../drain/numbers.ts";
import { isSetAside } from "../drain/strict.ts";
import type { Invocation } from "../invocation.ts";
import { slotsHeldSince } from "../journal/lease.ts";
import { readHealth } from "../journal/partner-health.ts";
import { readStreamStates, type StreamStates } from "../journal/stream-state.ts";
import type { Item } from "../journal/table.ts";
import { type LeftKind, type LeftReason, leftIn, leftReasons } from "../pull/left.ts";
import { streamsAsked } from "./select.ts";
import { type TraitShown, traitsShown } from "./traits.ts";

export interface SideStatus {
  /** Waiting or being moved. */
  readonly backlog: number;
  readonly failed: number;
  /** Seconds since the oldest of them was known, without those outside of windows. */
  readonly oldest_seconds: number | null;
  readonly oldest_path: string | null;
  readonly last_transfer: string | null;
  readonly last_transfer_files: number | null;
  /** Set where gates hold files (`push.gate`): how many, and why the first of them. */
  readonly held?: HeldStatus;
  /** Set where the side has windows in which it may connect. */
  readonly window?: WindowStatus;
  /** Set where files have running numbers (`order = "sequence"`). */
  readonly sequence?: SequenceStatus;
}

export interface SequenceStatus {
  /** The number of the file that goes next. */
  readonly awaits: number;
  /** Since the one before it is over. */
  readonly since: string;
  /** The file that has it, once it is there. */
  readonly path: string | null;
  /** Files behind it, and the first of them. */
  readonly waiting: number;
  readonly first_path: string | null;
}

export interface HeldStatus {
  readonly files: number;
  readonly path: string;
  readonly why: string;
}

export interface WindowStatus {
  readonly open: boolean;
  /** When it closes, or opens; null where it doesn't within 400 days. */
  readonly until: string | null;
  readonly time_zone: string;
}

export interface StreamStatus {
  readonly stream: string;
  readonly partner: string;
  /** `ok`, `paused` (the partner refused, and is asked again later), `failing` (files fail, or were given up). */
  readonly state: "ok" | "paused" | "failing";
  readonly push?: SideStatus;
  readonly pull?: SideStatus;
  readonly last_poll: string | null;
  readonly last_poll_error: string | null;
  /** What the last poll listed and didn't take, by reason. */
  readonly not_pulled: readonly LeftStatus[];
  readonly last_error: string | null;
  readonly connections_in_use: number;
  /** What is known of the partner's server, by the user or from what was seen. */
  readonly server: readonly TraitShown[];
  /** Set while the partner is left alone after failed connections. */
  readonly next_attempt: string | null;
}

export interface LeftStatus {
  readonly reason: LeftReason;
  readonly files: number;
  readonly why: string;
  /** The one that has been there for longest, and since when it was seen. */
  readonly oldest_path: string | null;
  readonly since: string | null;
}

const leftOf = ({ reason, count, paths: [oldest] }: LeftKind): LeftStatus => ({
  reason,
  files: count,
  why: leftReasons[reason],
  oldest_path: oldest?.[0] ?? null,
  since: iso(oldest?.[1]),
});

interface Problem {
  readonly at: number;
  readonly message: string;
}

const iso = (milliseconds: unknown): string | null =>
  typeof milliseconds === "number" ? new Date(milliseconds).toISOString() : null;

const problemOf = (item: Item): Problem | undefined => {
  const error = item["last_error"];
  if (typeof error !== "object" || error === null || !("message" in error)) return undefined;
  const at = Date.parse(String(error["at"]));
  return { at: Number.isNaN(at) ? 0 : at, message: `${String(item["path"])}: ${String(error["message"])}` };
};

const heldBy = (item: Item): string | undefined => {
  const error = item["last_error"];
  const isHeld = typeof error === "object" && error !== null && "kind" in error && error["kind"] === "held";
  return isHeld ? String((error as Readonly<Record<string, unknown>>)["message"]) : undefined;
};

const windowOf = (windows: Windows, now: number): WindowStatus => ({
  open: isOpenAt(windows, now),
  until: iso(nextChange(windows, now)),
  time_zone: windows.timeZone,
});

/** What a side with running numbers waits for; undefined for all others. */
const watchNumbers = async (deps: DrainDeps, stream: StreamConfig, direction: Direction) => {
  const numbers = await numbersFor({ stream, direction }, deps);
  if (!numbers) return undefined;
  let waiting = 0;
  let awaited: string | null = null;
  let first: { place: number; path: string } | undefined;
  return {
    note(item: Item) {
      const path = String(item["path"]);
      const place = isSetAside(item) ? -1 : numbers.placeOf(path);
      if (place === 0) awaited ??= path;
      if (place <= 0) return;
      waiting++;
      if (!first || place < first.place) first = { place, path };
    },
    status: (): SequenceStatus => ({
      awaits: numbers.cursor().number,
      since: new Date(numbers.cursor().since).toISOString(),
      path: awaited,
      waiting,
      first_path: first?.path ?? null,
    }),
  };
};

const sideOf = async (
  { deps }: Invocation,
  stream: StreamConfig,
  direction: Direction,
  facts: StreamStates,
  problems: Problem[],
) => {
  const { journal, clock } = deps;
  const { name } = stream;
  const windows = stream[direction]?.windows;
  const numbers = await watchNumbers(deps, stream, direction);
  let backlog = 0;
  let failed = 0;
  let oldest: { since: number; path: string } | undefined;
  let held: HeldStatus | undefined;
  const note = (item: Item) => {
    numbers?.note(item);
    const why = heldBy(item);
    // Nothing has failed: it waits for its verdict.
    if (why !== undefined) {
      held = { path: String(item["path"]), why, ...held, files: (held?.files ?? 0) + 1 };
      return;
    }
    const problem = problemOf(item);
    if (problem) problems.push(problem);
  };
  for await (const page of journal.open(direction, name)) {
    for (const item of page) {
      backlog++;
      const since = Date.parse(String(item["open_since"]));
      if (!oldest || since < oldest.since) oldest = { since, path: String(item["path"]) };
      note(item);
    }
  }
  for await (const page of journal.failed(direction, name)) {
    failed += page.length;
    page.forEach(note);
  }
  const last = facts.of(name, direction);
  const side: SideStatus = {
    backlog,
    failed,
    oldest_seconds: oldest ? Math.round(openFor(windows, oldest.since, clock.wall()) / 1000) : null,
    oldest_path: oldest?.path ?? null,
    last_transfer: iso(last?.at),
    last_transfer_files: typeof last?.["files"] === "number" ? last["files"] : null,
    ...(held && { held }),
    ...(windows && { window: windowOf(windows, clock.wall()) }),
    ...(numbers && { sequence: numbers.status() }),
  };
  return side;
};

const statusOf = async (invocation: Invocation, stream: StreamConfig, facts: StreamStates): Promise<StreamStatus> => {
  const { table, clock } = invocation.deps;
  const { name } = stream;
  const partner = partnerOf(stream.sftp);
  const problems: Problem[] = [];
  const push = stream.push && (await sideOf(invocation, stream, "push", facts, problems));
  const pull = stream.pull && (await sideOf(invocation, stream, "pull", facts, problems));
  const health = await readHealth(table, partner, clock.wall());
  const newest = problems.sort((a, b) => b.at - a.at)[0];
  const poll = facts.of(name, "poll");
  const pollError = facts.of(name, "poll-error");
  const pollFails = pollError !== undefined && pollError.at > (poll?.at ?? 0);
  const failing = newest !== undefined || pollFails;
  return {
    stream: name,
    partner,
    state: health ? "paused" : failing ? "failing" : "ok",
    ...(push && { push }),
    ...(pull && { pull }),
    last_poll: iso(poll?.at),
    last_poll_error: pollFails ? `${iso(pollError.at)}: ${String(pollError["message"])}` : null,
    not_pulled: leftIn(facts.of(name, "left")).map(leftOf),
    last_error: health?.lastError ?? (newest ? `${iso(newest.at)}: ${newest.message}` : null),
    server: await traitsShown(invocation, stream),
    connections_in_use: (await slotsHeldSince(table, partner)).length,
    next_attempt: health && health.notBefore > clock.wall() ? iso(health.notBefore) : null,
  };
};

/** By which CloudWatch knows the bridge: its alarms' names begin with the one, its metrics are in the other. */
export interface BridgeNames {
  readonly name: string | null;
  readonly metric_namespace: string | null;
}

export interface StatusAnswer {
  /** ISO 8601. */
  readonly at: string;
  readonly bridge: BridgeNames;
  readonly streams: readonly StreamStatus[];
  readonly next?: string;
}

const bridgeNames = (): BridgeNames => ({
  name: process.env["BRIDGE_NAME"] ?? null,
  metric_namespace: process.env["BRIDGE_METRIC_NAMESPACE"] ?? null,
});

export interface StatusRequest {
  readonly stream?: string | undefined;
  readonly next?: string | undefined;
}

export const status = async (invocation: Invocation, request: StatusRequest): Promise<StatusAnswer> => {
  const { deps, deadline } = invocation;
  const asked = streamsAsked(deps.config, request.stream).filter(({ name }) => name > (request.next ?? ""));
  const facts = await readStreamStates(deps.table);
  const streams: StreamStatus[] = [];
  for (const stream of asked) {
    if (deadline.isClosing()) break;
    streams.push(await statusOf(invocation, stream, facts));
  }
  const next = streams.length < asked.length ? streams.at(-1)?.stream : undefined;
  return {
    at: new Date(deps.clock.wall()).toISOString(),
    bridge: bridgeNames(),
    streams,
    ...(next === undefined ? {} : { next }),
  };
};
