/** What a server says with limits@openssh.com, which ssh2's server side doesn't know. */
import type { ServerChannel } from "./serve.ts";

/** Longest packet, READ and WRITE in bytes, and files open at one time; "silence": it offers to say, and never does. */
export type Limits = readonly [packet: bigint, read: bigint, write: bigint, handles: bigint] | "silence";

interface Channel extends ServerChannel {
  readonly outgoing: { readonly id: number };
  _protocol: { channelData(id: number, payload: Buffer): void };
}

const extension = "limits@openssh.com";
/** draft-ietf-secsh-filexfer-02, section 3; its EXTENDED_REPLY in section 8. */
const [typeVersion, typeExtendedReply] = [2, 201];

const text = (value: string): Buffer => {
  const bytes = Buffer.alloc(4 + value.length);
  bytes.writeUInt32BE(value.length);
  bytes.write(value, 4, "latin1");
  return bytes;
};

const packet = (type: number, ...fields: readonly Buffer[]): Buffer => {
  const body = Buffer.concat([Buffer.of(type), ...fields]);
  const length = Buffer.alloc(4);
  length.writeUInt32BE(body.length);
  return Buffer.concat([length, body]);
};

const whole = (value: number): Buffer => {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value);
  return bytes;
};

/** Has the channel advertise the extension in its VERSION, and answer it (OpenSSH's PROTOCOL, section 4.8). */
export const announceLimits = (server: ServerChannel, limits: Limits): void => {
  const channel = server as Channel;
  const { _protocol: protocol } = channel;
  const channelData = (id: number, payload: Buffer) => {
    const isVersion = payload.length === 9 && payload[4] === typeVersion;
    protocol.channelData(
      id,
      isVersion ? packet(typeVersion, payload.subarray(5), text(extension), text("1")) : payload,
    );
  };
  // The connection's, but for this one method.
  channel._protocol = new Proxy(protocol, {
    get: (target, name) => {
      if (name === "channelData") return channelData;
      const value: unknown = Reflect.get(target, name, target);
      return typeof value === "function" ? value.bind(target) : value;
    },
  });
  channel.on("EXTENDED", (id: number, name: string | Buffer) => {
    if (name !== extension) return channel.status(id, 8);
    if (limits === "silence") return;
    const numbers = limits.map((limit) => {
      const bytes = Buffer.alloc(8);
      bytes.writeBigUInt64BE(limit);
      return bytes;
    });
    protocol.channelData(channel.outgoing.id, packet(typeExtendedReply, whole(id), ...numbers));
  });
};
