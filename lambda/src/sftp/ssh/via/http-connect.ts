/** HTTP's CONNECT: https://www.rfc-editor.org/rfc/rfc9110#section-9.3.6; the log-in is Basic (RFC 7617). */
import type { Socket } from "node:net";
import { printable, without } from "../../printable.ts";
import { authorityOf, HopClosed, HopError } from "./hop.ts";
import { readReply } from "./read-reply.ts";

/** What speaks there in HTTP's place. */
const otherProtocol = (received: Buffer): HopError => {
  const what = received.toString("latin1").startsWith("SSH-")
    ? 'it is an SSH server, not an HTTP proxy. If it is a jump host, set via.type = "ssh"; else check via.host and via.port'
    : received[0] === 5 || received[0] === 0
      ? 'it speaks SOCKS, not HTTP. Set via.type = "socks5"'
      : received[0] === 0x15
        ? "it wants TLS (an https:// proxy), which the bridge doesn't speak to proxies. Use its port without TLS"
        : "what it answers is not HTTP. Check via.type, via.host and via.port";
  return new HopError(what);
};

const headOf = (received: Buffer): number | undefined => {
  const start = "HTTP/1.";
  const text = received.toString("latin1");
  if (!start.startsWith(text.slice(0, start.length))) throw otherProtocol(received);
  const end = /\r?\n\r?\n/.exec(text);
  return end === null ? undefined : end.index + end[0].length;
};

const remedies: Readonly<Record<number, string>> = {
  403: "its rules don't allow a connection to the partner. Many proxies let out to port 443 only: who runs it has to allow CONNECT to the partner's host and port",
  404: "it doesn't know how to reach the partner, or isn't a proxy. Check via.host, via.port and sftp.host",
  405: "it is a web server that is no proxy, or doesn't allow CONNECT. Check via.host and via.port",
  502: "it could not connect to the partner. Check sftp.host and sftp.port, and the partner's list of allowed addresses, which has to have the proxy's",
  503: "it could not connect to the partner just now. Check sftp.host and sftp.port, and the proxy's log",
  504: "its connection to the partner took too long. Check sftp.host, and the firewalls behind the proxy",
};

const refusalOf = (head: string, code: number, hasLogIn: boolean): HopError => {
  const [line = ""] = head.split(/\r?\n/);
  const said = `it answers "${printable(line)}"`;
  if (code !== 407)
    return new HopError(
      `${said}: ${remedies[code] ?? "it made no connection to the partner. Check via and sftp.host, and the proxy's log"}`,
    );
  const ways = [...head.matchAll(/^proxy-authenticate:\s*([^\s,]+)/gim)].map(([, way]) => way ?? "");
  const offered = ways.length === 0 ? "" : `; it takes ${printable(ways.join(", "))}`;
  if (ways.length > 0 && !ways.some((way) => way.toLowerCase() === "basic"))
    return new HopError(
      `${said}${offered}, and the bridge has Basic only. Who runs the proxy has to allow Basic, or us without a log-in`,
      "authentication",
    );
  return new HopError(
    hasLogIn
      ? `${said}: it refused the log-in${offered}. Check via.username and via.password`
      : `${said}: it wants a log-in${offered}. Give via.username and via.password`,
    "authentication",
  );
};

/** Has the proxy connect to the target. From then on the socket is the target's. Throws a `HopError`. */
export const connectByHttp = async (
  socket: Socket,
  target: { readonly host: string; readonly port: number },
  { username, password = "" }: { readonly username?: string; readonly password?: string },
  asked: () => void,
): Promise<void> => {
  const authority = authorityOf(target);
  const logIn = username === undefined ? undefined : Buffer.from(`${username}:${password}`).toString("base64");
  socket.write(
    `CONNECT ${authority} HTTP/1.1\r\nHost: ${authority}\r\n${logIn === undefined ? "" : `Proxy-Authorization: Basic ${logIn}\r\n`}\r\n`,
  );
  asked();
  const head = (
    await readReply(socket, headOf).catch((error: unknown) => {
      throw error instanceof HopClosed
        ? new HopError(`${error.message}. Is it an HTTP proxy (via.type), and does it take connections from us?`)
        : error;
    })
  ).toString("latin1");
  const code = Number(/^HTTP\/1\.\d (\d{3})/.exec(head)?.[1]);
  // 1xx are followed by the answer proper, which no proxy was seen to do to CONNECT.
  if (!(code >= 200 && code < 300)) throw refusalOf(without(head, [logIn]), code, username !== undefined);
};
