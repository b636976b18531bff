import { isLapsed, type LeaseOptions, slotKey } from "./lease.ts";
import { healthKey, healthOf } from "./partner-health.ts";
import { type Item, type Key, textOfKey } from "./table.ts";

/** Whether a run that began now could connect to a partner. `held`: others have all its connections, and can be rung. */
export type Availability = "free" | "held" | "paused";

/**
 * Looks at many partners at one time, as `drain` would at each by itself. A dead holder's slot counts as free as soon as it
 * may be taken over.
 */
export const availabilityOf = async (
  options: LeaseOptions,
  partners: readonly { readonly id: string; readonly maxConnections: number }[],
): Promise<Map<string, Availability>> => {
  const slotsOf = ({ id, maxConnections }: (typeof partners)[number]) =>
    Array.from({ length: maxConnections }, (_, slot) => slotKey(id, slot));
  const keys = partners.flatMap((partner) => [healthKey(partner.id), ...slotsOf(partner)]);
  const found = new Map<string, Item>();
  for (const item of await options.table.getMany(keys)) found.set(textOfKey(item), item);

  const now = options.clock.wall();
  const isHeld = (slot: Key) => {
    const item = found.get(textOfKey(slot));
    return item !== undefined && !isLapsed(options, item);
  };
  const look = (partner: (typeof partners)[number]): Availability => {
    const health = healthOf(found.get(textOfKey(healthKey(partner.id))), now);
    if (health && health.notBefore > now) return "paused";
    return slotsOf(partner).every(isHeld) ? "held" : "free";
  };
  return new Map(partners.map((partner) => [partner.id, look(partner)]));
};
