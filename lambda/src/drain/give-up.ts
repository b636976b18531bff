/** Files of a partner that has been away for longer than their stream tries. */

import type { Partner } from "../config/partners.ts";
import { isOpen } from "../journal/entry.ts";
import { EntryTaken } from "../journal/entry-writes.ts";
import { isGivenUp } from "../journal/retry.ts";
import type { DrainDeps } from "./deps.ts";
import { triedSince } from "./windows.ts";

/** Files given up in one turn; the rest follow with the next. */
const atOnce = 500;

/**
 * Marks as `failed` what was known longer than `retry_for` ago, at a partner that can't be reached: no attempt of its own
 * has told so. Only pushes: a file that waits at the partner is found again by the next poll in any case.
 */
export const giveUpOverdue = async (
  { journal, clock, telemetry }: DrainDeps,
  partner: Partner,
  error: { readonly kind: string; readonly message: string },
): Promise<void> => {
  let count = 0;
  for (const stream of partner.streams) {
    if (!stream.push) continue;
    const overdue = (since: unknown) =>
      isGivenUp({ known_at: triedSince(stream, "push", String(since)) }, false, stream.retryForDays, clock.wall());
    const before = count;
    for await (const page of journal.open("push", stream.name)) {
      // Oldest first: behind the first that isn't overdue, none is.
      const old = page.filter((item) => overdue(item["open_since"])).slice(0, atOnce - count);
      for (const entry of await journal.readMany(old)) {
        if (!isOpen(entry) || !overdue(entry.known_at)) continue;
        try {
          const at = new Date(clock.wall()).toISOString();
          await journal.update(entry, { state: "failed", last_error: { ...error, at } });
          count++;
        } catch (taken) {
          if (!(taken instanceof EntryTaken)) throw taken;
        }
      }
      if (old.length < page.length || count >= atOnce) break;
    }
    if (count > before) {
      telemetry.log.error("Files were given up after retry_for; they stay in the journal as failed until a redrive", {
        stream: stream.name,
        partner: partner.id,
        files: count - before,
      });
    }
  }
};
