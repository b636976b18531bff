import type { Socket } from "node:net";
import { unlessAborted } from "../../../concurrency/unless-aborted.ts";
import type { Log } from "../../../telemetry/types.ts";
import { addressesOf } from "../addresses.ts";
import { refusal } from "../connect-error.ts";
import { dial } from "../dial.ts";
import type { SocketOptions } from "../options.ts";
import type { Reached } from "../session.ts";
import type { Wire } from "../transport.ts";
import { noteDead, refuseDead } from "./dead-hops.ts";
import { asRemoteError, type Hop } from "./hop.ts";
import { connectByHttp } from "./http-connect.ts";
import { connectByJump } from "./jump.ts";
import { connectBySocks5 } from "./socks5.ts";

export interface Through {
  readonly partner: string;
  /** The partner: an address, or a name that is looked up behind the hop. */
  readonly target: { readonly host: string; readonly port: number };
  readonly signal: AbortSignal;
  readonly log: Log | undefined;
  readonly reached: Reached;
}

/** A TCP connection to the hop itself, by the first of its addresses that takes one. */
const dialAny = async (hop: Hop, { partner, signal }: Through, options: SocketOptions): Promise<Socket> => {
  const { via, label } = hop;
  const named = `${partner}: ${label}`;
  hop.phase = "connecting";
  const addresses = await unlessAborted(addressesOf(via.host, options.family, hop.lookup), signal).catch((error) => {
    if (signal.aborted) throw signal.reason;
    throw refusal({ partner: named, phase: "connecting", error, hello: undefined, ours: {} });
  });
  let last: unknown;
  for (const address of addresses) {
    try {
      const patienceMs = address === addresses.at(-1) ? undefined : 3_000;
      const socket = await dial({ partner: named, address, port: via.port, patienceMs, signal }, options);
      hop.phase = "greeting";
      return socket;
    } catch (error) {
      if (signal.aborted) throw signal.reason;
      last = error;
    }
  }
  throw last;
};

/** The same, unless the hop couldn't be reached a moment ago. */
const dialHop = async (hop: Hop, through: Through, options: SocketOptions): Promise<Socket> => {
  refuseDead(through.partner, hop.label);
  try {
    return await dialAny(hop, through, options);
  } catch (error) {
    noteDead(hop.label, error);
    throw error;
  }
};

/**
 * A stream to the partner through a proxy or a jump host. Throws a `RemoteError` that names the hop, or why it was aborted.
 */
export const openVia = async (hop: Hop, through: Through, options: SocketOptions): Promise<Wire> => {
  const { via, label, credentials } = hop;
  const { partner, target, signal, log, reached } = through;
  const admitted = (way?: string) => reached("connecting", way === undefined ? label : `${label}, ${way}`);
  try {
    if (via.type === "ssh")
      return await connectByJump(hop, {
        partner: `${partner}: ${label}`,
        target,
        signal,
        log,
        dial: () => dialHop(hop, through, options),
        admitted,
      });
    const socket = await dialHop(hop, through, options);
    const giveUp = () => socket.destroy();
    signal.addEventListener("abort", giveUp, { once: true });
    const secrets = {
      ...(via.username === undefined ? {} : { username: via.username }),
      ...(credentials.password === undefined ? {} : { password: credentials.password }),
    };
    try {
      await (via.type === "socks5" ? connectBySocks5 : connectByHttp)(socket, target, secrets, admitted);
      // Node notes by itself, a turn later, that nobody waits for the socket to be readable any more.
      await new Promise(setImmediate);
      return socket;
    } catch (error) {
      socket.destroy();
      throw error;
    } finally {
      signal.removeEventListener("abort", giveUp);
    }
  } catch (error) {
    if (signal.aborted) throw signal.reason;
    throw asRemoteError(partner, hop, error);
  }
};
