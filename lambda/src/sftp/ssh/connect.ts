import { partnerOf, type SftpConfig } from "../../config/types.ts";
import type { Credentials } from "../../secrets/types.ts";
import type { Log } from "../../telemetry/types.ts";
import { RemoteError } from "../errors.ts";
import { without } from "../printable.ts";
import { addressesOf, type Lookup } from "./addresses.ts";
import { type Attempt, attempt, OtherKey } from "./attempt.ts";
import { type ConnectStep, connectTimeout, refusal } from "./connect-error.ts";
import { hostKeyError, nextKeyType, type PinnedKey, parsePinnedKeys, typeOf, weakness } from "./host-keys.ts";
import { parsePrivateKey } from "./private-key.ts";
import type { Reached, SshSession } from "./session.ts";

export interface ConnectCalls {
  readonly signal?: AbortSignal;
  readonly log?: Log;
  readonly reached?: Reached;
  /** The system's, unless a test has its own. */
  readonly lookup?: Lookup;
}

/** Which key type a partner's pinned fingerprint turned out to belong to: the next connection asks for it first. */
const learnedTypes = new Map<string, string>();

type Fixed = Omit<Attempt, "address" | "patienceMs" | "keyType">;

/** Asks for each type of host key that a pin may belong to, until the server shows one that is pinned. */
const withPinnedKey = async (fixed: Fixed, where: Pick<Attempt, "address" | "patienceMs">): Promise<SshSession> => {
  const { partner, pins, signal } = fixed;
  const memory = `${partner} ${pins.map((pin) => pin.fingerprint).join(" ")}`;
  const shown: Buffer[] = [];
  for (let keyType = learnedTypes.get(memory); ; ) {
    try {
      signal.throwIfAborted();
      const session = await attempt({ ...fixed, ...where, keyType });
      if (keyType !== undefined) learnedTypes.set(memory, keyType);
      return session;
    } catch (error) {
      if (!(error instanceof OtherKey)) throw error;
      const again = shown.some((key) => key.equals(error.key));
      shown.push(error.key);
      keyType = nextKeyType(pins, error.hello.offer?.hostKey ?? [], new Set(shown.map(typeOf)));
      if (keyType === undefined || again) throw hostKeyError(partner, pins, shown);
    }
  }
};

/** Tries one address after the other, as long as none of them has shown that an SSH server is there. */
const overAddresses = async (
  fixed: Fixed,
  addresses: readonly string[],
  phase: () => ConnectStep,
): Promise<SshSession> => {
  const { partner, sftp, signal, log } = fixed;
  const total = sftp.connectTimeoutSeconds * 1000;
  const failed: string[] = [];
  for (const [at, address] of addresses.entries()) {
    const isLast = at === addresses.length - 1;
    const patienceMs = isLast ? undefined : Math.max(1000, total / (addresses.length + 1));
    try {
      return await withPinnedKey(fixed, { address, patienceMs });
    } catch (error) {
      if (!(error instanceof RemoteError) || signal.aborted || !["connecting", "greeting"].includes(phase()))
        throw error;
      const why = error.message.replace(`${partner}: `, "");
      failed.push(`${address}: ${why}`);
      if (!isLast)
        log?.warn(`${partner}: one of its addresses can't be connected to; the next one is tried`, { address, why });
      else if (addresses.length > 1)
        throw new RemoteError(
          error.kind,
          `${partner}: none of its ${addresses.length} addresses could be connected to. ${failed.join(" ")}`,
          { cause: error },
        );
      else throw error;
    }
  }
  throw new RemoteError("unreachable", `${partner}: the host name has no address.`);
};

const warnOfShortPins = (pins: readonly PinnedKey[], log: Log | undefined): void => {
  for (const { key } of pins) {
    const weak = key && weakness("A pinned host key", key);
    if (weak !== undefined) log?.warn(`${weak}. Ask the partner for another one`);
  }
};

/**
 * Connects, checks the host key, logs in and opens the SFTP channel, all within `connectTimeoutSeconds`. Throws a
 * `RemoteError` that says how far it came and what to do, and never holds a secret.
 */
export const connect = async (
  sftp: SftpConfig,
  credentials: Credentials,
  options: ConnectCalls,
): Promise<SshSession> => {
  const { log } = options;
  const partner = partnerOf(sftp);
  const pins = parsePinnedKeys(sftp.hostKeys);
  if (pins.length === 0 && !sftp.insecureIgnoreHostKey)
    throw new RemoteError(
      "host-key",
      `${partner}: no host key is pinned. Put the server's SHA256 fingerprint into host_keys.`,
    );
  warnOfShortPins(pins, log);
  const key =
    credentials.privateKey === undefined ? undefined : parsePrivateKey(credentials.privateKey, credentials.passphrase);
  const weak = key && weakness("Our private key", key.getPublicSSH());
  if (weak !== undefined) log?.warn(`${weak}. Make a new one and give its public half to the partner`);

  let phase: ConnectStep = "connecting";
  const deadline = new AbortController();
  const timer = setTimeout(
    () => deadline.abort(connectTimeout(partner, phase, sftp.connectTimeoutSeconds)),
    sftp.connectTimeoutSeconds * 1000,
  );
  const signal = options.signal === undefined ? deadline.signal : AbortSignal.any([deadline.signal, options.signal]);
  const reached: Reached = (next, seen) => {
    phase = next;
    options.reached?.(next, seen);
  };
  const { forceIPv4, forceIPv6 } = sftp.options;
  const family = forceIPv4 === true ? 4 : forceIPv6 === true ? 6 : undefined;
  try {
    reached("connecting");
    const aborted = new Promise<never>((_, reject) => {
      signal.addEventListener("abort", () => reject(signal.reason), { once: true });
    });
    const addresses = await Promise.race([addressesOf(sftp.host, family, options.lookup), aborted]).catch((error) => {
      if (signal.aborted) throw signal.reason;
      throw refusal({ partner, phase: "connecting", error, hello: undefined, ours: {} });
    });
    return await overAddresses({ partner, sftp, credentials, key, pins, signal, log, reached }, addresses, () => phase);
  } catch (error) {
    throw withoutSecrets(error, [credentials.password, credentials.passphrase]);
  } finally {
    clearTimeout(timer);
  }
};

/** Should a server have repeated a secret in what it said. */
const withoutSecrets = (error: unknown, secrets: readonly (string | undefined)[]): unknown => {
  if (!(error instanceof RemoteError) || without(error.message, secrets) === error.message) return error;
  return new RemoteError(error.kind, without(error.message, secrets));
};
