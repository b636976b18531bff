/**
 * What is worth remembering of a stream as a whole, for `status` and for alarms: its last poll, its last transfers, since
 * when the bridge knows it. All in one partition, so that the tick reads them with one query, and none per file.
 */
import type { Clock } from "../clock.ts";
import type { Log } from "../telemetry/types.ts";
import { asRead, type Item, type Key, type Table, type Value } from "./table.ts";

const partition = "facts";

/** `count`: how many entries are open, where they are too many to be counted at once. `since`: the tick saw the stream for the first time; `begun`: the same of a push, by its place. */
export type FactName =
  | "poll"
  | "left"
  | "poll-error"
  | "push"
  | "pull"
  | "reconcile"
  | "since"
  | "sweep"
  | "report"
  | `begun#${string}`
  | `count#${string}`
  | `expected#${string}`;

export type StreamState = Readonly<Record<string, Value>> & {
  /** Milliseconds since the epoch. */
  readonly at: number;
};

const keyOf = (stream: string, name: FactName): Key => ({ pk: partition, sk: `${stream}#${name}` });

// The kind and the time are all that is required of one.
const asFact = (item: Item | undefined): StreamState | undefined =>
  item?.["kind"] === "fact" && typeof item["at"] === "number" ? (item as unknown as StreamState) : undefined;

interface Note {
  readonly stream: string;
  readonly name: FactName;
  readonly nonce: () => string;
  /** From what was known to what is known now. */
  readonly next: (known: StreamState | undefined) => StreamState;
}

const turns = 5;

/** Replaces a fact. Several may write at one time: each builds on what the other wrote. */
export const noteFact = async (table: Table, { stream, name, nonce, next }: Note): Promise<void> => {
  let found = await table.get(keyOf(stream, name));
  for (let turn = 0; turn < turns; turn++) {
    const item: Item = { ...next(asFact(found)), ...keyOf(stream, name), rev: nonce(), kind: "fact" };
    const outcome = await table.put(item, found ? asRead(found) : "absent");
    if (outcome.ok) return;
    found = outcome.found;
  }
};

export interface StreamStates {
  of(stream: string, name: FactName): StreamState | undefined;
}

/** All facts of all streams, as one look at them. */
export const readStreamStates = async (table: Table): Promise<StreamStates> => {
  const facts = new Map<string, StreamState>();
  for await (const page of table.query(partition)) {
    for (const item of page) {
      const fact = asFact(item);
      if (fact) facts.set(item.sk, fact);
    }
  }
  return { of: (stream, name) => facts.get(`${stream}#${name}`) };
};

export interface NoteDeps {
  readonly table: Table;
  readonly clock: Clock;
  readonly nonce: () => string;
  readonly telemetry: { readonly log: Log };
}

/** Notes a fact for `status` and alarms. Nothing depends on it but these: that it couldn't be written stops no transfer. */
export const remember = async (
  { table, clock, nonce, telemetry }: NoteDeps,
  stream: string,
  name: FactName,
  values: Omit<StreamState, "at">,
  at = clock.wall(),
): Promise<void> => {
  try {
    await noteFact(table, { stream, name, nonce, next: () => ({ ...values, at }) });
  } catch (error) {
    telemetry.log.warn("What the status shows couldn't be noted", { stream, error });
  }
};
