import type { Client } from "ssh2";
import { innerOf } from "./inner.ts";

type Handler = (...given: unknown[]) => void;

/** What ssh2 1.17 keeps of a connection (lib/client.js, lib/protocol/Protocol.js); all of it private. */
interface Internals {
  readonly _remoteVer?: string;
  readonly _protocol?: {
    service?: (name: string) => void;
    readonly _handlers?: Record<string, Handler | undefined>;
  };
}

/** What the server says that it is, such as `OpenSSH_9.2p1`; empty before it has. */
export const softwareOf = (client: Client): string => innerOf<Internals>(client)._remoteVer ?? "";

/**
 * Sends the log-in right behind the request for its service, which ssh2 waits to see granted: a round trip (RFC 4253, section 10:
 * messages are taken in turn). Behind the keys and the check of the host's, as ever. Only if `may` says so by then; `used` is called
 * when it has. Where ssh2 looks different one day, nothing is changed.
 */
export const sendLogInAhead = (client: Client, may: () => boolean, used: () => void): void => {
  client.once("handshake", () => {
    const { _protocol: protocol } = innerOf<Internals>(client);
    const handlers = protocol?._handlers;
    const granted = handlers?.["SERVICE_ACCEPT"];
    const request = protocol?.service?.bind(protocol);
    if (protocol === undefined || handlers === undefined || granted === undefined || request === undefined) return;
    if (!may()) return;
    protocol.service = (name) => {
      request(name);
      used();
      // The server's own word, when it comes, has been acted upon.
      handlers["SERVICE_ACCEPT"] = () => {};
      granted(protocol, name);
    };
  });
};
