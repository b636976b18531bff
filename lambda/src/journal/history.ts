import { expiry } from "./derived.ts";
import type { Delivery, Entry } from "./entry.ts";
import type { Item, Table } from "./table.ts";

interface HistoryOptions {
  readonly table: Table;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
  readonly nonce: () => string;
  readonly deliveredTtlDays: number;
}

const historyOf = (pk: string): string => `history#${pk}`;

/** Deliveries that an entry has no room for: items of their own, beside it. */
export const createHistory = ({ table, now, nonce, deliveredTtlDays }: HistoryOptions) => ({
  /** Puts deliveries away; the item is named by the latest delivery's time, so that a repetition makes none. */
  async putAway(entry: Entry, deliveries: readonly Delivery[], at: string): Promise<void> {
    const item: Item = {
      pk: historyOf(entry.pk),
      // A sort key may have 1,024 bytes.
      sk: `${Buffer.from(entry.sk).subarray(0, 960).toString("utf8")}#${at}`,
      rev: nonce(),
      kind: "history",
      path: entry.path,
      // An interface has no index signature; its fields are values that the table takes.
      deliveries: deliveries as unknown as Item["deliveries"],
      expires_at: expiry(now(), deliveredTtlDays),
    };
    await table.put(item, "absent");
  },

  /** Deliveries that the entry doesn't hold any more, oldest first. */
  async earlierDeliveries(entry: Pick<Entry, "pk" | "sk" | "path">): Promise<Delivery[]> {
    const deliveries: Delivery[] = [];
    for await (const page of table.query(historyOf(entry.pk))) {
      for (const item of page) {
        const held = item["deliveries"] as unknown;
        if (item["path"] === entry.path && item.sk.startsWith(`${entry.sk}#`) && Array.isArray(held))
          deliveries.push(...(held as Delivery[]));
      }
    }
    return deliveries;
  },
});
