/** Extensions that ssh2's server side doesn't announce. */
import type { Node } from "./files.ts";
import type { ServerChannel } from "./serve.ts";

interface Channel extends ServerChannel {
  readonly outgoing: { readonly id: number };
  _protocol: { channelData(id: number, payload: Buffer): void };
}

const [typeVersion, typeExtendedReply] = [2, 201];

export const sshString = (value: string | Buffer): Buffer => {
  const bytes = Buffer.from(value);
  const length = Buffer.alloc(4);
  length.writeUInt32BE(bytes.length);
  return Buffer.concat([length, bytes]);
};

const packet = (type: number, ...fields: readonly Buffer[]): Buffer =>
  sshString(Buffer.concat([Buffer.of(type), ...fields]));

/** Has the channel announce these in its VERSION, and answer them: with a status, or with the bytes of an EXTENDED_REPLY. */
export const announceExtensions = (
  server: ServerChannel,
  extensions: Readonly<Record<string, (data: Buffer, files: Map<string, Node>) => number | Buffer>>,
  files: Map<string, Node>,
): void => {
  const channel = server as Channel;
  const { _protocol: protocol } = channel;
  const announced = Object.keys(extensions).flatMap((name) => [
    sshString(name),
    sshString(name.startsWith("statvfs") || name.startsWith("fstatvfs") ? "2" : "1"),
  ]);
  const channelData = (id: number, payload: Buffer) =>
    protocol.channelData(
      id,
      payload[4] === typeVersion ? packet(typeVersion, payload.subarray(5), ...announced) : payload,
    );
  // The connection's, but for this one method.
  channel._protocol = new Proxy(protocol, {
    get: (target, name) => {
      if (name === "channelData") return channelData;
      const value: unknown = Reflect.get(target, name, target);
      return typeof value === "function" ? value.bind(target) : value;
    },
  });
  channel.on("EXTENDED", (id: number, name: string | Buffer, data: unknown) => {
    const answer = extensions[String(name)]?.(data as Buffer, files) ?? 8;
    if (typeof answer === "number") return channel.status(id, answer);
    const number = Buffer.alloc(4);
    number.writeUInt32BE(id);
    protocol.channelData(channel.outgoing.id, packet(typeExtendedReply, number, answer));
  });
};
