import type { Client } from "ssh2";
import { innerOf } from "./inner.ts";

type Handler = (...given: unknown[]) => void;

/** What ssh2 1.17 keeps of a connection (lib/client.js, lib/protocol/Protocol.js); all of it private. */
interface Internals {
  readonly _remoteVer?: string;
  readonly _protocol?: {
    service?: (name: string) => void;
    readonly _handlers?: Record<string, Handler | undefined>;
    readonly _kexinit?: Buffer | undefined;
    readonly _packetRW?: {
      readonly write: { readonly allocStart: number; alloc(bytes: number): Buffer; finalize(packet: Buffer): Buffer };
    };
    readonly _cipher?: { encrypt(packet: Buffer): void };
  };
}

/** SSH_MSG_IGNORE without data, which everybody has to take at any time behind the keys (RFC 4253, section 11.2). */
const ignored = Buffer.from([2, 0, 0, 0, 0]);

/**
 * Has what the server sent so far be acknowledged at once, as part of a packet. OpenSSH gathers small packets until the one before is
 * acknowledged (TCP's own way; it turns that off with the first session), and Linux waits 40 ms for something to acknowledge with: the
 * log-in's answer, which is ready, would wait behind the one that grants its service.
 */
const acknowledge = ({ _kexinit: keys, _packetRW: packets, _cipher: cipher }: NonNullable<Internals["_protocol"]>) => {
  if (keys !== undefined || packets === undefined || cipher === undefined) return;
  const { write } = packets;
  const packet = write.alloc(ignored.length);
  packet.set(ignored, write.allocStart);
  cipher.encrypt(write.finalize(packet));
};

/** What the server says that it is, such as `OpenSSH_9.2p1`; empty before it has. */
export const softwareOf = (client: Client): string => innerOf<Internals>(client)._remoteVer ?? "";

/**
 * Sends the log-in right behind the request for its service, which ssh2 waits to see granted: a round trip (RFC 4253, section 10:
 * messages are taken in turn). Behind the keys and the check of the host's, as ever. Only if `may` says so by then; `used` is called
 * when it has. Where ssh2 looks different one day, nothing is changed.
 */
export const sendLogInAhead = (client: Client, may: () => boolean, used: () => void): void => {
  client.once("handshake", (agreed) => {
    const { _protocol: protocol } = innerOf<Internals>(client);
    const handlers = protocol?._handlers;
    const granted = handlers?.["SERVICE_ACCEPT"];
    const request = protocol?.service?.bind(protocol);
    if (protocol === undefined || handlers === undefined || granted === undefined || request === undefined) return;
    if (!may()) return;
    protocol.service = (name) => {
      request(name);
      used();
      // Compression may begin with the log-in, and nothing may be sent while the server may be in it and we don't know.
      let mayAcknowledge = agreed.cs.compress === "none";
      client.once("ready", () => {
        mayAcknowledge = false;
      });
      // The server's own word, when it comes, has been acted upon. Where both come at once nothing is waited for, and a server that says
      // it again and again isn't answered each time.
      handlers["SERVICE_ACCEPT"] = () => {
        setImmediate(() => {
          if (mayAcknowledge) acknowledge(protocol);
          mayAcknowledge = false;
        });
      };
      granted(protocol, name);
    };
  });
};
