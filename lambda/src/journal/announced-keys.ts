/** Host keys that a partner's server has announced and that aren't pinned: each is told of once in a while, by an event. */
import { hostKeyTold } from "../config/environment.ts";
import { dueEventOf } from "./endings.ts";
import { asRead, type Key, type Table } from "./table.ts";

/** For so long a key isn't told of again. Milliseconds. */
const quietFor = 30 * 86_400_000;

interface HostKey {
  readonly type: string;
  readonly fingerprint: string;
  /** They say it to people. */
  readonly words: string;
}

interface Announced {
  readonly table: Table;
  readonly partner: string;
  /** The stream by which the partner was connected to. */
  readonly stream: string;
  readonly hostKeys: readonly HostKey[];
  /** Milliseconds since the epoch. */
  readonly now: number;
  readonly nonce: () => string;
}

const keyOf = (partner: string, { fingerprint }: HostKey): Key => ({ pk: `host-keys#${partner}`, sk: fingerprint });

/** Notes that an event is due of each of these keys that wasn't told of lately. Throws what the table throws. */
export const noteAnnounced = async ({ table, partner, stream, hostKeys, now, nonce }: Announced): Promise<void> => {
  if (hostKeys.length === 0) return;
  const known = await table.getMany(hostKeys.map((hostKey) => keyOf(partner, hostKey)));
  for (const hostKey of hostKeys) {
    const found = known.find(({ sk }) => sk === hostKey.fingerprint);
    const until = found?.["quiet_until"];
    if (typeof until === "number" && until > now && until <= now + quietFor) continue;
    const rev = nonce();
    // Of two runs that find the same key, one writes this; the other has nothing to add.
    await table.put(
      {
        ...keyOf(partner, hostKey),
        rev,
        kind: "host-key",
        partner,
        stream,
        ...hostKey,
        quiet_until: now + quietFor,
        event_due: dueEventOf({ at: new Date(now).toISOString(), ending: hostKeyTold, revision: rev }),
        // An event that a bus refuses may wait as long again.
        expires_at: Math.floor((now + 2 * quietFor) / 1000),
      },
      found ? asRead(found) : "absent",
    );
  }
};
