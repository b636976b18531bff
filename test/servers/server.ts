// What a server of the conformance tests is to them, whatever program serves it.
import { utimesSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import type { SftpConfig } from "../../lambda/src/config/types.ts";
import { type PartnerFiles, partnerFiles, unprivilegedAccount } from "../stack/partner.ts";

/** The partner's own look at its files; paths are relative to the log-in folder. */
export interface ServerFiles {
  /** Writes a file, with the folders above it; where the times of files can be set, it is so many seconds old, or an hour. */
  write(path: string, content: Uint8Array, seconds?: number): Promise<void>;
  /** Undefined if there is none. */
  read(path: string): Promise<Buffer | undefined>;
  /** All files below a folder, relative to it, sorted. */
  list(folder: string): Promise<string[]>;
  /** Makes a folder. */
  mkdir(folder: string): Promise<void>;
}

export interface TestedServer {
  readonly port: number;
  readonly username: string;
  readonly fingerprint: string;
  /** A key that may log in, and a password; a server that can't take one has none. */
  readonly privateKey?: string;
  readonly password?: string;
  readonly files: ServerFiles;
  /** Resolves once nobody is connected any more, where the server tells. */
  idle?(): Promise<void>;
  stop(): Promise<void>;
}

/** How it is connected to, by way of a port of this machine. */
export const sftpConfigOf = ({ username, fingerprint }: TestedServer, port: number): SftpConfig => ({
  host: "127.0.0.1",
  port,
  username,
  hostKeys: [fingerprint],
  insecureIgnoreHostKey: false,
  maxConnections: 1,
  // For a machine that is busy with other tests.
  connectTimeoutSeconds: 60,
  operationTimeoutSeconds: 60,
  options: {},
});

/** Files in a folder of this machine. A server that remembers directories sees changes after `lag` milliseconds only. */
export const filesIn = (root: string, lag?: number): ServerFiles =>
  filesOf(partnerFiles(root, unprivilegedAccount()), lag);

/** The same for a partner of the stack. */
export const filesOf = (files: PartnerFiles, lag = 0): ServerFiles => ({
  write: async (path, content, seconds = 3600) => {
    files.write(path, content);
    const time = Date.now() / 1000 - seconds;
    utimesSync(files.path(path), time, time);
    if (lag > 0) await sleep(lag);
  },
  read: async (path) => (files.exists(path) ? files.read(path) : undefined),
  list: async (folder) => files.list(folder),
  mkdir: async (folder) => files.mkdir(folder),
});
