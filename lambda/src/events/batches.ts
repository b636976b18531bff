import type { BusEvent, PutEvents } from "../aws/put-events.ts";
import { asEntry } from "../journal/entry.ts";
import type { Item, Table } from "../journal/table.ts";
import type { Log } from "../telemetry/types.ts";
import { eventOf, hostKeyEventOf } from "./event.ts";

/** Notes of events that were sent, kept for the runs that still carry them. */
const remembered = 5_000;

const dueOf = (item: Item): BusEvent | undefined => {
  if (item["kind"] === "host-key") return hostKeyEventOf(item);
  // An event that waits by itself is as good as its entry.
  const entry = asEntry(item["kind"] === "event" ? { ...item, kind: "entry" } : item);
  return entry && eventOf(entry);
};

interface BatchOptions {
  readonly table: Table;
  readonly put: PutEvents;
  readonly log: Log;
}

/** Sends events that are due, and takes the notes of those that EventBridge has taken out of the journal. */
export const createBatches = ({ table, put, log }: BatchOptions) => {
  const sent = new Set<string>();

  const remember = (due: string): void => {
    sent.add(due);
    for (const oldest of sent) {
      if (sent.size <= remembered) break;
      sent.delete(oldest);
    }
  };

  /** Takes an event's note away. The revision stays, so that no other run loses the entry by it. */
  const clear = async (told: Item): Promise<void> => {
    if (told["kind"] === "event") return void (await table.remove(told, { rev: told.rev }));
    let item: Item | undefined = told;
    while (item !== undefined && item["event_due"] === told["event_due"]) {
      const outcome = await table.put({ ...item, event_due: undefined }, { rev: item.rev });
      if (outcome.ok) return;
      item = outcome.found;
    }
  };

  /** Sends at most ten; returns how many were taken. Throws EventsRefused. */
  const sendBatch = async (items: readonly Item[]): Promise<number> => {
    const known: { readonly item: Item; readonly event: BusEvent }[] = [];
    for (const item of items) {
      const event = sent.has(String(item["event_due"])) ? undefined : dueOf(item);
      if (event) known.push({ item, event });
      // Sent already, or a note by which nothing can be told, now or later.
      else await clear(item);
    }
    if (known.length === 0) return 0;
    const reasons = await put(known.map(({ event }) => event));
    const taken = known.filter((_, index) => reasons[index] === undefined);
    for (const { item } of taken) remember(String(item["event_due"]));
    await Promise.all(taken.map(({ item }) => clear(item)));
    const [reason] = reasons.filter((one) => one !== undefined);
    if (reason !== undefined)
      log.warn("EventBridge didn't take some events; the next tick sends them again", {
        events: known.length - taken.length,
        reason,
      });
    return taken.length;
  };

  /** Whether an event was sent by this process, by its note. */
  const isSent = (due: string): boolean => sent.has(due);

  return { sendBatch, isSent };
};
