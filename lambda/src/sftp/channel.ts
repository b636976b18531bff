import type { SFTPWrapper } from "ssh2";
import { keptBy } from "../kept-by.ts";
import type { Log } from "../telemetry/types.ts";
import type { Traits } from "../traits/traits.ts";
import { type Attributes, toStat } from "./attributes.ts";
import type { Crowd } from "./crowd.ts";
import { isPassedOver, isRefusal } from "./errors.ts";
import type { Names } from "./names.ts";
import type { RemoteStat } from "./remote.ts";
import type { Requests, Settle } from "./requests.ts";
import { limitsOf } from "./ssh/hooks/early-session.ts";
import { innerOf } from "./ssh/hooks/inner.ts";
import { remoteError, toRemoteError } from "./status.ts";
import { leastBytes, type Trial } from "./trial.ts";

/** OPEN flags of SFTP version 3 (draft-ietf-secsh-filexfer-02, section 6.3). */
export const openFlags = { read: 0x01, write: 0x02, create: 0x08, truncate: 0x10, exclusive: 0x20 } as const;

/** One SFTP channel, with its requests as promises. Failures are `RemoteError`s that name the deed and the path. */
export interface Channel {
  /** Most bytes of one READ: what the server allows, or less once it has answered with less. */
  readonly readBytes: number;
  /** Most bytes of one WRITE. */
  readonly writeBytes: number;
  /** Files that the server lets be open at once, as far as it says. */
  readonly openHandles: number;
  /** Wait for it before files are read and written: until then these three say what every server has to take. */
  readonly limitsKnown: Promise<void> | undefined;
  /** The extensions that the server announces, by name. */
  readonly extensions: ReadonlySet<string>;
  /** Sends any request of ssh2's. */
  request<T>(
    action: string,
    path: string | undefined,
    send: (sftp: SFTPWrapper, settle: Settle<T>) => void,
    patienceMs?: number,
  ): Promise<T>;
  open(action: string, path: string, flags: number): Promise<Buffer>;
  /** The quickest OPEN or OPENDIR so far, which is about a round trip and no work. Milliseconds. */
  readonly roundTripMs: number;
  /** Attributes as they are believed of this server: without a time where that says nothing. */
  toStat(attributes: Attributes): RemoteStat;
  /** Looks and OPENs, by their action, that were answered here, if only by a refusal. */
  readonly heard: ReadonlySet<string>;
  /** OPENDIR, with the path as the server may want it. */
  opendir(how: string, path: string): Promise<Buffer>;
  /** `closed` is called at the very answer: the session may end with it. `patienceMs`: how much longer than other requests it may take. */
  closeHandle(handle: Buffer, path: string, closed?: () => void, patienceMs?: number): Promise<void>;
  readdir(handle: Buffer, path: string): Promise<Names>;
  stat(path: string): Promise<RemoteStat>;
  lstat(path: string): Promise<RemoteStat>;
  fstat(handle: Buffer, path: string): Promise<RemoteStat>;
  /** Reads into the buffer; fewer bytes than asked may come, 0 at the end of the file. `end`: where that should be. Bytes. */
  read(handle: Buffer, path: string, into: Buffer, position: number, end?: number): Promise<number>;
  /** The server gives no more than this at a time, whatever it was believed to give. Bytes. */
  learnReadBytes(count: number): void;
  write(handle: Buffer, path: string, bytes: Buffer, position: number): Promise<void>;
  /** Gives the channel up; the connection stays. */
  end(): void;
}

/** What a server must take that says nothing (packets of 34,000 bytes, same draft, section 3). */
const safeBytes = 31 * 1024;
/** READs ask for whole pages, as everybody's do: GNU lsh's sftp-server answers others with packets that break the protocol. Bytes. */
const page = 4096;
const inPages = (bytes: number): number => (bytes > page ? bytes - (bytes % page) : bytes);
/** The same for the last of a file: what is asked for beyond its end doesn't come. */
export const wholePages = (bytes: number): number => Math.ceil(bytes / page) * page;

/** A limit that ssh2 has learnt (`limits@openssh.com`) or assumes; it tells by private fields only. Larger requests it would split one after the other. */
const limit = (sftp: SFTPWrapper, field: "_maxReadLen" | "_maxWriteLen", wanted: number, log?: Log): number => {
  const fields = innerOf<Record<string, unknown>>(sftp);
  const most = fields[field];
  if (typeof most === "number" && most >= leastBytes) return Math.min(wanted, most);
  log?.info(
    `The server announces that a ${field === "_maxReadLen" ? "READ" : "WRITE"} may carry ${String(most)} bytes, which isn't believed: ${safeBytes} are, as every server has to take them`,
  );
  fields[field] = safeBytes;
  return Math.min(wanted, safeBytes);
};

/** How CLOSE is called in messages. */
export const closeAction = "close";
/** How FSTAT is called in messages. */
export const fstatAction = "stat the open file";

/** Kinds of looks that had no answer in this run, and none before, though others had. */
const silentTo = keptBy<Traits, Set<string>>(() => new Set());

/** Open files that are asked of a server which doesn't say how many it allows. */
const unsaidHandles = 72;
/** Names of extensions, which ssh2 keeps to itself; those of the version-6 lists `supported` and `supported2` among them. */
const announced = (sftp: SFTPWrapper): ReadonlySet<string> => {
  const held = innerOf<{ readonly _extensions?: Readonly<Record<string, unknown>> }>(sftp)._extensions ?? {};
  const listed = ["supported", "supported2"].some((name) => String(held[name] ?? "").includes("check-file"));
  return new Set([...Object.keys(held), ...(listed ? ["check-file"] : [])]);
};

/** More are never open here, whatever a server says (2^63 has been seen). */
const maxHandles = 10_000;

/** READDIR, whose answer `answers.ts` hands on as it is: ssh2 would look for `.` and `..` in a list. */
const readdirWhole =
  (sftp: SFTPWrapper) =>
  (handle: Buffer, settle: Settle<Names>): void => {
    // Its types know neither the option nor what the answer has been made.
    const { readdir } = sftp as unknown as {
      readdir(handle: Buffer, options: { readonly full: true }, settle: Settle<Names>): void;
    };
    readdir(handle, { full: true }, settle);
  };

/** Wraps a channel of ssh2's. `chunkBytes` is the most that a READ or WRITE should carry; `log` is told of limits that make no sense. */
export const createChannel = (
  sftp: SFTPWrapper,
  options: {
    readonly partner: string;
    readonly requests: Requests;
    readonly chunkBytes: number;
    readonly crowd: Crowd;
    readonly trial: Trial;
    readonly traits: Traits;
    readonly log?: Log;
    /** Told at once where a handle is given that stands for something open already. */
    readonly twice: (path: string) => void;
  },
): Channel => {
  const { partner, requests, chunkBytes, crowd, trial, traits, log, twice } = options;
  let writeBytes = safeBytes;
  let readBytes = safeBytes;
  let openHandles = unsaidHandles;
  const learnLimits = () => {
    writeBytes = limit(sftp, "_maxWriteLen", chunkBytes, log);
    readBytes = inPages(limit(sftp, "_maxReadLen", chunkBytes, log));
    const { maxOpenHandles } = innerOf<{ maxOpenHandles?: unknown }>(sftp);
    if (typeof maxOpenHandles === "number" && maxOpenHandles > 0)
      openHandles = Math.floor(Math.min(maxOpenHandles, maxHandles));
  };
  const open = new Set<string>();
  const idOf = (handle: Buffer) => handle.toString("latin1");
  /** Asks for a handle; one that comes when nobody waits for it any more is closed. */
  const openBy = async (action: string, path: string, send: (settle: Settle<Buffer>) => void): Promise<Buffer> => {
    let isGivenUp = false;
    // Within the answer itself, since those behind it may be of another file than they seem.
    const opened =
      (settle: Settle<Buffer>): Settle<Buffer> =>
      (error, handle) => {
        if (handle !== undefined && open.has(idOf(handle))) twice(path);
        else if (handle !== undefined && isGivenUp) sftp.close(handle, () => {});
        else if (handle !== undefined) open.add(idOf(handle));
        settle(error, handle);
      };
    const asked = performance.now();
    try {
      const handle = await request<Buffer>(action, path, (_, settle) => send(opened(settle)));
      roundTripMs = Math.min(roundTripMs, performance.now() - asked);
      return handle;
    } catch (error) {
      isGivenUp = true;
      throw error;
    }
  };
  let roundTripMs = Number.POSITIVE_INFINITY;
  const heard = new Set<string>();

  const request: Channel["request"] = async (action, path, send, patienceMs) => {
    try {
      const what = path === undefined ? action : `${action} ${JSON.stringify(path)}`;
      return await requests.run(what, (settle) => send(sftp, settle), patienceMs);
    } catch (error) {
      throw toRemoteError(error, { partner, action, path });
    }
  };
  const coming = limitsOf(sftp);
  if (coming === undefined) learnLimits();
  const limitsKnown =
    coming &&
    request<void>(
      "ask for the limits",
      undefined,
      (_, settle) => void coming.then(() => settle(undefined, undefined)),
    ).then(learnLimits);
  // Whoever waits for it hears of it.
  limitsKnown?.catch(() => {});
  const statOfAttributes = (given: Attributes): RemoteStat => {
    const stat = toStat(given);
    const hasNoType = stat.kind === "file" && traits.can("told_types") === false;
    const hasNoTime = stat.mtime !== undefined && traits.can("times") === false;
    if (!hasNoType && !hasNoTime) return stat;
    return { ...stat, ...(hasNoType && { kind: undefined }), ...(hasNoTime && { mtime: undefined }) };
  };
  const attributes = async (action: string, path: string, send: (settle: Settle<Attributes>) => void) =>
    statOfAttributes(await request<Attributes>(action, path, (_, settle) => send(settle)));
  /** A look that the server is known not to answer, or to answer at the cost of the file or the connection, isn't sent. */
  const look = async (
    ability: "fstat" | "stat",
    action: string,
    path: string,
    send: (settle: Settle<Attributes>) => void,
  ): Promise<RemoteStat> => {
    if (traits.can(ability) === false)
      throw remoteError("unsupported", { partner, action, path }, `this server isn't asked that (${ability} = false)`);
    if (silentTo(traits).has(action))
      throw remoteError(
        "unsupported",
        { partner, action, path },
        "this server isn't asked that again, as it never answered",
      );
    try {
      const stat = await attributes(action, path, send);
      heard.add(action);
      return stat;
    } catch (error) {
      if (isRefusal(error)) heard.add(action);
      if (ability === "fstat" && isRefusal(error) && error.kind === "unsupported")
        traits.learn("fstat", false, error.message);
      if (isPassedOver(error) && !heard.has(action)) silentTo(traits).add(action);
      const others = ability === "stat" ? ["stat", "lstat"] : [action];
      if (isPassedOver(error) && !others.some((one) => heard.has(one)) && traits.can(ability) === undefined)
        traits.learn(ability, false, error.message);
      throw error;
    }
  };

  return {
    get writeBytes() {
      return traits.can("large_requests") === false ? Math.min(writeBytes, leastBytes) : writeBytes;
    },
    get readBytes() {
      return traits.can("large_requests") === false ? Math.min(readBytes, leastBytes) : readBytes;
    },
    get openHandles() {
      return openHandles;
    },
    limitsKnown,
    extensions: announced(sftp),
    request,
    async open(action, path, flags) {
      const handle = await openBy(action, path, (settle) => sftp.open(path, flags, settle)).catch((error: unknown) => {
        if (isRefusal(error)) heard.add(action);
        throw error;
      });
      heard.add(action);
      return handle;
    },
    get roundTripMs() {
      return roundTripMs;
    },
    opendir: (how, path) => openBy("list", path, (settle) => sftp.opendir(how, settle)),
    closeHandle(handle, path, closed, patienceMs) {
      open.delete(idOf(handle));
      const send = (_: SFTPWrapper, settle: Settle<void>) =>
        sftp.close(handle, (error) => {
          settle(error, undefined);
          if (!error) closed?.();
        });
      return request(closeAction, path, send, patienceMs);
    },
    readdir: (handle, path) => request("list", path, (_, settle: Settle<Names>) => readdirWhole(sftp)(handle, settle)),
    heard,
    toStat: statOfAttributes,
    stat: (path) => look("stat", "stat", path, (settle) => sftp.stat(path, settle)),
    lstat: (path) => look("stat", "lstat", path, (settle) => sftp.lstat(path, settle)),
    fstat: (handle, path) => look("fstat", fstatAction, path, (settle) => sftp.fstat(handle, settle)),
    read(handle, path, room, position, end = Number.POSITIVE_INFINITY) {
      // Of more than this channel gives at once, which another one of the file may give, ssh2 asks for the rest by requests that
      // answers.ts knows nothing of.
      const into = room.length > readBytes ? room.subarray(0, readBytes) : room;
      const isAcross = position < end && position + into.length > end;
      const ask = () =>
        request("read", path, (_, settle: Settle<number>) => sftp.read(handle, into, 0, into.length, position, settle));
      return trial.ask({ deed: "read", bytes: into.length, isAcross, most: readBytes }, () => crowd.ask(ask));
    },
    learnReadBytes(count) {
      if (count >= leastBytes) readBytes = Math.min(readBytes, count);
    },
    write(handle, path, bytes, position) {
      // The caller's memory is its own again as soon as this returns. Of more than this channel takes at once, which another one of the file
      // may take, ssh2 sends the rest when the first of it is answered.
      const isLater = requests.full || bytes.length > writeBytes || trial.next("write", bytes.length) !== undefined;
      const kept = isLater ? Buffer.from(bytes) : bytes;
      const ask = () =>
        request("write", path, (_, settle: Settle<void>) =>
          sftp.write(handle, kept, 0, kept.length, position, (error) => settle(error, undefined)),
        );
      return trial.ask({ deed: "write", bytes: kept.length, most: writeBytes }, ask);
    },
    end: () => sftp.end(),
  };
};
