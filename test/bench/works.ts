/** Pieces of work, and who does each of them. */
import { existsSync, readdirSync, readFileSync, rmSync, statSync } from "node:fs";
import { join } from "node:path";
import type { BridgeResult, BridgeRun } from "./bridge.ts";
import type { FileSet, FileSets } from "./data.ts";
import {
  lftpList,
  lftpPull,
  lftpPush,
  openSshPull,
  openSshPush,
  type PeerCommand,
  plain,
  rcloneBest,
  rcloneList,
  rclonePull,
  rclonePush,
} from "./peers.ts";

export interface Contender {
  readonly name: string;
  readonly bridge?: Pick<BridgeRun, "maxConnections" | "after" | "listOnly">;
  readonly command?: PeerCommand;
  /** The bridge of the checkout that `--before` names. */
  readonly before?: boolean;
  /** Takes minutes where there is a round trip: run once there, and not at all with --quick. */
  readonly slow?: boolean;
  /** Only with a round trip up to this. Milliseconds. */
  readonly upTo?: number;
}

export interface Work {
  readonly name: string;
  readonly direction: "push" | "pull";
  readonly set: keyof FileSets;
  /** Nothing is moved. */
  readonly lists?: boolean;
  readonly contenders: readonly Contender[];
}

const bridge = (maxConnections: number, more: Partial<NonNullable<Contender["bridge"]>> = {}): Contender => ({
  name: `bridge, ${maxConnections} connection${maxConnections > 1 ? "s" : ""}`,
  bridge: { maxConnections, ...more },
});
const rclone = (of: (flags: readonly string[]) => PeerCommand): Contender[] => [
  { name: "rclone, best flags", command: of(rcloneBest) },
  { name: "rclone", command: of([]), slow: true },
];

export const works: readonly Work[] = [
  {
    name: "push one large file",
    direction: "push",
    set: "large",
    contenders: [
      bridge(4),
      bridge(1),
      ...rclone(rclonePush),
      { name: "OpenSSH sftp (local file)", command: openSshPush },
      { name: "lftp (local file)", command: lftpPush, slow: true },
      { name: "ssh2-sftp-client", command: plain("push"), slow: true, upTo: 20 },
    ],
  },
  {
    name: "pull one large file",
    direction: "pull",
    set: "large",
    contenders: [
      bridge(4),
      bridge(1),
      ...rclone(rclonePull),
      { name: "OpenSSH sftp (local file)", command: openSshPull },
      { name: "lftp (local file)", command: lftpPull, slow: true },
      { name: "ssh2-sftp-client", command: plain("pull"), slow: true, upTo: 20 },
    ],
  },
  {
    name: "push small files",
    direction: "push",
    set: "small",
    contenders: [
      bridge(1),
      ...rclone(rclonePush),
      { name: "lftp (local files)", command: lftpPush, slow: true },
      { name: "ssh2-sftp-client", command: plain("push"), slow: true, upTo: 20 },
    ],
  },
  {
    name: "pull small files",
    direction: "pull",
    set: "small",
    contenders: [
      bridge(1),
      ...rclone(rclonePull),
      { name: "lftp (local files)", command: lftpPull, slow: true },
      { name: "ssh2-sftp-client", command: plain("pull"), slow: true, upTo: 20 },
    ],
  },
  {
    name: "list a directory",
    direction: "pull",
    set: "list",
    lists: true,
    contenders: [
      bridge(1, { listOnly: true }),
      { name: "rclone", command: rcloneList },
      { name: "lftp", command: lftpList },
    ],
  },
  {
    name: "push a mixed tree",
    direction: "push",
    set: "mixed",
    contenders: [bridge(4), { ...bridge(1), slow: true }, ...rclone(rclonePush)],
  },
  {
    name: "pull a mixed tree",
    direction: "pull",
    set: "mixed",
    contenders: [bridge(4), { ...bridge(1), slow: true }, ...rclone(rclonePull)],
  },
];

/** Every file is where it should be, as large as it should be, and nothing else; the first and the last, byte by byte. */
export const verify = (set: FileSet, from: string, to: string): void => {
  const found = existsSync(to)
    ? readdirSync(to, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile()).length
    : 0;
  if (found !== set.files.size) throw new Error(`${found} of ${set.files.size} files arrived in ${to}`);
  for (const [path, size] of set.files) {
    const there = statSync(join(to, path)).size;
    if (there !== size) throw new Error(`${path}: ${there} of ${size} bytes arrived`);
  }
  const paths = [...set.files.keys()];
  for (const path of [paths[0] ?? "", paths.at(-1) ?? ""]) {
    if (!readFileSync(join(from, path)).equals(readFileSync(join(to, path))))
      throw new Error(`${path} is another file`);
  }
};

export const clear = (folder: string): void => rmSync(folder, { recursive: true, force: true });

export interface Figure {
  readonly work: string;
  readonly contender: string;
  readonly isBridge: boolean;
  readonly roundTrip: number;
  /** MB of the function in whose share of the machine it ran; the whole machine where there is none. */
  readonly box?: number | undefined;
  readonly runs: readonly { readonly wall: number; readonly cpu: number; readonly memory: number }[];
  readonly bridge?: Pick<BridgeResult, "journal" | "startMs" | "loadMs" | "invocations">;
}
