import type { Client, SFTPWrapper } from "ssh2";
import type { NewHostKey } from "../remote.ts";
import type { ConnectStep } from "./connect-error.ts";
import type { Wire } from "./transport.ts";

/** Told at each step of a connection attempt, with what the step before it has shown. */
export type Reached = (phase: ConnectStep, seen?: string) => void;

/** What a connection's security rests on, in the names of SSH. */
export interface Negotiated {
  /** The server's identification, such as `OpenSSH_9.2p1`. */
  readonly server: string;
  readonly kex: string;
  /** Is that an exchange that a quantum computer doesn't break? */
  readonly postQuantum: boolean;
  readonly hostKey: string;
  /** `SHA256:…` of the host key. */
  readonly fingerprint: string;
  /** What vouches for it, where the server has shown a certificate. */
  readonly certificate?: string;
  readonly cipher: string;
  /** Undefined where the cipher vouches for what it encrypts. */
  readonly mac?: string;
}

/** A connection that is logged in, with its first SFTP channel. Nobody listens for its errors yet but to keep them quiet. */
export interface SshSession {
  readonly partner: string;
  readonly socket: Wire;
  readonly client: Client;
  readonly sftp: SFTPWrapper;
  /** The server's identification, such as `OpenSSH_9.2p1`. */
  readonly software: string;
  readonly negotiated: Negotiated | undefined;
  /** Host keys that the server has announced and proved since, and that aren't pinned. */
  readonly newHostKeys: readonly NewHostKey[];
}

/** In one line, as in `ssh-ed25519 SHA256:…, curve25519-sha256 (not post-quantum), aes128-gcm@openssh.com`. */
export const describeNegotiated = ({
  kex,
  postQuantum,
  hostKey,
  fingerprint,
  certificate,
  cipher,
  mac,
}: Negotiated): string =>
  [
    `${hostKey} ${fingerprint}${certificate === undefined ? "" : ` (${certificate})`}`,
    `${kex} (${postQuantum ? "" : "not "}post-quantum)`,
    cipher,
    ...(mac === undefined ? [] : [mac]),
  ].join(", ");
