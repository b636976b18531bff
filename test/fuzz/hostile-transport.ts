/** What a server of the fuzzer does below SFTP: in SSH's own packets, and in bytes on the socket. */
import type { Socket } from "node:net";
import type ssh2 from "ssh2";
import type { Random } from "./random.ts";

/** What of ssh2's protocol is used here; private. */
interface Protocol {
  _server: boolean;
  _packetRW: { write: { alloc(length: number): Buffer; allocStart: number; finalize(packet: Buffer): Buffer } };
  _cipher: { encrypt(packet: Buffer): void };
  rekey?: () => void;
  [send: string]: unknown;
}

/** Sends any packet of SSH, encrypted as it has to be. */
const sendPacket = (client: ssh2.Connection, payload: Buffer): void => {
  const protocol = (client as unknown as { _protocol: Protocol })._protocol;
  const { write } = protocol._packetRW;
  const packet = write.alloc(payload.length);
  packet.set(payload, write.allocStart);
  protocol._cipher.encrypt(write.finalize(packet));
};
const u32 = (value: number): Buffer => {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value >>> 0);
  return bytes;
};
const text = (value: string): Buffer => Buffer.concat([u32(value.length), Buffer.from(value)]);

type Deed = (client: ssh2.Connection, socket: Socket | undefined) => void;

/** Message numbers: RFC 4250, section 4.1.2. Channel 0 is the client's first. */
export const deeds = (random: Random): Readonly<Record<string, Deed>> => {
  const many =
    (payload: () => Buffer): Deed =>
    (client) => {
      for (let turn = random.pick([1, 10, 2_000]); turn > 0; turn--) sendPacket(client, payload());
    };
  const number = () => random.pick([0, 1, 2, 99, 0x7fffffff, 0xffffffff]);
  return {
    rekey: (client) => client.rekey(),
    "many rekeys": (client) => {
      for (let turn = 0; turn < 5; turn++) client.rekey();
    },
    ignore: many(() => Buffer.concat([Buffer.of(2), text("x".repeat(random.below(1_000)))])),
    debug: many(() => Buffer.concat([Buffer.of(4, 1), text("words"), text("")])),
    unimplemented: many(() => Buffer.concat([Buffer.of(3), u32(number())])),
    "global requests": many(() => Buffer.concat([Buffer.of(80), text("keepalive@openssh.com"), Buffer.of(1)])),
    "answers to no global request": many(() => Buffer.of(random.pick([81, 82]))),
    "channels that are opened": many(() =>
      Buffer.concat([
        Buffer.of(90),
        text(random.pick(["session", "x11", "forwarded-tcpip", "y"])),
        u32(number()),
        u32(number()),
        u32(number()),
      ]),
    ),
    "channels that are confirmed": many(() =>
      Buffer.concat([Buffer.of(91), u32(number()), u32(number()), u32(number()), u32(number())]),
    ),
    "channels that failed": many(() => Buffer.concat([Buffer.of(92), u32(number()), u32(1), text("no"), text("")])),
    windows: many(() => Buffer.concat([Buffer.of(93), u32(number()), u32(number())])),
    "data of a channel": many(() => Buffer.concat([Buffer.of(94), u32(number()), text("x".repeat(random.below(200)))])),
    "data beside": many(() => Buffer.concat([Buffer.of(95), u32(number()), u32(1), text("to stderr")])),
    "end of a channel": many(() => Buffer.concat([Buffer.of(96), u32(number())])),
    "close of a channel": many(() => Buffer.concat([Buffer.of(97), u32(number())])),
    "requests of a channel": many(() =>
      Buffer.concat([
        Buffer.of(98),
        u32(number()),
        text(random.pick(["exit-status", "exit-signal", "keepalive@openssh.com", "z"])),
        Buffer.of(1),
        u32(7),
      ]),
    ),
    "answers to no channel request": many(() => Buffer.concat([Buffer.of(random.pick([99, 100])), u32(number())])),
    "log-in once more": many(() => Buffer.of(random.pick([51, 52, 53, 60, 61]), 0, 0, 0, 0, 0)),
    "a packet of no known type": many(() =>
      Buffer.concat([Buffer.of(random.below(256)), random.bytes(random.below(50))]),
    ),
    "a packet of nothing": many(() => Buffer.alloc(0)),
    disconnect: (client) =>
      sendPacket(client, Buffer.concat([Buffer.of(1), u32(random.below(20)), text("go\u001b[2J away"), text("")])),
    "key exchange out of turn": many(() =>
      Buffer.concat([Buffer.of(random.pick([20, 21, 30, 31, 32])), random.bytes(40)]),
    ),
    "bytes on the socket": (_, socket) => void socket?.write(random.bytes(1 + random.below(60))),
    "an end of the socket": (_, socket) => void socket?.end(),
    "a reset": (_, socket) => void socket?.resetAndDestroy(),
    "a socket that isn't read": (_, socket) => {
      socket?.pause();
      setTimeout(() => socket?.resume(), 3_000).unref();
    },
    end: (client) => void client.end(),
  };
};
