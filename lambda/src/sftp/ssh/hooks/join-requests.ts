/**
 * Puts the small requests of one turn of the event loop into one packet of SSH. ssh2 1.17 makes one of each, which for an
 * OPEN or a CLOSE of a hundred bytes costs a cipher, random padding and three writes: a tenth of a small file's CPU. Requests are a
 * stream of bytes over the channel, however they are cut (draft-ietf-secsh-filexfer-02, section 3); OpenSSH's client, whose
 * `sftp` hands them to `ssh` through a pipe, joins them as well. What is hooked into is private; where ssh2 looks different one
 * day, nothing is changed.
 */
import type { Client, SFTPWrapper } from "ssh2";
import { keptBy } from "../../../kept-by.ts";
import { beforeSendOff } from "../cork.ts";
import type { Wire } from "../transport.ts";
import { innerOf } from "./inner.ts";

interface Protocol {
  channelData?: (channel: number, data: Uint8Array) => void;
  channelEOF?: (channel: number) => void;
  channelClose?: (channel: number) => void;
  disconnect?: (reason: number) => void;
}
interface Internals {
  readonly _protocol?: Protocol;
  readonly outgoing?: { readonly id?: unknown; readonly packetSize?: unknown };
}

/** Requests up to this size are joined: all but WRITEs, as long as names are ordinary. Bytes. */
const small = 1024;
/** Most bytes of what is joined. */
const mostJoined = 16 * 1024;

/** What a channel has gathered in this turn. */
interface Gathered {
  readonly bytes: Buffer;
  filled: number;
}

/** The channels of one connection whose requests are joined, by the server's number. */
const channelsOf = keptBy<Client, Map<number, Gathered>>(() => new Map());

const hook = (protocol: Protocol, channels: ReadonlyMap<number, Gathered>, wire: Wire): void => {
  const send = protocol.channelData?.bind(protocol);
  if (send === undefined) return;
  const sendOff = (channel: number, gathered: Gathered | undefined) => {
    if (gathered === undefined || gathered.filled === 0) return;
    const bytes = gathered.bytes.subarray(0, gathered.filled);
    gathered.filled = 0;
    send(channel, bytes);
  };
  const sendAllOff = () => {
    for (const [channel, gathered] of channels) sendOff(channel, gathered);
  };
  protocol.channelData = (channel, data) => {
    const gathered = channels.get(channel);
    if (gathered === undefined) return send(channel, data);
    const { byteLength } = data;
    const isSmall = byteLength <= small && byteLength <= gathered.bytes.byteLength;
    if (!isSmall || gathered.filled + byteLength > gathered.bytes.byteLength) sendOff(channel, gathered);
    if (!isSmall) return send(channel, data);
    if (gathered.filled === 0) beforeSendOff(wire, () => sendOff(channel, gathered));
    gathered.bytes.set(data, gathered.filled);
    gathered.filled += byteLength;
  };
  // Nothing comes before what was asked for earlier.
  for (const name of ["channelEOF", "channelClose", "disconnect"] as const) {
    const go = protocol[name]?.bind(protocol);
    if (go === undefined) continue;
    protocol[name] = (given: number) => {
      sendAllOff();
      go(given);
    };
  }
};

/** For a channel that is open; `wire` is what its connection is spoken over. */
export const joinRequests = (sftp: SFTPWrapper, client: Client, wire: Wire): void => {
  const { _protocol: protocol } = innerOf<Internals>(client);
  const { id, packetSize } = innerOf<Internals>(sftp).outgoing ?? {};
  if (protocol === undefined || typeof id !== "number" || typeof packetSize !== "number") return;
  const channels = channelsOf(client);
  if (channels.size === 0) hook(protocol, channels, wire);
  const room = Math.min(packetSize, mostJoined);
  // Not to its last byte: what ends with its memory is taken for a request's own, and given back (release-buffers.ts).
  channels.set(id, { bytes: Buffer.allocUnsafeSlow(room + 1).subarray(0, room), filled: 0 });
};
