import type { Client } from "ssh2";
import { innerOf } from "./inner.ts";

type Handler = (...given: unknown[]) => void;

/** What ssh2 1.17 keeps of a connection (lib/client.js, lib/protocol/handlers.misc.js); all of it private. */
interface Internals {
  readonly _protocol?: { readonly _handlers?: Record<string, Handler | undefined> };
}

/** More is never shown. Bytes. */
const keptBytes = 1024;

export interface LogInSeen {
  /** What came on the channel before the SFTP session was open: normally SFTP's VERSION alone. */
  readonly output: Buffer;
  /** What came on its standard error. */
  readonly errors: Buffer;
  /** Looks no longer. */
  readonly done: () => void;
}

/**
 * Looks at what ssh2 answers, drops or forgets by itself while a connection is logged in: rounds of questions, also those
 * without a question, which it answers; text in front of SFTP's first packet, of which it tells the length that it would be.
 * Call it right after `client.connect`. Where ssh2 looks different one day, nothing is seen.
 */
export const observeLogIn = (client: Client, onRound: () => void): LogInSeen => {
  const handlers = innerOf<Internals>(client)._protocol?._handlers;
  const seen = { output: Buffer.alloc(0), errors: Buffer.alloc(0) };
  const originals = new Map<string, Handler>();
  const wrap = (name: string, look: (...given: unknown[]) => void) => {
    const original = handlers?.[name];
    if (handlers === undefined || original === undefined) return;
    originals.set(name, original);
    handlers[name] = (...given) => {
      look(...given);
      original(...given);
    };
  };
  const keep = (field: "output" | "errors", data: unknown) => {
    if (Buffer.isBuffer(data) && seen[field].length < keptBytes)
      seen[field] = Buffer.concat([seen[field], data.subarray(0, keptBytes)]);
  };
  wrap("USERAUTH_INFO_REQUEST", onRound);
  wrap("CHANNEL_DATA", (_protocol, _channel, data) => keep("output", data));
  wrap("CHANNEL_EXTENDED_DATA", (_protocol, _channel, data) => keep("errors", data));
  return {
    get output() {
      return seen.output;
    },
    get errors() {
      return seen.errors;
    },
    done: () => {
      for (const [name, original] of originals) if (handlers) handlers[name] = original;
    },
  };
};
