import type { Client } from "ssh2";
import { innerOf } from "./inner.ts";

interface Protocol {
  _parse?: (this: Protocol, chunk: Buffer, from: number, to: number) => number;
  readonly _remoteIdentRaw?: unknown;
}

/** An identification that is there as a whole (RFC 4253, section 4.2: lines before it don't start so). */
const identification = /(?:^|\n)SSH-[^\n]*\n/;

/**
 * Gives ssh2 a server's greeting and identification in one piece. ssh2 1.17 keeps the first piece of them and forgets those
 * between it and the last (lib/protocol/Protocol.js, parseHeader), so that a greeting in three pieces hangs. Call it right
 * after `client.connect`. Where ssh2 looks different one day, nothing is changed.
 */
export const joinGreeting = (client: Client): void => {
  const { _protocol: protocol } = innerOf<{ readonly _protocol?: Protocol }>(client);
  const parseHeader = protocol?._parse;
  if (protocol === undefined || parseHeader === undefined || protocol._remoteIdentRaw !== undefined) return;
  let held = Buffer.alloc(0);
  protocol._parse = (chunk, from, to) => {
    held = Buffer.concat([held, chunk.subarray(from, to)]);
    if (!identification.test(held.toString("latin1"))) return to;
    const whole = held;
    held = Buffer.alloc(0);
    protocol._parse = parseHeader;
    for (let at = 0; at < whole.length; ) at = protocol._parse(whole, at, whole.length);
    return to;
  };
};
