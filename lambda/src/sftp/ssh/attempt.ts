import type { ParsedKey, SFTPWrapper } from "ssh2";
import type { SftpConfig } from "../../config/types.ts";
import type { Credentials } from "../../secrets/types.ts";
import type { Log } from "../../telemetry/types.ts";
import type { Traits } from "../../traits/traits.ts";
import type { HostTrust } from "./certificates/host.ts";
import type { UserCertificate } from "./certificates/user.ts";
import type { ConnectStep } from "./connect-error.ts";
import { dial } from "./dial.ts";
import { releaseBuffers } from "./hooks/release-buffers.ts";
import { hostKeyAlgorithms, type PinnedKey } from "./host-keys.ts";
import { hurryBy, learnFrom, leisureWith, type SentAhead } from "./hurry.ts";
import { type Opening, openClient } from "./open-client.ts";
import { mergeOptions } from "./options.ts";
import type { Reached, SshSession } from "./session.ts";
import type { Hop } from "./via/hop.ts";

export interface Attempt {
  readonly partner: string;
  readonly sftp: SftpConfig;
  readonly credentials: Credentials;
  readonly key: ParsedKey | undefined;
  /** The key's certificate, where it logs in with one. */
  readonly certificate?: UserCertificate | undefined;
  readonly pins: readonly PinnedKey[];
  /** Authorities whose host certificates are trusted, where there are any. */
  readonly trust?: HostTrust | undefined;
  /** The type of host key that is asked for first. */
  readonly keyType: string | undefined;
  /** Of the partner: behind a proxy it may be its name, which the proxy looks up. */
  readonly address: string;
  /** What the connection goes through; undefined where it is direct. */
  readonly hop: Hop | undefined;
  /** For the TCP connection alone, where there are further addresses to try. Milliseconds. */
  readonly patienceMs: number | undefined;
  /** Aborts at the deadline or when the caller gives up. */
  readonly signal: AbortSignal;
  readonly log: Log | undefined;
  readonly reached: Reached;
  /** What is known of the server, and what is found out. */
  readonly traits: Traits;
}

/**
 * One connection to one address: host key checked, logged in, SFTP channel open. Once more at leisure where the server seems to
 * dislike that something is sent ahead. Throws a `RemoteError`, or an `OtherKey`.
 */
export const attempt = async (given: Attempt): Promise<SshSession> => {
  const { partner, signal, log, traits } = given;
  const sent: SentAhead = {};
  let step: ConnectStep = "connecting";
  let software = "";
  const reached: Reached = (next, seen) => {
    step = next;
    if (next === "handshake") software = seen?.replace(/^SSH-[^-]*-/, "") ?? "";
    given.reached(next, seen);
  };
  try {
    const session = await connectOnce({ ...given, reached }, { may: hurryBy(traits), sent });
    learnFrom(traits, sent, session.negotiated);
    return session;
  } catch (error) {
    const aborted = signal.aborted ? signal.reason : undefined;
    const note = leisureWith(traits, { partner, step, sent, error, aborted, software });
    if (note === undefined) throw error;
    log?.info(`${partner}: something was sent ahead and nothing came of it: once more at leisure`, { error });
    const session = await connectOnce(given);
    note();
    learnFrom(traits, {}, session.negotiated);
    return session;
  }
};

const connectOnce = async (given: Attempt, hurry?: Opening["hurry"]): Promise<SshSession> => {
  const { partner, sftp, address, hop, pins, log, reached } = given;
  const options = mergeOptions(sftp, hostKeyAlgorithms(pins, given.keyType), log);
  const { port } = sftp;
  reached(hop === undefined ? "connecting" : "via");
  const socket =
    hop === undefined
      ? await dial({ ...given, port }, options.socket)
      : await (await import("./via/open-via.ts")).openVia(
          hop,
          { ...given, target: { host: address, port } },
          options.socket,
        );
  reached("greeting", hop === undefined ? address : `${address}, through ${hop.label}`);
  const opened = await openClient<SFTPWrapper>(
    { ...given, server: sftp, options, wire: socket, hurry },
    (client, done) => client.sftp(done),
  );
  const { client, channel, ...more } = opened;
  releaseBuffers(client, socket);
  return { partner, socket, client, sftp: channel, ...more };
};
