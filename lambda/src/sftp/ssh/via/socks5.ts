/** SOCKS5: https://www.rfc-editor.org/rfc/rfc1928, with the log-in of https://www.rfc-editor.org/rfc/rfc1929. */
import { isIP, type Socket } from "node:net";
import { canonicalHost } from "../../../config/host.ts";
import { HopClosed, HopError } from "./hop.ts";
import { readReply } from "./read-reply.ts";

const version = 5;
const noLogIn = 0;
const passwordLogIn = 2;

/** RFC 1928, section 6. */
const replies: Readonly<Record<number, string>> = {
  1: "it could not connect to the partner, and doesn't say why. See that host and port of the partner are right, and what the proxy's log says",
  2: "its rules don't allow a connection to the partner. Who runs the proxy has to allow the partner's host and port for us",
  3: "the partner's network can't be reached from there. Check sftp.host, and the proxy's routes",
  4: "the partner's host can't be reached or found from there. Check sftp.host, and the proxy's DNS and routes",
  5: "the partner refused its connection: nothing listens on this port, or a firewall rejects the proxy. Check sftp.port, and the partner's list of allowed addresses, which has to have the proxy's",
  6: "its connection to the partner took too long. Check sftp.host, and the firewalls behind the proxy",
  7: "it doesn't make outgoing connections (CONNECT). Who runs the proxy has to allow them",
  8: "it doesn't take this kind of address. Give the partner's host name, or its IPv4 address, in sftp.host",
};

/** What speaks there in SOCKS5's place. */
const otherProtocol = (received: Buffer): HopError => {
  const text = received.toString("latin1");
  const what = /^(HTTP\/|<)/.test(text)
    ? 'it speaks HTTP, not SOCKS5. If it is an HTTP proxy, set via.type = "http"; else check via.host and via.port'
    : text.startsWith("SSH-")
      ? 'it is an SSH server, not a SOCKS5 proxy. If it is a jump host, set via.type = "ssh"; else check via.host and via.port'
      : received[0] === 0
        ? "it answers as a SOCKS4 proxy does; the bridge speaks SOCKS5. Check via.port, or have SOCKS5 turned on there"
        : "what it answers is not SOCKS5. Check via.type, via.host and via.port";
  return new HopError(what);
};

const field = (text: string): Buffer => {
  const bytes = Buffer.from(text);
  if (bytes.length > 255) throw new HopError("user and password have 255 bytes at most with SOCKS5", "authentication");
  return Buffer.concat([Buffer.of(bytes.length), bytes]);
};

const addressOf = (host: string): Buffer => {
  const family = isIP(host);
  if (family === 4) return Buffer.of(1, ...host.split(".").map(Number));
  if (family === 0) return Buffer.concat([Buffer.of(3), field(host)]);
  const [head = "", tail] = canonicalHost(host).split("::");
  const groups = (part: string | undefined) => (part === undefined || part === "" ? [] : part.split(":"));
  const [left, right] = [groups(head), groups(tail)];
  const all = [...left, ...Array<string>(8 - left.length - right.length).fill("0"), ...right];
  return Buffer.concat([Buffer.of(4), Buffer.from(all.map((group) => group.padStart(4, "0")).join(""), "hex")]);
};

/** A reply's length by its first bytes: the address that it ends with is of one of three kinds. */
const lengthOfReply = (received: Buffer): number | undefined => {
  if (received[0] !== version) throw otherProtocol(received);
  const [, , , kind, length = 0] = received;
  if (received.length < 5) return received.length >= 2 && received[1] !== 0 ? 2 : undefined;
  return kind === 1 ? 10 : kind === 4 ? 22 : 7 + length;
};

const logIn = async (socket: Socket, { username = "", password = "" }): Promise<void> => {
  socket.write(Buffer.concat([Buffer.of(1), field(username), field(password)]));
  const reply = await readReply(socket, () => 2).catch((error: unknown) => {
    throw error instanceof HopClosed
      ? new HopError("it closed the connection at the log-in. Check via.username and via.password", "authentication")
      : error;
  });
  if (reply[1] !== 0)
    throw new HopError("it refused the log-in. Check via.username and via.password", "authentication");
};

/**
 * Has the proxy connect to the target: an address, or a name that the proxy looks up. `admitted` is called once we may use the
 * proxy. From then on the socket is the target's. Throws a `HopError`.
 */
export const connectBySocks5 = async (
  socket: Socket,
  target: { readonly host: string; readonly port: number },
  secrets: { readonly username?: string; readonly password?: string },
  admitted: () => void,
): Promise<void> => {
  const methods = secrets.username === undefined ? [noLogIn] : [noLogIn, passwordLogIn];
  socket.write(Buffer.of(version, methods.length, ...methods));
  const [, method] = await readReply(socket, (received) => {
    if (received[0] !== version) throw otherProtocol(received);
    return 2;
  }).catch((error: unknown) => {
    throw error instanceof HopClosed
      ? new HopError(`${error.message}. Is it a SOCKS5 proxy (via.type), and does it take connections from us?`)
      : error;
  });
  if (method === passwordLogIn && secrets.username !== undefined) await logIn(socket, secrets);
  else if (method !== noLogIn)
    throw new HopError(
      secrets.username === undefined
        ? "it wants a log-in. Give via.username and via.password"
        : "it takes neither a user and password nor nobody in particular (GSSAPI, perhaps). Who runs the proxy has to allow one of them",
      "authentication",
    );
  admitted();
  const port = Buffer.alloc(2);
  port.writeUInt16BE(target.port);
  socket.write(Buffer.concat([Buffer.of(version, 1, 0), addressOf(target.host), port]));
  const [, code = 1] = await readReply(socket, lengthOfReply);
  if (code !== 0)
    throw new HopError(replies[code] ?? `it could not connect to the partner (code ${code}). See the proxy's log`);
};
