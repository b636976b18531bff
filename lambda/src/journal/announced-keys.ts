/** Host keys that a partner's server has announced and that aren't pinned: each is told of once in a while, by an event. */
import { hostKeyTold } from "../config/environment.ts";
import { dueEventOf } from "./endings.ts";
import { asRead, type Key, type Table } from "./table.ts";

/** For so long a key isn't told of again. Milliseconds. */
const quietFor = 30 * 86_400_000;

interface Announced {
  readonly table: Table;
  readonly partner: string;
  /** The stream by which the partner was connected to. */
  readonly stream: string;
  /** `words` say it to people. */
  readonly hostKey: { readonly type: string; readonly fingerprint: string; readonly words: string };
  /** Milliseconds since the epoch. */
  readonly now: number;
  readonly nonce: () => string;
}

const keyOf = (partner: string, fingerprint: string): Key => ({ pk: `host-keys#${partner}`, sk: fingerprint });

/** Notes that an event is due of this key, unless it was told of lately. Throws what the table throws. */
export const noteAnnounced = async ({ table, partner, stream, hostKey, now, nonce }: Announced): Promise<void> => {
  const key = keyOf(partner, hostKey.fingerprint);
  const found = await table.get(key);
  const until = found?.["quiet_until"];
  if (typeof until === "number" && until > now && until <= now + quietFor) return;
  const rev = nonce();
  // Of two runs that find the same key, one writes this; the other has nothing to add.
  await table.put(
    {
      ...key,
      rev,
      kind: "host-key",
      partner,
      stream,
      ...{ type: hostKey.type, fingerprint: hostKey.fingerprint, words: hostKey.words },
      quiet_until: now + quietFor,
      event_due: dueEventOf({ at: new Date(now).toISOString(), ending: hostKeyTold, revision: rev }),
      // An event that a bus refuses may wait as long again.
      expires_at: Math.floor((now + 2 * quietFor) / 1000),
    },
    found ? asRead(found) : "absent",
  );
};
