/**
 * Gives buffers back at once that ssh2 1.17 makes and forgets: for each byte of a transfer three or four of them, all outside
 * V8's heap. Collecting them took two fifths of a large push's processor time. What is hooked into is private; where ssh2
 * looks different one day, nothing is changed, and V8 collects as ever.
 */
import type { Client } from "ssh2";
import { release, releaseWhole } from "../../../memory/release.ts";
import { lendReads } from "../read-place.ts";
import type { Wire } from "../transport.ts";
import { innerOf } from "./inner.ts";

interface Internals {
  readonly _protocol?: {
    channelData?: (channel: number, data: Uint8Array) => void;
    readonly _decipher?: { _packet?: Uint8Array | null };
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

/**
 * What came over the wire is decrypted into another buffer by the time ssh2's own listener has returned. Only ChaCha20 leaves a
 * packet where it came until all of its MAC has come as well (lib/protocol/crypto.js, ChaChaPolyDecipherNative).
 */
const releaseReceived = (client: Client, socket: Wire): void => {
  const { _protocol: protocol } = innerOf<Internals>(client);
  const isLent = lendReads(socket);
  socket.on("data", (chunk: Buffer) => {
    const decipher = protocol?._decipher;
    const held = decipher?._packet;
    if (decipher !== undefined && held?.buffer === chunk.buffer) decipher._packet = Buffer.from(held);
    if (!isLent) release(chunk);
  });
};

/** For a connection whose session is open: everything is encrypted from here on. */
export const releaseBuffers = (client: Client, socket: Wire): void => {
  releaseRequests(client);
  releaseReceived(client, socket);
};

/** Gives back what a packet was decrypted into, once nobody reads it any more: all of it is one packet's, unless it was inflated. */
export const releasePackets = (client: Client): ((piece: Buffer) => void) => {
  const { read } = innerOf<Internals>(client)._protocol?._packetRW ?? {};
  // What is inflated shares its memory with what comes next.
  return read === undefined || "_zlib" in read ? () => {} : releaseWhole;
};
