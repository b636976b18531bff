/**
 * The extension `check-file` (draft-ietf-secsh-filexfer-extensions-00, section 3): the server reckons a file's checksum itself. ssh2
 * can't send it, so it goes over an SFTP channel of its own, of which nothing but this request is asked.
 */
import type { ClientChannel } from "ssh2";
import type { Connection } from "./connection.ts";

const [init, version, extended, extendedReply] = [1, 2, 200, 201];
/** Longest answer that is taken. Bytes. */
const maxAnswer = 64 * 1024;

const text = (value: string | Buffer): Buffer => {
  const bytes = Buffer.from(value);
  const length = Buffer.alloc(4);
  length.writeUInt32BE(bytes.length);
  return Buffer.concat([length, bytes]);
};
const packet = (type: number, ...fields: readonly Buffer[]): Buffer =>
  text(Buffer.concat([Buffer.of(type), ...fields]));

/** Whole packets, without their lengths, as they come; ends where the channel does. */
async function* packets(channel: ClientChannel): AsyncGenerator<Buffer> {
  let held: Buffer = Buffer.alloc(0);
  for await (const chunk of channel as AsyncIterable<Buffer>) {
    held = Buffer.concat([held, chunk]);
    while (held.length >= 4) {
      const length = held.readUInt32BE(0);
      if (length > maxAnswer) return;
      if (held.length < 4 + length) break;
      yield held.subarray(4, 4 + length);
      held = held.subarray(4 + length);
    }
  }
}

/** The SHA-256 in an answer, which names the algorithm; some servers put the extension's name before it. */
const digestIn = (answer: Buffer): string | undefined => {
  if (answer[0] !== extendedReply) return undefined;
  let rest = answer.subarray(5);
  for (let turn = 0; turn < 2 && rest.length >= 4; turn++) {
    const length = rest.readUInt32BE(0);
    const name = rest.subarray(4, 4 + length).toString("latin1");
    rest = rest.subarray(4 + length);
    if (name === "check-file") continue;
    return name === "sha256" && rest.length === 32 ? rest.toString("hex") : undefined;
  }
  return undefined;
};

/**
 * SHA-256 of a file, hexadecimal, by the server's own reckoning; undefined where it doesn't offer or give it. Within
 * `timeoutMs`. Never throws: who asks can read the file back.
 */
export const checkFile = async (
  connection: Connection,
  path: string,
  timeoutMs: number,
): Promise<string | undefined> => {
  const { main, log } = connection;
  if (!main.extensions.has("check-file") && !main.extensions.has("check-file-name")) return undefined;
  const channel = await connection.openRaw();
  if (channel === undefined) return undefined;
  const timer = setTimeout(() => channel.destroy(), timeoutMs);
  try {
    const three = Buffer.of(0, 0, 0, 3);
    const id = Buffer.of(0, 0, 0, 1);
    channel.write(packet(init, three));
    for await (const answer of packets(channel)) {
      if (answer[0] === version) {
        // The whole file as one block: offset 0, length 0 and block size 0.
        channel.write(
          packet(extended, id, text("check-file-name"), text(path), text("sha256"), Buffer.alloc(8 + 8 + 4)),
        );
        continue;
      }
      const digest = digestIn(answer);
      if (digest === undefined)
        log?.info("The server announces checksums, and gave none: the file is read back", { path });
      return digest;
    }
  } catch (error) {
    log?.info("The server's checksum couldn't be had: the file is read back", { path, error });
  } finally {
    clearTimeout(timer);
    channel.destroy();
  }
  return undefined;
};
