import type { ClientChannel, SFTPWrapper } from "ssh2";
import { type Budget, createBudget } from "../concurrency/budget.ts";
import type { Log } from "../telemetry/types.ts";
import type { Traits } from "../traits/traits.ts";
import { checkAnswers } from "./answers.ts";
import { type Channel, createChannel } from "./channel.ts";
import { createConnectionEnd } from "./connection-end.ts";
import { type Crowd, createCrowd } from "./crowd.ts";
import { RemoteError } from "./errors.ts";
import { openRaw, openSftp } from "./further-channels.ts";
import { hasFileHandles } from "./known-server.ts";
import type { Limits } from "./limits.ts";
import { handleOverdue } from "./overdue.ts";
import { printable } from "./printable.ts";
import { createRequests, type Requests } from "./requests.ts";
import { joinRequests } from "./ssh/hooks/join-requests.ts";
import { releasePackets } from "./ssh/hooks/release-buffers.ts";
import { isProtocolError, wordsOf } from "./ssh/protocol-error.ts";
import type { SshSession } from "./ssh/session.ts";
import { createTrial, type Trial } from "./trial.ts";

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

/** What some servers never answer, and can be done without: is it that, or the connection? */
const mayBeSilent = /^(list|l?stat|stat the open file|open for (reading|writing)) /;

/** Longest wait for the server to end the session. Milliseconds. */
const farewellMs = 1500;

/** How many files may be open at once. */
const countHandles = (main: Channel, traits: Traits): Budget => {
  // A few are left for what isn't counted: the server's own, and directories.
  const most = () =>
    Math.max(1, Math.min(main.openHandles - 8, traits.limit("open_files") ?? Number.POSITIVE_INFINITY));
  const handles = createBudget(most());
  main.limitsKnown?.then(
    () => handles.resize(most()),
    () => {},
  );
  return handles;
};

/** Ends the session in order, if the server takes part. */
const sayFarewell = ({ client, socket }: SshSession): Promise<void> =>
  new Promise((resolve) => {
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
  const broke = (why: string) => {
    if (!ended) atEnd.ended(printable(why));
    lose(new RemoteError("lost", `${partner}: the connection was lost: ${printable(why)}.`));
  };

  const requests = createRequests({
    timeoutMs: options.operationTimeoutMs,
    probe: (what) => {
      if (!mayBeSilent.test(what) || requests.full) return;
      main.request<unknown>("ask for the directory", ".", (sftp, settle) => sftp.realpath(".", settle)).catch(() => {});
    },
    overdue: (silent) => handleOverdue(silent, { partner, requests, crowd, trial, atEnd, lose }),
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
    joinRequests(sftp, client, session.socket);
    checkAnswers(sftp, brokeProtocol, releasePackets(client));
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
  const atEnd = createConnectionEnd({ partner, main, requests, crowd, trial, traits });
  const whole = { client, lost: lost.signal, hasEnded: () => ended };
  const handles = countHandles(main, traits);

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
    fileCloses: atEnd.fileCloses,
    fileClosed: atEnd.fileClosed,
    openChannel: () => openSftp(whole, (sftp) => watchChannel(sftp)),
    openRaw: () => openRaw(whole),
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
      await sayFarewell(session);
    },
  };
};
