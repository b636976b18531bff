import { unlessAborted } from "../../concurrency/unless-aborted.ts";
import { partnerOf, type SftpConfig } from "../../config/types.ts";
import type { Credentials } from "../../secrets/types.ts";
import type { Log } from "../../telemetry/types.ts";
import { createTraits, type Traits } from "../../traits/traits.ts";
import { RemoteError } from "../errors.ts";
import { without } from "../printable.ts";
import { addressesOf, type Lookup } from "./addresses.ts";
import { onlyAllowed } from "./allowed-addresses.ts";
import { type Attempt, attempt } from "./attempt.ts";
import { type ConnectStep, connectTimeout, refusal } from "./connect-error.ts";
import { parsePinnedKeys, weakness } from "./host-keys.ts";
import { warnOfShortPins, withPinnedKey } from "./pinned-key.ts";
import { parsePrivateKey } from "./private-key.ts";
import type { Reached, SshSession } from "./session.ts";
import { type Hop, labelOf } from "./via/hop.ts";

export interface ConnectCalls {
  readonly signal?: AbortSignal;
  readonly log?: Log;
  readonly reached?: Reached;
  /** The system's, unless a test has its own. */
  readonly lookup?: Lookup;
  /** What is known of the server; without it, each connection finds out by itself. */
  readonly traits?: Traits;
}

type Fixed = Omit<Attempt, "address" | "patienceMs" | "keyType">;

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
      return await withPinnedKey(fixed, (keyType) => attempt({ ...fixed, address, patienceMs, keyType }));
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

/** What is tried: the partner's addresses that may be connected to; behind a hop that looks its name up itself, that name. */
const targetsOf = async (
  sftp: SftpConfig,
  family: 4 | 6 | undefined,
  { lookup, log }: ConnectCalls,
): Promise<readonly string[]> => {
  const { host, via, allowedAddresses: allowed } = sftp;
  if (via !== undefined && allowed === undefined) return [host];
  const addresses = await addressesOf(host, via === undefined ? family : undefined, lookup);
  return allowed === undefined ? addresses : onlyAllowed(partnerOf(sftp), addresses, allowed, log);
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
  const { log, traits = createTraits({ given: sftp.server, log }) } = options;
  const partner = partnerOf(sftp);
  const pins = parsePinnedKeys(sftp.hostKeys);
  const trust =
    sftp.hostCaKeys && (await import("./certificates/host.ts")).trustIn(sftp.hostCaKeys, sftp.host, Date.now);
  if (pins.length === 0 && trust === undefined && !sftp.insecureIgnoreHostKey)
    throw new RemoteError(
      "host-key",
      `${partner}: no host key is pinned. Put the server's SHA256 fingerprint into host_keys.`,
    );
  warnOfShortPins(pins, log);
  const key =
    credentials.privateKey === undefined ? undefined : parsePrivateKey(credentials.privateKey, credentials.passphrase);
  const weak = key && weakness("Our private key", key.getPublicSSH());
  if (weak !== undefined) log?.warn(`${weak}. Make a new one and give its public half to the partner`);

  const certificate =
    key === undefined || credentials.certificate === undefined
      ? undefined
      : (await import("./certificates/user.ts")).userCertificate(
          credentials.certificate,
          key,
          sftp.username,
          Date.now(),
        );

  const hop = hopOf(sftp, credentials, options.lookup);
  const first = hop === undefined ? "connecting" : "via";
  let phase: ConnectStep = first;
  const deadline = new AbortController();
  const timer = setTimeout(
    () => deadline.abort(connectTimeout(partner, phase, sftp.connectTimeoutSeconds, hop)),
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
    reached(first);
    const addresses = await unlessAborted(targetsOf(sftp, family, options), signal).catch((error) => {
      if (signal.aborted) throw signal.reason;
      throw error instanceof RemoteError
        ? error
        : refusal({ partner, phase: "connecting", error, hello: undefined, ours: {} });
    });
    return await overAddresses(
      { partner, sftp, credentials, key, certificate, pins, trust, hop, signal, log, reached, traits },
      addresses,
      () => phase,
    );
  } catch (error) {
    const { via } = credentials;
    const secrets = [credentials.password, credentials.passphrase, via?.password, via?.passphrase];
    throw withoutSecrets(hop === undefined ? error : throughHop(error, hop, phase), secrets);
  } finally {
    clearTimeout(timer);
  }
};

const hopOf = ({ via }: SftpConfig, credentials: Credentials, lookup: Lookup | undefined): Hop | undefined =>
  via && {
    via,
    credentials: credentials.via ?? {},
    label: labelOf(via),
    phase: "connecting",
    ...(lookup && { lookup }),
  };

/** Where nothing of the partner has been seen yet, it may be the hop that hangs up. */
const throughHop = (error: unknown, { label }: Hop, phase: ConnectStep): unknown =>
  error instanceof RemoteError && phase === "greeting"
    ? new RemoteError(
        error.kind,
        `${error.message} The connection goes through ${label}, which may be what ends or answers it: see its log.`,
        { cause: error.cause },
      )
    : error;

/** Should a server have repeated a secret in what it said. */
const withoutSecrets = (error: unknown, secrets: readonly (string | undefined)[]): unknown => {
  if (!(error instanceof RemoteError) || without(error.message, secrets) === error.message) return error;
  return new RemoteError(error.kind, without(error.message, secrets));
};
