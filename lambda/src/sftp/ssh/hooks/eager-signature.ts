import type { Client, ParsedKey } from "ssh2";
import type { LogsItselfIn, Protocol, Sign } from "./certificate-log-in.ts";
import { innerOf } from "./inner.ts";

/** What ssh2 1.17 keeps of a connection (lib/protocol/Protocol.js); all of it private. */
interface Internals {
  readonly _protocol?: {
    authPK?: (username: string, key: unknown, algorithm?: unknown, sign?: unknown) => void;
    readonly _handlers?: { readonly USERAUTH_PK_OK?: (protocol: unknown) => void };
  };
}

/**
 * Logs in with a key at once. ssh2 asks first whether the server would take the key, and signs once it says so: a round trip
 * that saves a person's passphrase or touch, of which there is none here (RFC 4252, section 7: a client may leave it out).
 * Here ssh2 is told that the server would. A type of two words names the algorithm by the first (`signature.ts`); a key with a
 * certificate makes its own request.
 */
export const signAtOnce = (client: Client): void => {
  client.on("handshake", () => {
    const protocol = innerOf<Internals>(client)._protocol;
    const authenticate = protocol?.authPK?.bind(protocol);
    const taken = protocol?._handlers?.USERAUTH_PK_OK;
    if (protocol === undefined || authenticate === undefined || taken === undefined) return;
    protocol.authPK = (username, key, algorithm, sign) => {
      if (sign === undefined && typeof algorithm !== "function") return taken(protocol);
      const { sendLogIn } = key as Partial<LogsItselfIn>;
      if (sendLogIn !== undefined) return sendLogIn(protocol as Protocol, username, (sign ?? algorithm) as Sign);
      const [named, ...more] = (key as ParsedKey).type.split(" ");
      return authenticate(username, key, more.length > 0 ? named : algorithm, sign);
    };
  });
};
