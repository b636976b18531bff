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

/** Has anything been sent ahead? */
export interface Ahead {
  readonly used: boolean;
}

/**
 * Sends the log-in right behind the request for its service, which ssh2 waits to see granted: a round trip (RFC 4253, section 10;
 * OpenSSH takes messages in turn, and has granted the one when it looks at the other). To OpenSSH alone, by what the server says
 * that it is. Where ssh2 looks different one day, nothing is changed.
 */
export const sendLogInAhead = (client: Client): Ahead => {
  const ahead = { used: false };
  client.once("handshake", () => {
    const { _protocol: protocol, _remoteVer: software = "" } = innerOf<Internals>(client);
    const handlers = protocol?._handlers;
    const granted = handlers?.["SERVICE_ACCEPT"];
    const request = protocol?.service?.bind(protocol);
    if (protocol === undefined || handlers === undefined || granted === undefined || request === undefined) return;
    if (!/^OpenSSH_\d/.test(software)) return;
    protocol.service = (name) => {
      request(name);
      ahead.used = true;
      // The server's own word, when it comes, has been acted upon.
      handlers["SERVICE_ACCEPT"] = () => {};
      granted(protocol, name);
    };
  });
  return ahead;
};
