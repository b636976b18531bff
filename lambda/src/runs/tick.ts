import type { Direction } from "../config/types.ts";
import { partnerOf } from "../config/types.ts";
import { drainAll, type Invocation } from "../invocation.ts";
import { dueAt, isDue } from "../journal/entry.ts";
import { openPolls } from "../journal/polls.ts";
import { readStreamStates } from "../journal/stream-state.ts";
import type { Item } from "../journal/table.ts";
import { oldestLeft } from "../pull/left.ts";
import { handOut } from "./fan-out.ts";
import { reconcileScheduled } from "./scheduled-reconcile.ts";
import { sweepDaily } from "./sweep.ts";
import { recordLeft, recordWatch } from "./watch.ts";

interface State {
  readonly stream: string;
  readonly direction: Direction;
  oldest: number;
  backlog: number;
  failed: number;
}

const isDirection = (value: unknown): value is Direction => value === "push" || value === "pull";

/**
 * Each minute: finds what is due again (retries, transfers that ran out of time, rings that were lost with their holder),
 * publishes backlog and ages, and drains the partners concerned, or starts further invocations that do.
 */
export const tick = async (invocation: Invocation): Promise<void> => {
  const { config, journal, table, clock, telemetry } = invocation.deps;
  const now = clock.wall();
  const states = new Map<string, State>();
  /** Partners, with the time at which the oldest of what is due there fell due. */
  const due = new Map<string, number>();
  const orphans = new Set<string>();

  const noteDue = (id: string, since: number) => due.set(id, Math.min(due.get(id) ?? since, since));

  const look = (item: Item) => {
    const { stream: name, direction, partner } = item;
    const stream = typeof name === "string" ? config.streams.get(name) : undefined;
    if (!stream) {
      if (typeof name === "string") orphans.add(name);
      return;
    }
    const id = partnerOf(stream.sftp);
    if (item["open_stream"] === openPolls) {
      if (partner === id) noteDue(id, dueAt(item) ?? now);
      return;
    }
    if (!isDirection(direction)) return;
    const key = `${direction}#${stream.name}`;
    const state = states.get(key) ?? { stream: stream.name, direction, oldest: now, backlog: 0, failed: 0 };
    states.set(key, state);
    if (item["state"] === "failed") {
      state.failed++;
      return;
    }
    state.backlog++;
    const since = Date.parse(String(item["open_since"]));
    if (!Number.isNaN(since)) state.oldest = Math.min(state.oldest, since);
    if (isDue(item, now)) noteDue(id, dueAt(item) ?? now);
  };

  for await (const page of journal.everythingOpen()) page.forEach(look);
  const facts = await readStreamStates(table);
  for (const { name, pull } of config.streams.values()) {
    const since = pull && oldestLeft(facts.of(name, "left"));
    if (since === undefined) continue;
    const state = states.get(`pull#${name}`) ?? { stream: name, direction: "pull", oldest: now, backlog: 0, failed: 0 };
    states.set(`pull#${name}`, { ...state, oldest: Math.min(state.oldest, since) });
  }
  const { reported } = invocation;
  for (const [key, { stream, direction, oldest, backlog, failed }] of states) {
    telemetry.recordAges({ stream, direction, oldestSeconds: Math.round((now - oldest) / 1000), backlog, failed });
    reported.add(key);
  }
  // Once more for what is no longer open, so that its alarms end now and not when they have missed it for long enough.
  for (const key of reported) {
    if (states.has(key) || key.startsWith("left#")) continue;
    reported.delete(key);
    const [direction, stream] = [key.slice(0, 4), key.slice(5)];
    if (isDirection(direction) && config.streams.has(stream))
      telemetry.recordAges({ stream, direction, oldestSeconds: 0, backlog: 0, failed: 0 });
  }
  if (orphans.size > 0) {
    telemetry.log.warn("The journal holds open entries of streams that are no longer configured; they wait", {
      streams: [...orphans],
    });
  }
  recordLeft(invocation, facts);
  await recordWatch(invocation, facts);
  const own = await handOut(invocation, due);
  await Promise.all([
    drainAll(invocation, own, [], true),
    sweepDaily(invocation, facts),
    reconcileScheduled(invocation, facts),
  ]);
};
