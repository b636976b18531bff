/**
 * SFTP's INIT right behind the request for its subsystem, which ssh2 waits to see granted; and a channel that may be used while
 * the server owes it `limits@openssh.com`. A round trip each. A channel's requests and data are taken in turn (RFC 4254, section 5).
 */
import type { Client, SFTPWrapper } from "ssh2";
import { innerOf } from "./inner.ts";

/** What ssh2 1.17 keeps of a connection and of a channel (lib/client.js, lib/protocol/SFTP.js); all of it private. */
interface Internals {
  readonly _protocol?: { subsystem?: (channel: number, name: string, reply: boolean) => void };
  readonly _chanMgr?: { readonly _channels?: Readonly<Record<string, unknown>> };
}

interface SftpSession {
  readonly outgoing: { readonly id: number };
  readonly _requests: Readonly<Record<number, LimitsRequest | undefined>>;
  readonly _writeReqid: number;
  _init: () => void;
  _extensions: Readonly<Record<string, unknown>>;
  emit(event: "ready"): boolean;
}

interface LimitsRequest {
  readonly extended?: string;
  cb?: (error: unknown, limits: unknown) => void;
}

const isSession = (one: unknown, channel: number): one is SftpSession => {
  const { outgoing, _init } = (one ?? {}) as Partial<SftpSession>;
  return typeof _init === "function" && outgoing?.id === channel;
};

/** Channels that the server still owes their limits. */
const owed = new WeakMap<object, Promise<void>>();

/** Resolves once a channel's limits are known, or known not to come; undefined where that is so already. */
export const limitsOf = (sftp: SFTPWrapper): Promise<void> | undefined => owed.get(sftp);

/** Notes when ssh2's question for the limits, which is the last that was sent, is answered. */
const awaitLimits = (session: SftpSession): void => {
  const request = session._requests[session._writeReqid];
  const take = request?.cb;
  if (request?.extended !== "limits@openssh.com" || take === undefined) return;
  const { promise, resolve } = Promise.withResolvers<void>();
  owed.set(session, promise);
  request.cb = (error, limits) => {
    take(error, limits);
    owed.delete(session);
    resolve();
  };
};

/**
 * Sends INIT and the request for the subsystem in one go, for the first channel of a connection. ssh2 says that it is ready when the
 * limits have come; here it is when VERSION has come, which says whether they will, and the subsystem is granted.
 */
const beginInOneGo = (session: SftpSession): void => {
  let isGranted = false;
  let hasVersion = false;
  let held = session._extensions;
  const sayReady = () => {
    if (isGranted && hasVersion) session.emit("ready");
  };
  Object.defineProperty(session, "_extensions", {
    configurable: true,
    get: () => held,
    set: (announced: SftpSession["_extensions"]) => {
      held = announced;
      // ssh2 asks for the limits, or says that it is ready, before it is this one's turn.
      queueMicrotask(() => {
        hasVersion = true;
        awaitLimits(session);
        sayReady();
      });
    },
  });
  session._init();
  // ssh2 begins here once the subsystem is granted, and listens. A server may have answered INIT before that.
  session._init = () => {
    isGranted = true;
    queueMicrotask(sayReady);
  };
};

/**
 * Has the first SFTP channel begin so, if `may` says so by then. Call it right after `client.connect`; `used` is called when it
 * has. Where ssh2 looks different one day, nothing is changed.
 */
export const beginSftpAhead = (client: Client, may: () => boolean, used: () => void): void => {
  const { _protocol: protocol, _chanMgr: channels } = innerOf<Internals>(client);
  const request = protocol?.subsystem?.bind(protocol);
  if (protocol === undefined || request === undefined || channels?._channels === undefined) return;
  let isFirst = true;
  protocol.subsystem = (channel, name, reply) => {
    request(channel, name, reply);
    if (!isFirst || name !== "sftp") return;
    isFirst = false;
    const session = Object.values(channels._channels ?? {}).find((one) => isSession(one, channel));
    if (session === undefined || !may()) return;
    used();
    beginInOneGo(session as SftpSession);
  };
};
