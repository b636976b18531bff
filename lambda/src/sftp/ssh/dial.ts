import { once } from "node:events";
import { connect as connectSocket, type Socket } from "node:net";
import { connectTimeout, refusal } from "./connect-error.ts";
import type { SocketOptions } from "./options.ts";
import { createReadPlace } from "./read-place.ts";

export interface Dial {
  /** What messages begin with. */
  readonly partner: string;
  readonly address: string;
  readonly port: number;
  /** Where there are further addresses to try. Milliseconds. */
  readonly patienceMs: number | undefined;
  /** Aborts at the deadline or when the caller gives up. */
  readonly signal: AbortSignal;
}

/** A TCP connection to one address. Throws a `RemoteError`, or why it was aborted. */
export const dial = async (
  { partner, address, port, patienceMs, signal }: Dial,
  { localAddress }: SocketOptions,
): Promise<Socket> => {
  const { onread, of } = createReadPlace();
  const socket = connectSocket({
    host: address,
    port,
    noDelay: true,
    keepAlive: true,
    keepAliveInitialDelay: 30_000,
    onread,
    ...(localAddress === undefined ? {} : { localAddress }),
  });
  of(socket);
  const impatient = new AbortController();
  const timer =
    patienceMs === undefined
      ? undefined
      : setTimeout(
          () => impatient.abort(connectTimeout(partner, "connecting", Math.round(patienceMs / 1000))),
          patienceMs,
        );
  try {
    await once(socket, "connect", { signal: AbortSignal.any([signal, impatient.signal]) });
    return socket;
  } catch (error) {
    socket.destroy();
    if (signal.aborted) throw signal.reason;
    if (impatient.signal.aborted) throw impatient.signal.reason;
    throw refusal({ partner, phase: "connecting", error: error as Error, hello: undefined, ours: {} });
  } finally {
    clearTimeout(timer);
  }
};
