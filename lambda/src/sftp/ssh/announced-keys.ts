import type { Client } from "ssh2";
import type { Log } from "../../telemetry/types.ts";
import type { NewHostKey } from "../remote.ts";
import type { HostTrust } from "./certificates/host.ts";
import { type PinnedKey, unpinnedKeys } from "./host-keys.ts";

/** Of what a server announces. */
const maxAnnouncedKeys = 10;

interface Expected {
  readonly partner: string;
  readonly pins: readonly PinnedKey[];
  readonly trust: HostTrust | undefined;
  readonly log: Log | undefined;
}

/** Host keys that the server announces and proves, and that aren't pinned: each is told once. The list grows while the client lives. */
export const watchAnnouncedKeys = (client: Client, { partner, pins, trust, log }: Expected): readonly NewHostKey[] => {
  const found: NewHostKey[] = [];
  client.on("hostkeys", (announced) => {
    // Who trusts an authority alone has no list to add them to.
    if (pins.length === 0 && trust !== undefined) return;
    const keys = announced.slice(0, maxAnnouncedKeys).map((one) => one.getPublicSSH());
    const said = unpinnedKeys(pins, keys).filter(
      ({ fingerprint }) => !found.some((known) => known.fingerprint === fingerprint),
    );
    found.push(...said);
    for (const { words } of said) log?.warn(`${partner}: ${words}`);
  });
  return found;
};
