/** The other programs, each with its command line for a piece of work. */
import { join } from "node:path";
import type { FileSet } from "./data.ts";
import type { Partner, Servers } from "./servers.ts";
import type { Programs } from "./setup.mjs";

export interface PeerRun {
  readonly programs: Programs;
  readonly servers: Servers;
  /** Holds `s3/bench` and `partner`. */
  readonly folder: string;
  readonly set: FileSet;
  readonly partner: Partner;
  readonly target: string;
}

export type PeerCommand = (run: PeerRun) => readonly string[];

/** Flags that should be fastest by rclone's documentation; not each was tried by itself. */
const best = [
  "--transfers=64",
  "--checkers=64",
  "--no-check-dest",
  "--ignore-checksum",
  "--inplace",
  "--multi-thread-streams=8",
  "--multi-thread-cutoff=32Mi",
  "--sftp-concurrency=128",
  "--sftp-chunk-size=255Ki",
  "--sftp-disable-hashcheck",
  "--sftp-set-modtime=false",
  "--s3-no-head",
  "--s3-no-check-bucket",
  "--s3-upload-concurrency=8",
  "--s3-disable-checksum",
  "--use-server-modtime",
];

const rclone = (run: PeerRun, from: string, to: string, flags: readonly string[]) => [
  run.programs.rclone,
  "copy",
  "--config",
  run.servers.rcloneConfig,
  "--ca-cert",
  run.servers.authority,
  ...flags,
  from,
  to,
];
const remote = ({ partner }: PeerRun, path: string) => `p${partner.roundTrip}:${path}`;

export const rclonePush =
  (flags: readonly string[]): PeerCommand =>
  (run) =>
    rclone(run, `s3:bench/${run.set.name}`, remote(run, run.target), flags);
export const rclonePull =
  (flags: readonly string[]): PeerCommand =>
  (run) =>
    rclone(run, remote(run, run.set.name), `s3:bench/${run.target}`, flags);
export const rcloneList: PeerCommand = (run) => [
  run.programs.rclone,
  "lsf",
  "--config",
  run.servers.rcloneConfig,
  remote(run, run.set.name),
];
export const rcloneBest = best;

const sshOptions = ({ servers }: PeerRun) => [
  `-oUserKnownHostsFile=${servers.knownHosts}`,
  `-oIdentityFile=${servers.privateKey}`,
  "-oIdentitiesOnly=yes",
  "-oBatchMode=yes",
];

const sh = (script: string) => ["sh", "-ec", script];

/** OpenSSH's own client, from and to a local file: it knows no S3, so it has less to do. */
export const openSshPush: PeerCommand = (run) => {
  const { programs, partner, folder, set, target } = run;
  const local = join(folder, "s3/bench", set.name, "large.dat");
  return sh(
    `echo 'mkdir ${target}\nput ${local} ${target}/' | ${programs.openssh.sftp} -b - -P ${partner.port} ${sshOptions(run).join(" ")} root@${partner.host}`,
  );
};
export const openSshPull: PeerCommand = (run) => {
  const { programs, partner, folder, set, target } = run;
  const local = join(folder, "s3/bench", target);
  return sh(
    `mkdir -p ${local}; echo 'get ${set.name}/large.dat ${local}/' | ${programs.openssh.sftp} -b - -P ${partner.port} ${sshOptions(run).join(" ")} root@${partner.host}`,
  );
};

const lftp = (run: PeerRun, commands: string) => [
  run.programs.lftp,
  "-c",
  `set sftp:connect-program "ssh -a -x ${sshOptions(run).join(" ")}"; set sftp:max-packets-in-flight 128; set net:max-retries 2; set cmd:fail-exit yes; open -u root,x -p ${run.partner.port} sftp://${run.partner.host}; ${commands}`,
];
/** From and to local files, as above. */
export const lftpPush: PeerCommand = (run) =>
  lftp(run, `mirror -R --parallel=16 ${join(run.folder, "s3/bench", run.set.name)} ${run.target}`);
export const lftpPull: PeerCommand = (run) =>
  lftp(run, `mirror --parallel=16 --use-pget-n=4 ${run.set.name} ${join(run.folder, "s3/bench", run.target)}`);
export const lftpList: PeerCommand = (run) => lftp(run, `cls -1 ${run.set.name}`);

/** What a first version would be: ssh2-sftp-client's put and get, one file after the other. */
export const plain =
  (direction: "push" | "pull"): PeerCommand =>
  ({ servers, partner, set, target }) => [
    process.execPath,
    join(import.meta.dirname, "plain-client.ts"),
    JSON.stringify({
      direction,
      s3: servers.s3,
      host: partner.host,
      port: partner.port,
      privateKey: servers.privateKey,
      folder: set.name,
      target,
      files: [...set.files.keys()],
    }),
  ];
