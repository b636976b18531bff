import type { Log } from "../../telemetry/types.ts";
import type { HostTrust } from "./certificates/host.ts";
import { hostKeyError, nextKeyType, type PinnedKey, typeOf, weakness } from "./host-keys.ts";
import { OtherKey } from "./open-client.ts";

/** Which key type a server's pinned fingerprint turned out to belong to: the next connection asks for it first. */
const learnedTypes = new Map<string, string>();

export interface Pinned {
  /** What messages begin with. */
  readonly partner: string;
  readonly pins: readonly PinnedKey[];
  readonly trust?: Pick<HostTrust, "names"> | undefined;
  readonly signal: AbortSignal;
}

/** Asks for each type of host key that a pin may belong to, until the server shows one that is pinned. Throws a `RemoteError`. */
export const withPinnedKey = async <T>(
  { partner, pins, trust, signal }: Pinned,
  attempt: (keyType: string | undefined) => Promise<T>,
): Promise<T> => {
  const memory = `${partner} ${pins.map((pin) => pin.fingerprint).join(" ")}`;
  const shown: Buffer[] = [];
  for (let keyType = learnedTypes.get(memory); ; ) {
    try {
      signal.throwIfAborted();
      const opened = await attempt(keyType);
      if (keyType !== undefined) learnedTypes.set(memory, keyType);
      return opened;
    } catch (error) {
      if (!(error instanceof OtherKey)) throw error;
      const again = shown.some((key) => key.equals(error.key));
      shown.push(error.key);
      keyType = nextKeyType(pins, error.hello.offer?.hostKey ?? [], new Set(shown.map(typeOf)));
      if (keyType === undefined || again) throw hostKeyError(partner, pins, shown, trust?.names);
    }
  }
};

export const warnOfShortPins = (pins: readonly PinnedKey[], log: Log | undefined): void => {
  for (const { key } of pins) {
    const weak = key && weakness("A pinned host key", key);
    if (weak !== undefined) log?.warn(`${weak}. Ask the partner for another one`);
  }
};
