import { once } from "node:events";
import { createServer, type Socket } from "node:net";
import type { ExecutionContext } from "ava";
import ssh2 from "ssh2";
import type { SftpConfig } from "../../../lambda/src/config/types.ts";
import { fingerprintOf } from "../../../lambda/src/sftp/ssh/host-keys.ts";
import { makeKey } from "./keys.ts";

const ownKey = makeKey("ed25519").privateKey;

export interface LogInServer {
  readonly config: SftpConfig;
  /** What happened, in order. */
  readonly log: string[];
}

export interface LogInQuirks {
  readonly hostKeys?: readonly string[];
  readonly algorithms?: Record<string, readonly string[]>;
  readonly banner?: string;
  readonly greeting?: string;
  /** What software it says that it is. */
  readonly ident?: string;
  /** Decides each attempt; takes the password `secret` unless said otherwise. */
  readonly authenticate?: (context: ssh2.AuthContext, log: string[]) => void;
  readonly client?: (client: ssh2.Connection) => void;
  /** What becomes of the request for SFTP; a session over nothing unless said otherwise. */
  readonly session?: (session: ssh2.Session) => void;
}

const defaultSession = (session: ssh2.Session) => void session.on("sftp", (accept) => void accept());

/** A server of ssh2's whose log-in and session can be bent. It ends with the test. */
export const logInServer = async (t: ExecutionContext, quirks: LogInQuirks = {}): Promise<LogInServer> => {
  const hostKeys = [...(quirks.hostKeys ?? [ownKey])];
  const log: string[] = [];
  const sockets = new Set<Socket>();
  const server = new ssh2.Server(
    {
      hostKeys,
      ...(quirks.algorithms && { algorithms: quirks.algorithms as never }),
      ...(quirks.banner && { banner: quirks.banner }),
      ...(quirks.greeting && { greeting: quirks.greeting }),
      ...(quirks.ident && { ident: quirks.ident }),
    },
    (client) => {
      client.on("error", () => {});
      quirks.client?.(client);
      client.on("authentication", (context) => {
        if (quirks.authenticate) return quirks.authenticate(context, log);
        if (context.method === "password" && context.password === "secret") return context.accept();
        context.reject(["password"]);
      });
      client.on("session", (accept) => (quirks.session ?? defaultSession)(accept()));
    },
  );
  const net = (
    server as unknown as { _srv: { prependListener(event: "connection", listener: (socket: Socket) => void): void } }
  )._srv;
  net.prependListener("connection", (socket) => {
    sockets.add(socket);
    socket.on("error", () => {});
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  t.teardown(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  const keys = hostKeys.map((key) => ssh2.utils.parseKey(key) as ssh2.ParsedKey);
  return {
    log,
    config: configFor(
      (server.address() as { port: number }).port,
      keys.map((key) => fingerprintOf(key.getPublicSSH())),
    ),
  };
};

export const configFor = (
  port: number,
  hostKeys: readonly string[] = [makeKey("ed25519").fingerprint],
): SftpConfig => ({
  host: "127.0.0.1",
  port,
  username: "us",
  hostKeys,
  insecureIgnoreHostKey: false,
  maxConnections: 1,
  connectTimeoutSeconds: 30,
  operationTimeoutSeconds: 30,
  options: {},
});

/** A listener that is no SSH server, or the start of one: does this with each connection. It ends with the test. */
export const rawServer = async (
  t: ExecutionContext,
  serve: (socket: Socket) => void,
  place: { readonly host?: string; readonly port?: number } = {},
): Promise<SftpConfig> => {
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on("error", () => {});
    serve(socket);
  }).listen(place.port ?? 0, place.host ?? "127.0.0.1");
  await once(server, "listening");
  t.teardown(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  return configFor((server.address() as { port: number }).port);
};
