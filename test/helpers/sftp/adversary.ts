import { once } from "node:events";
import type { Socket } from "node:net";
import ssh2 from "ssh2";
import type { SftpConfig } from "../../../lambda/src/config/types.ts";
import { fingerprintOf } from "../../../lambda/src/sftp/ssh/host-keys.ts";
import { announceExtensions } from "./extensions.ts";
import { directory, type FileNode, type Node, namedFiles } from "./files.ts";
import { makeKey } from "./keys.ts";
import { announceLimits, type Limits } from "./limits.ts";
import { type ServerChannel, serveFiles, type World } from "./serve.ts";

const { Server, utils } = ssh2;

/** A status, and its words; the end of the connection, or of the session; no answer at all, and nothing done; or done without an answer. */
export type Refusal = number | readonly [code: number, words: string] | "drop" | "end" | "ignore" | "mute";

export interface FileAttributes {
  readonly mode: number;
  readonly size: number;
  readonly uid: number;
  readonly gid: number;
  readonly atime: number;
  readonly mtime: number;
}

export interface RequestDetails {
  /** Flags of an OPEN. */
  readonly flags: number;
  /** Files that are open, or about to be, over all channels. */
  readonly open: number;
  /** Requests that wait for an answer, this one among them, over all channels. */
  readonly waiting: number;
  readonly exists: boolean;
  /** Bytes that a READ asks for, or a WRITE carries. */
  readonly bytes: number;
  /** Does a READ begin before the file's end and end behind it? */
  readonly isAcross: boolean;
}

export interface Quirks {
  /** Identification; one that starts with OpenSSH promises answers in order and a RENAME that never replaces. */
  readonly ident?: string;
  readonly banner?: string;
  /** Lines in front of the identification. */
  readonly greeting?: string;
  readonly algorithms?: Record<string, string[]>;
  readonly hostKeys?: readonly string[];
  /** Log-in with this password; the password is `secret` unless said otherwise. */
  readonly password?: string;
  /** Takes keyboard-interactive only, with these questions. */
  readonly prompts?: readonly { readonly prompt: string; readonly echo: boolean }[];
  /** A public key in wire format that may log in; with `both`, the password too is needed. */
  readonly publicKey?: Buffer;
  readonly both?: boolean;
  /** Connections at one time; what comes of the next. */
  readonly connections?: number;
  readonly refusal?: "close" | "disconnect";
  /** SFTP channels on one connection. */
  readonly channels?: number;
  /** What comes of one channel too many. */
  readonly channelRefusal?: "reject" | "drop" | "ignore";
  /** At most so many bytes for a READ. */
  readonly shortReads?: number;
  /** From the third one on, a handle may be given that stands for an open file, as Erlang's ssh_sftpd does; the newer one has it. */
  readonly handlesTwice?: boolean;
  /** Another file that a handle for reading shows. */
  readonly handleShows?: (path: string) => string | undefined;
  /** READs and WRITEs of more bytes are refused. */
  readonly largest?: number;
  /** A READ that asks for more than the file has left is refused. */
  readonly refusesBeyond?: boolean;
  /** READ gives what comes next through this handle, whatever place was asked for. */
  readonly readsInOrder?: boolean;
  /** The size in attributes, whatever it really is. */
  readonly size?: (path: string, size: number) => number;
  /** The attributes that a request gets, made from those that a kind server would give. */
  readonly attributes?: (attributes: FileAttributes, request: string) => Partial<FileAttributes>;
  /** How READDIR writes a name. */
  readonly written?: (name: string, directory: string) => string;
  /** What it says of its limits, if it says anything. */
  readonly limits?: Limits;
  /** READDIR gives no permissions and no size. */
  readonly bareListing?: boolean;
  readonly rename?: "replaces" | "refuses-existing" | "refuses" | "refuses-and-renames" | "does-nothing" | "loses";
  /** A rename into another directory is refused, as between two file systems. */
  readonly renamesWithin?: boolean;
  /** Status of a rename over a file, where it is refused. */
  readonly renameStatus?: number;
  /** Requests that are never answered. */
  readonly silent?: ReadonlySet<string>;
  /** Requests answered with FAILURE, OP_UNSUPPORTED, …: by request, or by request and path. */
  readonly refuse?: (request: string, path: string, details: RequestDetails) => Refusal | undefined;
  /** Each handle that is open for writing is an upload of its own, from nothing or from a copy, or so that all see what any has written until it is closed; the last that is closed is the file. */
  readonly uploads?: "from-nothing" | "from-a-copy" | "shown-as-one";
  /** The first byte of each WRITE is stored as another one. */
  readonly garbles?: boolean;
  /** CLOSE doesn't wait for the WRITEs that are being worked on: these are refused then, or said to be done. */
  readonly closesAtOnce?: "and-refuses" | "and-says-ok";
  /** A WRITE anywhere but at the end of the file is refused. */
  readonly inOrderOnly?: boolean;
  /** What a written file holds once it is closed. */
  readonly atClose?: (bytes: Buffer) => Buffer;
  /** What lies under a name stays when it is opened with TRUNC. */
  readonly keepsOld?: boolean;
  /** Whoever takes what was uploaded takes it when it is closed, under whatever name. */
  readonly takenAtClose?: boolean | (() => boolean);
  /** READDIR's end: a status, or a list of nothing, again and again. */
  readonly listEnd?: number | "empty";
  /** READ at a file's end is answered with no data. */
  readonly emptyDataAtEnd?: boolean;
  /** Bytes of a handle. */
  readonly handleBytes?: number;
  /** STAT and LSTAT of what isn't there are answered with attributes that tell nothing. */
  readonly looksAlways?: boolean;
  /** What is asked to be closed is thrown away, whatever comes of the CLOSE. */
  readonly losesUnclosed?: boolean;
  /** Milliseconds after its answer that a RENAME takes effect. */
  readonly renamesLater?: number;
  /** Milliseconds that a RENAME takes, since it copies; the copy has a new time. */
  readonly renameCopies?: number;
  /** Extensions that are announced, and what comes of them: a status, or an answer's bytes. */
  readonly extensions?: Readonly<Record<string, (data: Buffer, files: Map<string, Node>) => number | Buffer>>;
  /** Drops the connection once so many bytes were written. */
  readonly dropAfter?: number;
  /** Refuses WRITE beyond so many bytes. */
  readonly fullAfter?: number;
  /** Names that READDIR adds to what is there. */
  readonly names?: readonly string[];
  /** What READDIR gives in place of these names; `answers` counts those of this list so far. A status ends it. */
  readonly page?: (names: readonly string[], answers: number, path: string) => readonly string[] | number;
  /** Names that come to the same are one file's, such as those of other case. */
  readonly oneFile?: (path: string) => string;
  /** Under which path a new file is kept, and listed. */
  readonly keptAs?: (path: string) => string;
  /** What becomes of the bytes of a WRITE; without an answer, they are stored. */
  readonly stores?: (node: FileNode, offset: number, bytes: Buffer) => boolean;
  /** What becomes of a log-in with the right password: `number` counts all connections, `open` those at this time. */
  readonly logIn?: (number: number, open: number) => "accept" | "reject" | "disconnect" | "ignore";
  /** What is done with each connection at its begin. */
  readonly meets?: (client: ssh2.Connection) => void;
  /** Names in one answer to READDIR. */
  readonly batch?: number;
  /** Delays each answer by so many milliseconds, the same for all (a round trip) or by request (out of order), or until a promise is kept. */
  readonly delay?: number | ((request: string) => number | Promise<number>);
  /** A file may be open for writing once only. */
  readonly exclusive?: boolean;
  /** Called before a READ is answered: to change files meanwhile. */
  readonly onRead?: (path: string, offset: number, length: number) => void;
  /** A file is gone once it was read to its end; with its handle, whatever is asked of that is refused from then on. */
  readonly deletesOnRead?: boolean | "with-handle";
  /** A file can't be removed or renamed as long as it is open. */
  readonly locksOpen?: boolean;
  /** OPENDIR knows a directory only with a slash behind it. */
  readonly slashed?: boolean;
  /** REMOVE is answered with OK, and nothing happens. */
  readonly keepsRemoved?: boolean;
  /** There are no directories: MKDIR isn't known, and a file goes wherever its name says, as in object stores. */
  readonly noDirectories?: boolean;
  /** RENAME makes a copy. */
  readonly keepsRenamed?: boolean;
  /** What each handle gives, made from the file's bytes: `count` is 1 for the first handle that is opened. */
  readonly bytesOfHandle?: (bytes: Buffer, count: number) => void;
  /** What ends once a file was closed, and whether that was answered. */
  readonly endsAtClose?: "connection" | "session" | "connection-unanswered" | "session-unanswered" | undefined;
  /** OPENDIR takes files, and lists nothing of them. */
  readonly opensAnything?: boolean;
  /** READ of a directory gives the end of a file. */
  readonly readsDirectories?: boolean;
  /** A file that would be replaced stays, and the new one gets a name of its own. */
  readonly renamesNew?: (path: string) => string;
  /** Drops a connection from which nothing has come for so many milliseconds. */
  readonly dropIdle?: number;
}

export interface Adversary {
  readonly config: SftpConfig;
  readonly files: Map<string, Node>;
  /** Requests in order, as in `OPEN /a`. */
  readonly requests: string[];
  /** What came (`> OPEN`) and what was answered (`< OPEN`), in order. */
  readonly trace: string[];
  /** Connections now, most at one time, and in all; SFTP channels in all. */
  readonly sessions: { readonly open: number; readonly most: number; readonly all: number; readonly channels: number };
  /** Bytes that were written, in all. */
  readonly written: number;
  /** Cuts all connections. */
  drop(): void;
  stop(): Promise<void>;
}

/** Reason 12 of RFC 4253, section 11.1: too many connections. */
const disconnect = (client: ssh2.Connection): void =>
  (client as unknown as { _protocol: { disconnect(reason: number): void } })._protocol.disconnect(12);

const ownKey = makeKey("ed25519").privateKey;

/** An SFTP server in this process, over files in memory, that is as unkind as it is told to be. */
export const startAdversary = async (quirks: Quirks = {}): Promise<Adversary> => {
  const files = namedFiles(quirks.oneFile, quirks.keptAs);
  files.set("/", directory());
  const sockets = new Set<Socket>();
  const world: World = {
    files,
    requests: [],
    trace: [],
    opened: new Set(),
    waiting: 0,
    opening: 0,
    written: 0,
    drop() {
      for (const socket of sockets) socket.destroy();
    },
  };
  const hostKeys = [...(quirks.hostKeys ?? [ownKey])];
  let open = 0;
  let most = 0;
  let all = 0;
  let channelCount = 0;

  const server = new Server({
    hostKeys,
    ident: quirks.ident ?? "adversary",
    ...(quirks.banner === undefined ? {} : { banner: quirks.banner }),
    ...(quirks.greeting === undefined ? {} : { greeting: quirks.greeting }),
    ...(quirks.algorithms === undefined ? {} : { algorithms: quirks.algorithms as never }),
  });
  server.on("connection", (client) => {
    let channels = 0;
    let keyAccepted = false;
    const number = all;
    quirks.meets?.(client);
    client.on("error", () => {});
    if (open > (quirks.connections ?? 1000)) disconnect(client);
    client.on("authentication", (context) => {
      const password = quirks.password ?? "secret";
      const methods =
        quirks.prompts !== undefined
          ? ["keyboard-interactive"]
          : quirks.publicKey !== undefined && !(quirks.both && keyAccepted)
            ? ["publickey"]
            : ["password"];
      if (!methods.includes(context.method)) return context.reject(methods as never);
      const fate = quirks.logIn?.(number, open) ?? "accept";
      if (fate === "disconnect") return disconnect(client);
      if (fate !== "accept") return fate === "ignore" ? undefined : context.reject(methods as never);
      if (context.method === "password")
        return context.password === password ? context.accept() : context.reject(methods as never);
      if (context.method === "publickey") {
        if (quirks.publicKey?.equals(context.key.data) !== true) return context.reject(methods as never);
        if (!context.signature || !quirks.both) return context.accept();
        keyAccepted = true;
        return context.reject(["password"], true);
      }
      if (context.method === "keyboard-interactive")
        return context.prompt([...(quirks.prompts ?? [])] as never, (answers) =>
          answers?.[0] === password ? context.accept() : context.reject(methods as never),
        );
      return context.reject(methods as never);
    });
    client.on("session", (accept, reject) => {
      channels += 1;
      if (channels > (quirks.channels ?? 99)) {
        if (quirks.channelRefusal === "ignore") return;
        if (quirks.channelRefusal === "drop") return void client.end();
        return void reject?.();
      }
      channelCount += 1;
      accept().on("sftp", (acceptSftp) => {
        const channel = acceptSftp() as unknown as ServerChannel;
        if (quirks.limits !== undefined) announceLimits(channel, quirks.limits);
        if (quirks.extensions !== undefined) announceExtensions(channel, quirks.extensions, files);
        serveFiles(channel, world, quirks);
      });
    });
  });
  // ssh2 has no public way to refuse a connection as a full server would.
  const net = (
    server as unknown as { _srv: { prependListener(event: "connection", listener: (socket: Socket) => void): void } }
  )._srv;
  net.prependListener("connection", (socket) => {
    sockets.add(socket);
    socket.setNoDelay(true);
    socket.on("error", () => {});
    open += 1;
    all += 1;
    if (quirks.dropIdle !== undefined) socket.setTimeout(quirks.dropIdle, () => socket.destroy());
    socket.once("close", () => {
      sockets.delete(socket);
      open -= 1;
    });
    if (open <= (quirks.connections ?? 1000)) {
      most = Math.max(most, open);
      return;
    }
    if (quirks.refusal === "close") socket.destroy();
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const parsed = hostKeys.map((key) => utils.parseKey(key) as ssh2.ParsedKey);

  return {
    files,
    requests: world.requests,
    trace: world.trace,
    get sessions() {
      return { open, most, all, channels: channelCount };
    },
    get written() {
      return world.written;
    },
    config: {
      host: "127.0.0.1",
      port: (server.address() as { port: number }).port,
      username: "us",
      hostKeys: parsed.map((key) => fingerprintOf(key.getPublicSSH())),
      insecureIgnoreHostKey: false,
      maxConnections: 1,
      connectTimeoutSeconds: 30,
      operationTimeoutSeconds: 30,
      options: {},
    },
    drop: () => world.drop(),
    async stop() {
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, "close");
    },
  };
};
