/** Connections that are used past Node's HTTP: opened, and kept for a while for the next. */
import { connect as connectPlain, isIP, type OnReadOpts, type Socket } from "node:net";
import { connect as connectTls, createSecureContext, type SecureContext } from "node:tls";
import { keptFor } from "./send.ts";

/** One connection, over which one answer comes at a time. */
export interface Link {
  readonly socket: Socket;
  receiver: Receiver | undefined;
}

/** Who takes what comes over a connection. */
export interface Receiver {
  into(): Uint8Array | undefined;
  took(bytes: Uint8Array): boolean;
  fail(error: Error): void;
}

/** One for all, as making it takes a fifth of a millisecond. */
let context: SecureContext | undefined;

/** TLS sessions that may be resumed, by host. */
const sessions = new Map<string, Buffer>();

/** Connects; what comes goes to the link's receiver, and without one nothing may come. */
export const openLink = ({ protocol, hostname, port, host }: URL): Link => {
  const isTls = protocol === "https:";
  // Where bytes go that come while nobody waits for them, and those of an answer's head.
  const first = Buffer.allocUnsafeSlow(16 * 1024);
  const onread: OnReadOpts = {
    buffer: () => link.receiver?.into() ?? first,
    callback: (count, buffer) => {
      if (link.receiver !== undefined) return link.receiver.took(buffer.subarray(0, count));
      link.socket.destroy();
      return false;
    },
  };
  const name = hostname.replace(/^\[|\]$/g, "");
  const to = { host: name, port: Number(port) || (isTls ? 443 : 80), noDelay: true, onread };
  // The socket is there before anybody reads of it: its making needs the reader, which needs the link.
  const link: Link = { socket: undefined as unknown as Socket, receiver: undefined };
  const session = sessions.get(host);
  if (isTls) context ??= createSecureContext();
  const socket = isTls
    ? connectTls({
        ...to,
        ...(context && { secureContext: context }),
        ...(isIP(name) === 0 && { servername: name }),
        ...(session && { session }),
        ALPNProtocols: ["http/1.1"],
      })
    : connectPlain(to);
  if (isTls) socket.on("session", (one: Buffer) => void sessions.set(host, one));
  let error: Error | undefined;
  socket.on("error", (reason) => {
    error = reason;
  });
  socket.on("close", () => link.receiver?.fail(error ?? new Error(`${hostname} ended the connection`)));
  Object.assign(link, { socket });
  return link;
};

/** Those that are kept, by where they go; at most so many each. */
export const createIdle = (most: number) => {
  const idle = new Map<string, { readonly link: Link; readonly since: number; readonly timer: NodeJS.Timeout }[]>();
  return {
    take(url: URL): Link | undefined {
      for (let one = idle.get(url.origin)?.pop(); one !== undefined; one = idle.get(url.origin)?.pop()) {
        clearTimeout(one.timer);
        // The function may have slept meanwhile, and the timer with it.
        if (!one.link.socket.destroyed && Date.now() - one.since < keptFor) {
          one.link.socket.ref();
          return one.link;
        }
        one.link.socket.destroy();
      }
      return undefined;
    },
    keep(url: URL, link: Link) {
      const kept = idle.get(url.origin) ?? [];
      idle.set(url.origin, kept);
      if (link.socket.destroyed || kept.length >= most) return void link.socket.destroy();
      link.socket.unref();
      const timer = setTimeout(() => link.socket.destroy(), keptFor).unref();
      kept.push({ link, since: Date.now(), timer });
    },
  };
};
