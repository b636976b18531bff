import { once } from "node:events";
import type { Socket } from "node:net";
import ssh2 from "ssh2";
import type { SftpConfig } from "../../../lambda/src/config/types.ts";
import { fingerprintOf } from "../../../lambda/src/sftp/ssh/host-keys.ts";
import { makeKey } from "./keys.ts";
import { nameOfRequest, version } from "./packets.ts";

const { Server, utils } = ssh2;

/** A request as it came. */
export interface RawRequest {
  readonly type: string;
  readonly id: number;
  /** The first string: a path or a handle. */
  readonly path: string;
  /** All of the packet but its length. */
  readonly body: Buffer;
  /** Sends any bytes on the SFTP channel. */
  readonly send: (bytes: Buffer) => void;
  /** The connection, of ssh2's. */
  readonly client: ssh2.Connection;
  readonly socket: Socket | undefined;
}

export interface RawOptions {
  readonly ident?: string;
  /** What INIT is answered with. */
  readonly init?: () => Buffer;
  readonly config?: Partial<SftpConfig>;
  /** Does something with each connection before it logs in. */
  readonly onConnection?: (client: ssh2.Connection, socket: Socket) => void;
  readonly server?: Partial<ssh2.ServerConfig>;
}

export interface RawServer {
  readonly config: SftpConfig;
  stop(): void;
}

const hostKey = makeKey("ed25519").privateKey;

/** Takes a log-in with the password `secret`, and hands each SFTP request on; what is sent back is the caller's, byte by byte. */
export const startRaw = async (
  onRequest: (request: RawRequest) => void,
  options: RawOptions = {},
): Promise<RawServer> => {
  const sockets = new Set<Socket>();
  let latest: Socket | undefined;
  const server = new Server({ hostKeys: [hostKey], ident: options.ident ?? "raw", ...options.server });
  server.on("connection", (client) => {
    const socket = latest;
    client.on("error", () => {});
    if (socket !== undefined) options.onConnection?.(client, socket);
    client.on("authentication", (context) =>
      context.method === "password" && context.password === "secret" ? context.accept() : context.reject(["password"]),
    );
    client.on("session", (accept) => {
      const session = accept();
      session.on("subsystem", (acceptSubsystem) => {
        const channel = acceptSubsystem();
        let bytes = Buffer.alloc(0);
        channel.on("error", () => {});
        const send = (packet: Buffer) => {
          try {
            channel.write(packet);
          } catch {
            // The client has left.
          }
        };
        channel.on("data", (chunk: Buffer) => {
          bytes = Buffer.concat([bytes, chunk]);
          while (bytes.length >= 4 && bytes.length >= 4 + bytes.readUInt32BE(0)) {
            const length = bytes.readUInt32BE(0);
            const body = bytes.subarray(4, 4 + length);
            bytes = bytes.subarray(4 + length);
            if (body[0] === 1) {
              send(options.init?.() ?? version());
              continue;
            }
            const first = body.length >= 9 ? body.toString("utf8", 9, 9 + body.readUInt32BE(5)) : "";
            const type = nameOfRequest(body[0] ?? 0);
            onRequest({ type, id: body.readUInt32BE(1), path: first, body, send, client, socket });
          }
        });
      });
    });
  });
  // ssh2 doesn't show a connection's socket.
  const net = (
    server as unknown as { _srv: { prependListener(event: "connection", listener: (socket: Socket) => void): void } }
  )._srv;
  net.prependListener("connection", (socket) => {
    sockets.add(socket);
    latest = socket;
    socket.on("error", () => {});
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const parsed = utils.parseKey(hostKey) as ssh2.ParsedKey;
  return {
    config: {
      host: "127.0.0.1",
      port: (server.address() as { port: number }).port,
      username: "us",
      hostKeys: [fingerprintOf(parsed.getPublicSSH())],
      insecureIgnoreHostKey: false,
      maxConnections: 1,
      connectTimeoutSeconds: 20,
      operationTimeoutSeconds: 30,
      options: {},
      ...options.config,
    },
    stop() {
      for (const socket of sockets) socket.destroy();
      server.close();
    },
  };
};
