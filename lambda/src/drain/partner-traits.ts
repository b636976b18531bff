import type { Partner } from "../config/partners.ts";
import { saveTraits } from "../journal/traits.ts";
import { createTraits, type LearnedTraits, type Traits } from "../traits/traits.ts";
import type { DrainDeps } from "./deps.ts";

/** What is known of a partner's server, and a record of what this run learns. */
export interface PartnerTraits {
  readonly traits: Traits;
  /** Waits until all that was learned is in the journal. Never throws. */
  saved(): Promise<void>;
}

/**
 * A partner's traits, from what the journal has of them. What is learned is written down at once: a run that dies on a server's
 * oddities must not learn the same again and again. That it can't be written stops no transfer.
 */
export const holdTraits = (
  { table, telemetry, clock, nonce }: Pick<DrainDeps, "table" | "telemetry" | "clock" | "nonce">,
  { id, first, sftp }: Partner,
  learned: LearnedTraits,
): PartnerTraits => {
  const log = telemetry.log.with({ stream: first.name, partner: id });
  const traits = createTraits({ given: sftp.server, learned, now: clock.wall, log });
  let saving: Promise<void> | undefined;
  let again = false;
  const save = async () => {
    // What is learned in one turn is written at once.
    await undefined;
    do {
      again = false;
      try {
        await saveTraits({ table, partner: id, now: clock.wall(), nonce }, traits.fresh);
      } catch (error) {
        log.warn("What was learned of the server couldn't be noted; it is learned again", { error });
      }
    } while (again);
    saving = undefined;
  };
  traits.onChange(() => {
    if (saving === undefined) saving = save();
    else again = true;
  });
  return { traits, saved: async () => await saving };
};
