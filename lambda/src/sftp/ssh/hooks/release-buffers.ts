/**
 * Gives buffers back at once that ssh2 1.17 makes and forgets: for each byte of a transfer three or four of them, all outside
 * V8's heap. Collecting them took two fifths of a large push's processor time. What is hooked into is private; where ssh2
 * looks different one day, nothing is changed, and V8 collects as ever.
 */
import type { Client, SFTPWrapper } from "ssh2";
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

/** SSH_FXP_DATA (draft-ietf-secsh-filexfer-02, section 7): its bytes are copied into the reader's buffer. Other answers are kept in part. */
const dataType = 103;

interface Parser {
  push?: (data: Buffer | null) => unknown;
  /** The answer that isn't there as a whole yet. */
  readonly _pkt?: Buffer;
  readonly _pktLen?: number;
  readonly _pktPos?: number;
}

/** The answers to READs, once they are copied, and the packets that they came in where there is nothing else in them. */
export const releaseAnswers = (sftp: SFTPWrapper, client: Client): void => {
  const parser = innerOf<Parser>(sftp);
  const push = parser.push?.bind(parser);
  const { read } = innerOf<Internals>(client)._protocol?._packetRW ?? {};
  // What is inflated shares its memory with what comes next.
  if (push === undefined || read === undefined || "_zlib" in read) return;
  parser.push = (data) => {
    const { _pkt: pending, _pktLen: length = 0, _pktPos: position = 0 } = parser;
    const isOfRead = pending?.[0] === dataType;
    const isAllOfIt = data !== null && data.length <= length - position;
    const result = push(data);
    if (!isOfRead) return result;
    if (parser._pkt !== pending) release(pending);
    if (isAllOfIt) releaseWhole(data);
    return result;
  };
};
