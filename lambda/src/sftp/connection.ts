import type { ClientChannel, SFTPWrapper } from "ssh2";
import { type Budget, createBudget } from "../concurrency/budget.ts";
import type { Ability } from "../config/server-traits.ts";
import type { Log } from "../telemetry/types.ts";
import type { Traits } from "../traits/traits.ts";
import { checkAnswers } from "./answers.ts";
import { type Channel, closeAction, createChannel, fstatAction } from "./channel.ts";
import { type Crowd, createCrowd, fewRequests } from "./crowd.ts";
import { RemoteError, Unanswered } from "./errors.ts";
import { hasFileHandles } from "./known-server.ts";
import { printable } from "./printable.ts";
import { createRequests, type Requests } from "./requests.ts";
import { joinRequests } from "./ssh/hooks/join-requests.ts";
import { releaseAnswers } from "./ssh/hooks/release-buffers.ts";
import { isProtocolError, wordsOf } from "./ssh/protocol-error.ts";
import type { SshSession } from "./ssh/session.ts";
import { createTrial, type Trial } from "./trial.ts";

/** How much may be under way; all of it has defaults. */
export interface Limits {
  /** Bytes in flight over the connection. */
  readonly windowBytes: number;
  /** … while it has one channel: what its window doesn't take lies in memory. */
  readonly nearWindowBytes: number;
  /** Bytes in flight for one file. */
  readonly fileWindowBytes: number;
  /** … and on one channel: its window of 2 MiB, in ssh2 and in OpenSSH, and a little that waits for it. More would lie in memory. */
  readonly channelWindowBytes: number;
  /** Most bytes of one READ or WRITE. */
  readonly chunkBytes: number;
  /** Most requests in flight for one file on one channel: what OpenSSH's client sends, so that every server bears it. */
  readonly requestsPerChannel: number;
  /** SFTP channels that a large file is spread over. */
  readonly channels: number;
  /** Round-trip time from which on they pay. Milliseconds. */
  readonly spreadRoundTripMs: number;
  /** Size of a file from which on they pay. Bytes. */
  readonly spreadBytes: number;
  /** READDIRs in flight for one directory. */
  readonly readdirs: number;
}

/** Milliseconds of round trip from which on several channels, or connections, carry more than one. */
export const spreadRoundTripMs = 3;

export const defaultLimits: Limits = {
  windowBytes: 16 * 1024 * 1024,
  nearWindowBytes: 6 * 1024 * 1024,
  fileWindowBytes: 8 * 1024 * 1024,
  channelWindowBytes: 2.5 * 1024 * 1024,
  chunkBytes: 255 * 1024,
  requestsPerChannel: 64,
  channels: 4,
  spreadRoundTripMs,
  spreadBytes: 8 * 1024 * 1024,
  readdirs: 64,
};

/** A live connection: what all operations share. */
export interface Connection {
  readonly partner: string;
  readonly main: Channel;
  readonly requests: Requests;
  /** How many of them the server bears. */
  readonly crowd: Crowd;
  /** What READs and WRITEs have to be at first. */
  readonly trial: Trial;
  /** Bytes in flight. */
  readonly budget: Budget;
  /** Files that may be open at once. */
  readonly handles: Budget;
  readonly limits: Limits;
  /** Does the server answer strictly in the order of the requests? Then what is sent behind a READ or WRITE sees its effect. */
  readonly inOrder: boolean;
  /** Is it OpenSSH, whose plain RENAME never replaces? */
  readonly openSsh: boolean;
  /** Are its handles known to be those of one file? */
  readonly fileHandles: boolean;
  /** Most handles of one file at one time; more are a matter of speed only. */
  readonly maxHandles: number;
  readonly log: Log | undefined;
  /** What is known of the server, shared by all connections to the partner. */
  readonly traits: Traits;
  readonly lost: AbortSignal;
  /** Call it when a file is about to be closed. */
  fileCloses(): void;
  /** Call it when the CLOSE of a file was answered. */
  fileClosed(): void;
  /** Opens another SFTP channel; undefined if the server refuses or takes too long. */
  openChannel(): Promise<Channel | undefined>;
  /** The same as plain bytes, of which nobody makes SFTP requests yet. */
  openRaw(): Promise<ClientChannel | undefined>;
  destroy(reason: Error): void;
  close(): Promise<void>;
}

/** How SETSTAT is called in messages. */
export const attributesAction = "set permissions or time of";

/**
 * What may be given up while the connection lives on: a late effect of it changes nothing. Of a READ the late answer would be written
 * into memory that is somebody else's by then.
 */
const mayBeLeft = /^(list|l?stat|stat the open file|open for reading) /;
/** What some servers never answer, and can be done without: is it that, or the connection? */
const mayBeSilent = /^(list|l?stat|stat the open file|open for (reading|writing)) /;

/** What may be too large for a server. */
const isTransfer = /^(read|write) /;
/** Requests that can be done without, as they are called in messages. */
const dispensable: readonly { readonly action: string; readonly ability: Ability }[] = [
  { action: "stat", ability: "stat" },
  { action: "lstat", ability: "stat" },
  { action: "open for writing", ability: "exclusive_open" },
];
/** What a partner's connections ended at the last time, in this process: once is chance. */
const endedAt = new Map<string, Ability>();

/** Longest wait for another channel, which is a matter of speed only. Milliseconds. */
const channelTimeoutMs = 5000;
/** Longest wait for the server to end the session. Milliseconds. */
const farewellMs = 1500;

/** Watches over a session: its loss, its deadlines, its orderly end. */
export const watchConnection = (
  session: SshSession,
  options: {
    readonly operationTimeoutMs: number;
    readonly limits: Limits;
    readonly log: Log | undefined;
    /** Caps what is in flight over this connection and others together. */
    readonly inFlight: Budget | undefined;
    readonly traits: Traits;
    readonly maxHandles: number;
  },
): Connection => {
  const { partner, socket, client } = session;
  const { limits, log, traits } = options;
  const lost = new AbortController();
  let ended = false;

  const end = (reason: RemoteError) => {
    ended = true;
    requests.fail(reason);
    budget.fail(reason);
    handles.fail(reason);
  };
  const lose = (reason: RemoteError) => {
    if (ended) return;
    end(reason);
    socket.destroy();
    lost.abort(reason);
  };
  /** How many requests had been sent when a file was closed for the first time. */
  let sentAtClose: number | undefined;
  /** Did it end with the first file that was closed, and answer nothing that was asked from then on? */
  const endedWithFile = (why: string): boolean => {
    if (sentAtClose === undefined || requests.lastAnswered > sentAtClose) return false;
    traits.learn(
      "goes_on_after_close",
      false,
      `the connection ended when a file was closed, and answered nothing that was asked from then on: ${why}`,
    );
    return true;
  };
  /** Files that were asked to be closed. */
  let closes = 0;
  /** What is asked only once a file's CLOSE was answered, or has taken its time. */
  const comesLater = /^(remove|rename|make) /;
  /** Did it end, or say nothing any more, at a file's CLOSE? Sure, or none was ever answered here. */
  const noteClose = (why: string, isSure = false): boolean => {
    if (closes === 0 || (!isSure && (sentAtClose !== undefined || requests.waitsFor(comesLater)))) return false;
    traits.learn("goes_on_after_close", false, `the CLOSE of a file was never answered: ${why}`);
    return true;
  };
  /** The request that the server ended the connection at, if it was one that can be done without, and none was ever answered here. */
  const noteWhatBrokeIt = (why: string): boolean => {
    const { oldest = "" } = requests;
    const words = `the connection ended at the first request of that kind: ${why}`;
    const isLook = oldest.startsWith(fstatAction) && !main.heard.has(fstatAction) && traits.can("fstat") === undefined;
    if (isLook) traits.learn("fstat", false, words);
    if (oldest.startsWith(attributesAction) && traits.can("set_attributes") === undefined)
      traits.learn("set_attributes", false, words);
    // These are the first that most connections send, so that one may well end there by chance.
    const first = dispensable.find(
      ({ action, ability }) =>
        traits.can(ability) === undefined &&
        !main.heard.has(action) &&
        (oldest.startsWith(`${action} "`) ||
          (requests.waiting <= fewRequests && requests.waitsFor(new RegExp(`^${action} "`)))),
    );
    if (first !== undefined && endedAt.get(partner) === first.ability)
      traits.learn(first.ability, false, `two connections ended at the first request of that kind: ${why}`);
    endedAt.delete(partner);
    if (first !== undefined) endedAt.set(partner, first.ability);
    // A look is sent right before CLOSE: which of the two it was, the next time tells.
    return !isLook && noteClose(why);
  };
  const broke = (why: string) => {
    if (!ended && !endedWithFile(printable(why))) {
      const isSuspect = trial.lost(printable(why));
      const isIt = isSuspect && isTransfer.test(requests.oldest ?? "");
      if (isIt || !noteWhatBrokeIt(printable(why))) crowd.lost(requests.waiting);
    }
    lose(new RemoteError("lost", `${partner}: the connection was lost: ${printable(why)}.`));
  };

  const requests = createRequests({
    timeoutMs: options.operationTimeoutMs,
    probe: (what) => {
      if (!mayBeSilent.test(what) || requests.full) return;
      main.request<unknown>("ask for the directory", ".", (sftp, settle) => sftp.realpath(".", settle)).catch(() => {});
    },
    overdue: ({ all, isAlive, afterMs, reject }) => {
      const wordsOf = (what: string) => `no answer within ${Math.round(afterMs / 100) / 10} s to: ${what}`;
      const unanswered = (what: string) =>
        new Unanswered(
          `${partner}: ${wordsOf(what)}${isAlive ? ", while other requests were answered" : ""}. It is tried again; ask the partner what holds it up.`,
          isAlive,
        );
      if (isAlive && all.every((what) => mayBeLeft.test(what))) return reject(unanswered);
      const [first = ""] = all;
      const isClose = first.startsWith(`${closeAction} `);
      if (isTransfer.test(first)) trial.lost(wordsOf(first));
      if (!(isClose && noteClose(wordsOf(first), true)) && !isAlive) crowd.lost(requests.waiting);
      const cause = unanswered(first);
      // Of a file whose CLOSE isn't answered, its content tells.
      if (!isClose) reject(unanswered);
      lose(
        new RemoteError("lost", `${partner}: ${wordsOf(first)}. The connection was dropped.`, {
          ...(!isClose && { cause }),
        }),
      );
    },
  });
  const crowd = createCrowd(requests, traits);
  const trial = createTrial(traits);
  const budget = createBudget(Math.min(limits.windowBytes, limits.nearWindowBytes), options.inFlight);

  const brokeProtocol = (why: string) =>
    lose(
      new RemoteError(
        "lost",
        `${partner}: the server broke the protocol: ${printable(why)}. The connection was dropped. Tell the partner, whose server has a fault or isn't what it should be.`,
      ),
    );
  client.on("error", (error) => (isProtocolError(error) ? brokeProtocol(wordsOf(error)) : broke(error.message)));
  client.on("end", () => broke("the server ended it"));
  client.on("close", () => broke("it was closed"));

  const twice = (path: string) => {
    const why = `it gave the handle of something that is open for ${JSON.stringify(path)} as well`;
    traits.lower("open_files", 1, why);
    brokeProtocol(`${why}, so that one may have been taken for the other; from now on one is open at a time`);
  };
  const watchChannel = (sftp: SFTPWrapper, told?: Log) => {
    releaseAnswers(sftp, client);
    joinRequests(sftp, client, session.socket);
    checkAnswers(sftp, brokeProtocol);
    sftp.on("error", (error: Error) => brokeProtocol(error.message));
    sftp.on("close", () => broke("the server closed the SFTP session"));
    const { chunkBytes } = limits;
    return createChannel(sftp, {
      partner,
      requests,
      crowd,
      trial,
      traits,
      chunkBytes,
      twice,
      ...(told && { log: told }),
    });
  };
  // Its other channels have the same limits: once is enough.
  const main = watchChannel(session.sftp, log);
  // A few are left for what isn't counted: the server's own, and directories.
  const handlesNow = () =>
    Math.max(1, Math.min(main.openHandles - 8, traits.limit("open_files") ?? Number.POSITIVE_INFINITY));
  const handles = createBudget(handlesNow());
  main.limitsKnown?.then(
    () => handles.resize(handlesNow()),
    () => {},
  );

  return {
    partner,
    main,
    requests,
    crowd,
    trial,
    budget,
    handles,
    limits,
    log,
    traits,
    inOrder: /^OpenSSH/.test(session.software),
    openSsh: /^OpenSSH/.test(session.software),
    fileHandles: hasFileHandles(session.software, main.extensions),
    maxHandles: options.maxHandles,
    lost: lost.signal,
    fileCloses() {
      closes += 1;
    },
    fileClosed() {
      sentAtClose ??= requests.sent;
    },
    openChannel: () =>
      new Promise((resolve) => {
        let late = false;
        const give = (channel: Channel | undefined) => {
          clearTimeout(timer);
          lost.signal.removeEventListener("abort", stop);
          resolve(channel);
        };
        const stop = () => {
          late = true;
          give(undefined);
        };
        const timer = setTimeout(stop, channelTimeoutMs);
        lost.signal.addEventListener("abort", stop, { once: true });
        try {
          client.sftp((error, sftp) => {
            if (late) sftp?.end();
            else give(error === undefined && !ended ? watchChannel(sftp) : undefined);
          });
        } catch {
          give(undefined);
        }
      }),
    openRaw: () =>
      new Promise((resolve) => {
        let late = false;
        const give = (channel?: ClientChannel) => {
          clearTimeout(timer);
          if (late) channel?.destroy();
          late = true;
          resolve(channel);
        };
        const timer = setTimeout(give, channelTimeoutMs);
        try {
          client.subsys("sftp", (error, channel) => give(error === undefined && !ended ? channel : undefined));
        } catch {
          give();
        }
      }),
    destroy(reason) {
      lose(
        reason instanceof RemoteError
          ? reason
          : new RemoteError("lost", `${partner}: the connection was given up: ${reason.message}`, { cause: reason }),
      );
    },
    async close() {
      if (socket.destroyed) return;
      if (!ended) end(new RemoteError("lost", `${partner}: the connection has been closed.`));
      await new Promise<void>((resolve) => {
        const timer = setTimeout(() => socket.destroy(), farewellMs);
        socket.once("close", () => {
          clearTimeout(timer);
          resolve();
        });
        try {
          client.end();
        } catch {
          socket.destroy();
        }
      });
    },
  };
};
