/**
 * Tells EventBridge of files that have ended, and of host keys that servers announce. The run that ends them sends their events beside its transfers, ten at a time;
 * what it couldn't send, or didn't live to send, the next tick finds by the index. An event's note goes once EventBridge has
 * taken it: so each is sent at least once, and whoever is told twice knows by the revision.
 */
import { eventsAtOnce, type PutEvents } from "../aws/put-events.ts";
import { chunksOf } from "../concurrency/chunks.ts";
import { sideBySide } from "../concurrency/for-each.ts";
import type { Told } from "../config/environment.ts";
import { readDueEvent, type Teller } from "../journal/endings.ts";
import { type Item, type Table, textOfKey } from "../journal/table.ts";
import type { Log } from "../telemetry/types.ts";
import { createBatches } from "./batches.ts";

/** Events that wait, as far as they were looked at. */
export interface UnsentEvents {
  readonly count: number;
  /** When the oldest became due: milliseconds since the epoch; undefined where none waits. */
  readonly oldest: number | undefined;
}

export interface Outbox extends Teller {
  /** Sends what was added, and waits for it so many milliseconds at most: what is left is the next tick's. Never throws. */
  settle(atMost: number): Promise<void>;
  /** Sends all that is due until `isClosing`; returns what waits all the same. Throws what the table throws. */
  sendDue(isClosing: () => boolean): Promise<UnsentEvents>;
}

export interface OutboxOptions {
  readonly on: readonly Told[];
  readonly table: Table;
  readonly put: PutEvents;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
  readonly log: Log;
  /** Milliseconds until fewer than ten events are sent as well. */
  readonly gather?: number;
}

/** An event younger than this is still sent by the run that made it due. Milliseconds. */
const ownTime = 30_000;
/** After a refusal the runs leave EventBridge to the ticks for so long. Milliseconds. */
const pause = 60_000;
/** Requests of a tick at one time. */
const requestsAtOnce = 4;
/** Pages of 1 MiB of the index that are counted while nothing can be sent. */
const pagesAtMost = 2;

export const openOutbox = ({ on, table, put, now, log, gather = 1_000 }: OutboxOptions): Outbox => {
  const waiting: Item[] = [];
  let sending: Promise<void> = Promise.resolve();
  let timer: NodeJS.Timeout | undefined;
  let pausedUntil = 0;
  const { sendBatch, isSent } = createBatches({ table, put, log });

  /** Sends what waits, in their turn; without `all` full requests only. */
  const flush = (all: boolean): Promise<void> => {
    if (all) {
      clearTimeout(timer);
      timer = undefined;
    }
    sending = sending.then(async () => {
      while (waiting.length >= (all ? 1 : eventsAtOnce)) {
        const batch = waiting.splice(0, eventsAtOnce);
        if (now() < pausedUntil) continue;
        try {
          await sendBatch(batch);
        } catch (error) {
          pausedUntil = now() + pause;
          log.warn(
            "Events couldn't be sent; they stay in the journal, and ticks send them. No transfer waits for them",
            {
              error,
            },
          );
        }
      }
    });
    return sending;
  };

  /** Sends what of these is still due; false once EventBridge refuses. */
  const sendKeys = async (keys: readonly Item[], isClosing: () => boolean, done: Set<string>): Promise<boolean> => {
    const wanted = new Map(keys.map((key) => [textOfKey(key), key["event_due"]]));
    const items = (await table.getMany(keys)).filter((item) => item["event_due"] === wanted.get(textOfKey(item)));
    // The index lags: what it shows beside these was told meanwhile.
    const due = new Set(items.map((item) => String(item["event_due"])));
    for (const note of wanted.values()) if (!due.has(String(note))) done.add(String(note));
    let refusal: unknown;
    await sideBySide(requestsAtOnce, chunksOf(items, eventsAtOnce), async (batch) => {
      if (refusal !== undefined || isClosing()) return;
      try {
        await sendBatch(batch);
        for (const item of batch) if (isSent(String(item["event_due"]))) done.add(String(item["event_due"]));
      } catch (error) {
        refusal = error;
      }
    });
    if (refusal === undefined) return true;
    log.warn("Events wait: they are sent again with each tick until EventBridge takes them", { error: refusal });
    return false;
  };

  return {
    on: new Set(on),
    isSent,
    add(entry) {
      waiting.push(entry as unknown as Item); // as the journal writes it
      if (waiting.length >= eventsAtOnce) void flush(false);
      timer ??= setTimeout(() => void flush(true), gather).unref();
    },
    async settle(atMost) {
      let end: NodeJS.Timeout | undefined;
      const limit = new Promise<void>((resolve) => {
        end = setTimeout(resolve, Math.max(atMost, 0));
      });
      await Promise.race([flush(true), limit]);
      clearTimeout(end);
    },
    async sendDue(isClosing) {
      let count = 0;
      let oldest: number | undefined;
      let pages = 0;
      let open = true;
      for await (const page of table.scanDueEvents()) {
        const done = new Set<string>();
        const timeOf = (item: Item) => Date.parse(readDueEvent(item["event_due"])?.at ?? "");
        // A note that is none has no time, and goes at once.
        const ripe = page.filter((item) => !(now() - timeOf(item) < ownTime));
        for (const keys of chunksOf(ripe, 100)) {
          if (!open || isClosing()) break;
          open = await sendKeys(keys, isClosing, done);
        }
        for (const item of page) {
          if (done.has(String(item["event_due"]))) continue;
          count++;
          const time = timeOf(item);
          if (!Number.isNaN(time)) oldest = Math.min(oldest ?? time, time);
        }
        if (++pages >= pagesAtMost && (!open || isClosing())) break;
      }
      return { count, oldest };
    },
  };
};
