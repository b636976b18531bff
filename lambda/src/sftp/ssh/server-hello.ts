import { printable } from "../printable.ts";
import type { Wire } from "./transport.ts";

/** What a server says before anything is encrypted (RFC 4253, sections 4.2 and 7.1). */
export interface ServerHello {
  /** The identification after `SSH-2.0-`; undefined until it has come. */
  readonly software: string | undefined;
  /** The identification as it came, as in `SSH-2.0-OpenSSH_9.2p1 Debian-2`. */
  readonly identification?: string;
  /** Lines in front of the identification, or whatever came in its place. */
  readonly greeting: string;
  /** The algorithms that the server offers; undefined until they have come. */
  readonly offer: Offer | undefined;
}

export interface Offer {
  readonly kex: readonly string[];
  readonly hostKey: readonly string[];
  readonly cipher: readonly string[];
  readonly mac: readonly string[];
}

/** More than any server's KEXINIT and greeting. Bytes. */
const longest = 64 * 1024;
/** RFC 4253, section 12. */
export const messageKexInit = 20;

const parseOffer = (packet: Buffer): Offer | undefined => {
  if (packet.length < 5) return undefined;
  const end = 4 + packet.readUInt32BE(0);
  if (packet.length < end || packet[5] !== messageKexInit) return undefined;
  const lists: string[][] = [];
  for (let at = 6 + 16; lists.length < 6; ) {
    if (at + 4 > end) return undefined;
    const length = packet.readUInt32BE(at);
    if (at + 4 + length > end) return undefined;
    lists.push(printable(packet.toString("latin1", at + 4, at + 4 + length), 4096).split(","));
    at += 4 + length;
  }
  const [kex = [], hostKey = [], cipher = [], , mac = []] = lists;
  return { kex, hostKey, cipher, mac };
};

/** Lines in front of the identification that are shown. */
const shownLines = 20;

const parse = (bytes: Buffer): ServerHello => {
  const greeting: string[] = [];
  const note = (line: string) => {
    if (greeting.length < shownLines) greeting.push(printable(line));
  };
  for (let at = 0; ; ) {
    const newline = bytes.indexOf(10, at);
    const line = bytes.toString("latin1", at, newline === -1 ? bytes.length : newline);
    if (line.startsWith("SSH-") && newline !== -1)
      return {
        software: printable(line.replace(/^SSH-[^-]*-/, "")),
        identification: printable(line),
        greeting: printable(greeting.join(" ")),
        offer: parseOffer(bytes.subarray(newline + 1)),
      };
    note(line);
    if (newline === -1) return { software: undefined, greeting: printable(greeting.join(" ")), offer: undefined };
    at = newline + 1;
  }
};

/**
 * Listens in on the start of a connection: ssh2 tells that nothing matched, or that the connection ended early, but not
 * what the server offered or said. Call it after ssh2 has the socket, which it keeps paused until it listens itself. `flood` is
 * called for a server that has sent 64 KB and no identification.
 */
export const observeServerHello = (socket: Wire, flood: () => void = () => {}): (() => ServerHello) => {
  let chunks: Buffer[] = [];
  let hello: ServerHello | undefined;
  const read = () => hello ?? parse(Buffer.concat(chunks));
  let size = 0;
  const listen = (chunk: Buffer) => {
    chunks.push(chunk);
    size += chunk.length;
    const heard = read();
    if (heard.offer === undefined && size < longest) return;
    hello = heard;
    chunks = [];
    socket.removeListener("data", listen);
    if (heard.software === undefined) flood();
  };
  socket.prependListener("data", listen);
  return read;
};
