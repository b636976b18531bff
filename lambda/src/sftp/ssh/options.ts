import type { Algorithms, ConnectConfig } from "ssh2";
import type { SftpConfig } from "../../config/types.ts";
import type { Log } from "../../telemetry/types.ts";
import { RemoteError } from "../errors.ts";

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
  /** For ssh2, without what the bridge sets itself. */
  readonly ssh: Pick<ConnectConfig, "keepaliveInterval"> & { readonly algorithms: Algorithms };
}

const record = (value: unknown): Readonly<Record<string, unknown>> =>
  typeof value === "object" && value !== null && !Array.isArray(value) ? (value as Record<string, unknown>) : {};

/**
 * A stream's `options` over the bridge's defaults. Reserved ones are left out, with a warning. Throws a `RemoteError` of
 * kind `handshake` for a value of a kind that ssh2 would silently ignore.
 */
export const mergeOptions = (
  sftp: SftpConfig,
  hostKeyAlgorithms: readonly string[],
  log?: Pick<Log, "warn">,
): ConnectOptions => {
  const { forceIPv4, forceIPv6, localAddress, localPort: _port, tryKeyboard, algorithms, ...rest } = sftp.options;
  const ignored = Object.keys(rest).filter((name) => reserved.has(name));
  if (ignored.length > 0)
    log?.warn(`options has ${ignored.join(", ")}, which the stream's own fields decide: left out`, { ignored });
  for (const [name, list] of Object.entries(record(algorithms)))
    if (typeof list !== "object" || list === null)
      throw new RemoteError(
        "handshake",
        `options.algorithms.${name} must be a list of names, or an object with append, prepend or remove.`,
      );
  const family = forceIPv4 === true ? 4 : forceIPv6 === true ? 6 : undefined;
  return {
    socket: {
      ...(family === undefined ? {} : { family }),
      ...(typeof localAddress === "string" ? { localAddress } : {}),
    },
    tryKeyboard: tryKeyboard === true,
    ssh: {
      keepaliveInterval: 15_000,
      ...Object.fromEntries(Object.entries(rest).filter(([name]) => !reserved.has(name))),
      algorithms: { serverHostKey: [...hostKeyAlgorithms], ...record(algorithms) } as Algorithms,
    },
  };
};
