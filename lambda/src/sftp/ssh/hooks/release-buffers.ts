/**
 * Gives buffers back at once that ssh2 1.17 makes and forgets: for each byte of a transfer three or four of them, all outside
 * V8's heap. Collecting them took two fifths of a large push's processor time. What is hooked into is private; where ssh2
 * looks different one day, nothing is changed, and V8 collects as ever.
 */
import type { Client } from "ssh2";
import { release, releaseWhole } from "../../../memory/release.ts";
import type { Wire } from "../transport.ts";
import { innerOf } from "./inner.ts";

interface Internals {
  readonly _protocol?: {
    channelData?: (channel: number, data: Uint8Array) => void;
    readonly _packetRW?: { readonly read?: object };
  };
}

/** A request's bytes, once the last of them were copied into a packet (lib/protocol/SFTP.js, tryWritePayload). */
const releaseRequests = (client: Client): void => {
  const { _protocol: protocol } = innerOf<Internals>(client);
  const send = protocol?.channelData?.bind(protocol);
  if (protocol === undefined || send === undefined) return;
  protocol.channelData = (channel, data) => {
    send(channel, data);
    const { buffer, byteOffset, byteLength } = data;
    if (byteOffset + byteLength === buffer.byteLength) releaseWhole(data);
  };
};

/** What came over the wire, once it is decrypted into another buffer, which it is when ssh2's own listener has returned. */
const releaseReceived = (socket: Wire): void => {
  socket.on("data", (chunk: Buffer) => release(chunk));
};

/** For a connection whose session is open: everything is encrypted from here on. */
export const releaseBuffers = (client: Client, socket: Wire): void => {
  releaseRequests(client);
  releaseReceived(socket);
};

/** Gives back what a packet was decrypted into, once nobody reads it any more: all of it is one packet's, unless it was inflated. */
export const releasePackets = (client: Client): ((piece: Buffer) => void) => {
  const { read } = innerOf<Internals>(client)._protocol?._packetRW ?? {};
  // What is inflated shares its memory with what comes next.
  return read === undefined || "_zlib" in read ? () => {} : releaseWhole;
};
