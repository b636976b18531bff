import type { Algorithms, ConnectConfig } from "ssh2";
import type { SftpConfig } from "../../config/types.ts";
import type { Log } from "../../telemetry/types.ts";
import { type AlgorithmKind, changedBy, defaultAlgorithms, usesSha1 } from "./algorithms.ts";
import { mlKem } from "./hooks/ml-kem.ts";
import { typeOfAlgorithm } from "./host-keys.ts";

/** Connect options of ssh2 that a stream's `options` can't reach: the stream's other fields, or the bridge, decide them. */
const reserved: ReadonlySet<string> = new Set([
  "sock",
  "host",
  "hostname",
  "port",
  "user",
  "username",
  "password",
  "privateKey",
  "passphrase",
  "agent",
  "agentForward",
  "allowAgentFwd",
  "authHandler",
  "localHostname",
  "localUsername",
  "hostVerifier",
  "hostHash",
  "readyTimeout",
  "timeout",
  "debug",
  "promiseLimit",
]);

/** Those that the TCP connection takes, which is made here and not by ssh2. */
export interface SocketOptions {
  readonly family?: 4 | 6;
  readonly localAddress?: string;
}

export interface ConnectOptions {
  readonly socket: SocketOptions;
  readonly tryKeyboard: boolean;
  /** What is offered, best first. */
  readonly algorithms: Readonly<Record<AlgorithmKind, readonly string[]>>;
  /** May a signature of ours, or of a host key, rest on SHA-1? */
  readonly allowSha1: boolean;
  /** Is ML-KEM offered as well, by `hooks/ml-kem.ts`? */
  readonly postQuantum: boolean;
  readonly keepAlive: { readonly intervalMs: number; readonly maxUnanswered: number };
  /** For ssh2, without what the bridge sets itself. */
  readonly ssh: Pick<ConnectConfig, "keepaliveInterval" | "keepaliveCountMax" | "strictVendor"> & {
    readonly algorithms: Algorithms;
  };
}

const record = (value: unknown): Readonly<Record<string, unknown>> =>
  typeof value === "object" && value !== null && !Array.isArray(value) ? (value as Record<string, unknown>) : {};

const number = (value: unknown, otherwise: number): number =>
  typeof value === "number" && Number.isFinite(value) && value >= 0 ? value : otherwise;

/**
 * A stream's `options` over the bridge's defaults; `hostKeys` are the host key algorithms that go with what is pinned, best
 * first. Reserved options are left out, with a warning. Throws a `RemoteError` of kind `handshake` for a value of a kind that
 * ssh2 would silently ignore.
 */
export const mergeOptions = (
  sftp: Pick<SftpConfig, "options">,
  hostKeys: readonly string[],
  log?: Pick<Log, "warn">,
): ConnectOptions => {
  const { forceIPv4, forceIPv6, localAddress, localPort: _port, tryKeyboard, ...more } = sftp.options;
  const { algorithms, keepaliveInterval, keepaliveCountMax, ...rest } = more;
  const ignored = Object.keys(rest).filter((name) => reserved.has(name));
  if (ignored.length > 0)
    log?.warn(`options has ${ignored.join(", ")}, which the stream's own fields decide: left out`, { ignored });
  const family = forceIPv4 === true ? 4 : forceIPv6 === true ? 6 : undefined;
  const { kex, serverHostKey, cipher, hmac, ...others } = record(algorithms);
  // Which type is asked for first is the pinned keys' to say, whatever order the names are in.
  const types = hostKeys.map(typeOfAlgorithm);
  const rank = (name: string) => {
    const at = types.indexOf(typeOfAlgorithm(name));
    return at === -1 ? types.length : at;
  };
  const hostKeyList = changedBy(hostKeys, serverHostKey, "serverHostKey");
  const lists = {
    kex: changedBy(defaultAlgorithms.kex, kex, "kex"),
    serverHostKey: hostKeyList.toSorted((a, b) => rank(a) - rank(b)),
    cipher: changedBy(defaultAlgorithms.cipher, cipher, "cipher"),
    hmac: changedBy(defaultAlgorithms.hmac, hmac, "hmac"),
  };
  for (const [name, list] of Object.entries(others)) changedBy([], list, name);
  // ssh2 doesn't know it; a compressed connection's exchanges of keys can't be read by the hook that does.
  const known = lists.kex.filter((name) => name !== mlKem);
  const postQuantum = lists.kex[0] === mlKem && known.includes("curve25519-sha256") && others["compress"] === undefined;
  const intervalMs = number(keepaliveInterval, 15_000);
  return {
    socket: {
      ...(family === undefined ? {} : { family }),
      ...(typeof localAddress === "string" ? { localAddress } : {}),
    },
    tryKeyboard: tryKeyboard === true,
    algorithms: postQuantum ? lists : { ...lists, kex: known },
    postQuantum,
    allowSha1: lists.serverHostKey.some(usesSha1),
    keepAlive: { intervalMs, maxUnanswered: number(keepaliveCountMax, 3) },
    ssh: {
      keepaliveInterval: intervalMs,
      // It counts answers alone, and drops a server that sends a file and answers no keep-alive: keep-alive.ts watches instead.
      keepaliveCountMax: Number.MAX_SAFE_INTEGER,
      // Not only OpenSSH announces its host keys.
      strictVendor: false,
      ...Object.fromEntries(Object.entries(rest).filter(([name]) => !reserved.has(name))),
      // Every server has none (RFC 4253, section 6.2), and ssh2 inflates a packet to whatever size it claims to have.
      // The user's own lists may name what ssh2's types don't; it refuses what it hasn't.
      algorithms: { compress: ["none"], ...lists, kex: known, ...others } as unknown as Algorithms,
    },
  };
};
