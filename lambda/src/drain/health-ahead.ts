import type { Clock } from "../clock.ts";
import { partnersOf } from "../config/partners.ts";
import type { BridgeConfig } from "../config/types.ts";
import type { Table } from "../journal/table.ts";
import { readHealthAndTraits } from "../journal/traits.ts";
import { openSidesOf } from "./windows.ts";

type Read = ReturnType<typeof readHealthAndTraits>;

/** What the journal has of partners, read beside what has to be in it before they are drained. */
export interface HealthAhead {
  /** Begins, unless it has begun, or the partner isn't drained now. */
  begin(partner: string): void;
  /** What was begun, once: it is as it was then. Throws what the table throws. */
  take(partner: string): Read | undefined;
}

export const readHealthAhead = ({
  config,
  table,
  clock,
}: {
  readonly config: BridgeConfig;
  readonly table: Table;
  readonly clock: Clock;
}): HealthAhead => {
  const begun = new Map<string, Read>();
  return {
    begin(id) {
      const partner = partnersOf(config).get(id);
      if (begun.has(id) || partner === undefined || openSidesOf(partner, clock.wall()) === undefined) return;
      const read = readHealthAndTraits(table, id, clock.wall());
      // Whoever takes it hears of it.
      read.catch(() => {});
      begun.set(id, read);
    },
    take(id) {
      const read = begun.get(id);
      begun.delete(id);
      return read;
    },
  };
};
