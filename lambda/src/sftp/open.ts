import type { Budget } from "../concurrency/budget.ts";
import { asError } from "../concurrency/contain.ts";
import type { SftpConfig } from "../config/types.ts";
import type { Credentials } from "../secrets/types.ts";
import type { Log } from "../telemetry/types.ts";
import { createTraits, type Traits } from "../traits/traits.ts";
import { type Channels, createChannels } from "./channels.ts";
import { checkFile } from "./check-file.ts";
import { type Connection, watchConnection } from "./connection.ts";
import { attributesAction } from "./connection-end.ts";
import { createDirectories } from "./directories.ts";
import { isHidden } from "./hidden.ts";
import { defaultLimits, type Limits } from "./limits.ts";
import { listDirectory } from "./list.ts";
import { pacedReader, pacedWriter, paceOf } from "./pace.ts";
import { openRead } from "./read.ts";
import type { Remote } from "./remote.ts";
import { move, publish, remove, removeDirectory } from "./rename.ts";
import { connect } from "./ssh/connect.ts";
import type { Negotiated, Reached } from "./ssh/session.ts";
import { lookAt, statOf } from "./stat.ts";
import { openWrite } from "./write.ts";

export interface OpenOptions extends Partial<Limits> {
  /** Gives the connection attempt up, and later the connection. */
  readonly signal?: AbortSignal;
  readonly log?: Log;
  /** Bytes in flight over this connection and others together; without it, each has its own. */
  readonly inFlight?: Budget;
  /** What is known of the server; what this connection learns is noted there. Without it, each connection learns by itself. */
  readonly traits?: Traits;
  /** Told at each step of the connection attempt, with what the step before it has shown. */
  readonly reached?: Reached;
  /** Told once what the connection's security rests on. */
  readonly negotiated?: (negotiated: Negotiated) => void;
}

/** What is behind a remote: files of one connection can be open on another one as well. */
const connections = new WeakMap<Remote, { readonly connection: Connection; readonly channels: Channels }>();

/**
 * Connects to a partner, over one connection after the other where the server is known to end each with the file that was closed.
 * Throws a `RemoteError` as `openOne` does.
 */
export const openRemote = async (
  sftp: SftpConfig,
  credentials: Credentials,
  options: OpenOptions = {},
): Promise<Remote> => {
  const { traits = createTraits({ given: sftp.server, log: options.log }) } = options;
  const first = await openOne(sftp, credentials, { ...options, traits });
  if (traits.can("goes_on_after_close") !== false) return first;
  const { reached: _, negotiated: __, ...again } = options;
  const { openAnew } = await import("./anew.ts");
  return openAnew(first, (signal) => openOne(sftp, credentials, { ...again, traits, signal }), traits);
};

/**
 * Connects to a partner: host key checked, logged in, SFTP session open, within `connectTimeoutSeconds`. Throws a
 * `RemoteError` whose message says how far it came and what to do; it never holds a secret.
 */
const openOne = async (
  sftp: SftpConfig,
  credentials: Credentials,
  options: OpenOptions & { readonly traits: Traits },
): Promise<Remote> => {
  const { signal, log, reached, negotiated, inFlight, traits, ...limits } = options;
  const session = await connect(sftp, credentials, {
    ...(signal && { signal }),
    ...(log && { log }),
    ...(reached && { reached }),
    traits,
  });
  if (session.negotiated !== undefined) negotiated?.(session.negotiated);
  const connection = watchConnection(session, {
    operationTimeoutMs: sftp.operationTimeoutSeconds * 1000,
    limits: { ...defaultLimits, ...limits },
    log,
    inFlight,
    traits,
    maxHandles: sftp.maxHandlesPerFile ?? Number.POSITIVE_INFINITY,
  });
  const directories = createDirectories(connection);
  const channels = createChannels(connection);
  const { main } = connection;
  const rate = sftp.maxBytesPerSecond;
  const pace = rate === undefined ? undefined : paceOf(connection.partner, rate);
  if (signal?.aborted) {
    connection.destroy(asError(signal.reason));
    throw signal.reason;
  }
  signal?.addEventListener("abort", () => connection.destroy(asError(signal.reason)), { once: true });

  const remote: Remote = {
    partner: connection.partner,
    newHostKeys: () => session.newHostKeys,
    get roundTripMs() {
      return Number.isFinite(main.roundTripMs) ? main.roundTripMs : undefined;
    },
    lost: connection.lost,
    stat: (path) => statOf(main, path || "."),
    lstat: (path) => lookAt(main, path || "."),
    isHidden: (path) => isHidden(connection, path),
    list: (directory, options) => listDirectory(connection, directory, options),
    ensureDirectory: (path) => directories.ensure(path),
    async openRead(path, hint) {
      await main.limitsKnown;
      const reader = await openRead(connection, channels, path, hint);
      return reader && pace ? pacedReader(reader, pace, connection.lost) : reader;
    },
    async openWrite(path, write) {
      await main.limitsKnown;
      const writer = await openWrite(connection, channels, directories, path, write);
      return pace ? pacedWriter(writer, pace, connection.lost) : writer;
    },
    publish: (...given) => publish(connection, ...given),
    move: (from, to) => move(connection, from, to),
    checksum: (path) => checkFile(connection, path, checksumTimeout),
    setAttributes: (path, { mode, mtime }) =>
      main.request<void>(attributesAction, path, (sftp, settle) =>
        sftp.setstat(
          path,
          { ...(mode !== undefined && { mode }), ...(mtime !== undefined && { mtime, atime: mtime }) },
          (error) => settle(error, undefined),
        ),
      ),
    remove: (path) => remove(connection, path),
    removeDirectory: async (path) => {
      directories.forget(path);
      return await removeDirectory(connection, path);
    },
    reinforce: (recruit) =>
      channels.recruitBy((bytes, join) =>
        recruit(bytes, (helper) => {
          const other = connections.get(helper);
          if (other === undefined || other.connection.lost.aborted) return;
          join({ channel: other.connection.main, connection: other.connection });
          other.channels.further(join, { bytes, alone: true });
        }),
      ),
    close: () => connection.close(),
    destroy: (reason) => connection.destroy(reason),
  };
  connections.set(remote, { connection, channels });
  return remote;
};

/** A server reads the whole file for its checksum. Milliseconds. */
const checksumTimeout = 300_000;
