/** What both the bridge and its peers talk to: one OpenSSH server per round-trip time, one S3 server, a bare TCP server. */
import { execFileSync } from "node:child_process";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { connect } from "node:net";
import { join } from "node:path";
import { setDefaultCACertificates } from "node:tls";
import { makeCertificates } from "../stack/certificates.ts";
import { freePort } from "../stack/temporary.ts";
import { startServer } from "./processes.ts";
import type { Programs } from "./setup.mjs";

/** The partner as it is reached through one link. */
export interface Partner {
  /** Milliseconds. */
  readonly roundTrip: number;
  readonly host: string;
  readonly port: number;
  /** Address of the bare TCP server on the same way. */
  readonly pipe: string;
}

export interface Servers {
  readonly partners: readonly Partner[];
  readonly s3: string;
  /** Path of the certificate of the authority that vouches for S3. */
  readonly authority: string;
  readonly privateKey: string;
  readonly hostKey: string;
  readonly knownHosts: string;
  /** Configuration of rclone with the remotes `s3` and `p<round trip>`. */
  readonly rcloneConfig: string;
}

const sshPort = await freePort();
const pipePort = await freePort();
/** Another benchmark may run at the same time, without links at least. */
const s3Port = await freePort();
const namespace = "bridge-bench";

const answers = (host: string, port: number, source?: string) => (): Promise<boolean> =>
  new Promise((resolve) => {
    const socket = connect({ host, port, ...(source && { localAddress: source }) });
    const end = (there: boolean) => {
      socket.destroy();
      resolve(there);
    };
    socket.setTimeout(1_000, () => end(false));
    socket.once("connect", () => end(true)).once("error", () => end(false));
  });

const run = (program: string, ...args: string[]) => execFileSync(program, args, { encoding: "utf8" });

/**
 * What a command begins with so that it finds the account that root's sshd wants, which the installed package makes. Where
 * the machine has none, the command sees another list of accounts; nobody else does.
 */
const withSshdAccount = (folder: string): readonly string[] => {
  const accounts = readFileSync("/etc/passwd", "utf8");
  if (/^sshd:/m.test(accounts)) return [];
  const path = join(folder, "passwd");
  writeFileSync(path, `${accounts}sshd:x:65534:65534::/run/sshd:/bin/false\n`);
  return ["unshare", "--mount", "sh", "-c", `mount --bind ${path} /etc/passwd && exec "$@"`, "sshd"];
};

/** A folder that S3 shows as its buckets, and one that the partner serves, both below `folder`. */
export const startServers = async (
  programs: Programs,
  folder: string,
  roundTrips: readonly number[],
): Promise<Servers> => {
  const { openssh, native } = programs;
  const log = join(folder, "servers.log");
  mkdirSync(join(folder, "s3/bench"), { recursive: true });
  mkdirSync(join(folder, "partner"), { recursive: true });
  mkdirSync("/run/sshd", { recursive: true });
  const hostKey = join(folder, "host_key");
  const privateKey = join(folder, "s3/bench/user-key");
  for (const path of [hostKey, privateKey])
    run(openssh.keygen, "-q", "-t", "ed25519", "-N", "", "-C", "bench", "-f", path);

  const remote = roundTrips.filter((roundTrip) => roundTrip > 0);
  const partners: Partner[] = roundTrips.map((roundTrip) =>
    roundTrip === 0
      ? { roundTrip, host: "127.0.0.1", port: sshPort, pipe: `127.0.0.1:${pipePort}` }
      : { roundTrip, host: `10.213.${roundTrip}.2`, port: sshPort, pipe: `10.213.${roundTrip}.2:${pipePort}` },
  );
  const sshd = (address: string) => {
    const config = join(folder, `sshd-${address}.conf`);
    writeFileSync(
      config,
      [
        `ListenAddress ${address}:${sshPort}`,
        `HostKey ${hostKey}`,
        `AuthorizedKeysFile ${privateKey}.pub`,
        `PidFile none`,
        "PermitRootLogin yes",
        "StrictModes no",
        "UsePAM no",
        "UseDNS no",
        // Peers may open as many connections as they like.
        "MaxStartups 500",
        "MaxSessions 100",
        // A session whose link is gone ends.
        "ClientAliveInterval 5",
        "ClientAliveCountMax 3",
        `Subsystem sftp internal-sftp -d ${join(folder, "partner")}`,
        "",
      ].join("\n"),
    );
    return [...withSshdAccount(folder), openssh.sshd, "-D", "-e", "-f", config];
  };
  const options = { log, env: { LD_LIBRARY_PATH: openssh.libraries } };

  if (partners.length > remote.length) {
    await startServer(sshd("127.0.0.1"), { ...options, ready: answers("127.0.0.1", sshPort) });
    const at = `127.0.0.1:${pipePort}`;
    await startServer([native, "pipe", "serve", at], { ...options, ready: answers("127.0.0.1", pipePort) });
  }
  if (remote.length > 0) {
    try {
      run("ip", "netns", "del", namespace); // left by a run that was killed
    } catch {}
    run("ip", "netns", "add", namespace);
    run("ip", "-n", namespace, "link", "set", "lo", "up");
    const inside = ["ip", "netns", "exec", namespace];
    for (const { roundTrip, host } of partners.filter((partner) => partner.roundTrip > 0)) {
      const near = `10.213.${roundTrip}.1`;
      const link = [native, "link", `bench${roundTrip}`, namespace, near, host, `${roundTrip}ms`];
      await startServer(link, { ...options, ready: async () => tunIsUp(`bench${roundTrip}a`) });
      await startServer([...inside, ...sshd(host)], { ...options, ready: answers(host, sshPort) });
      await startServer([...inside, native, "pipe", "serve", `${host}:${pipePort}`], {
        ...options,
        ready: answers(host, pipePort),
      });
    }
  }

  const s3 = `127.0.0.1:${s3Port}`;
  const { authority, authorityPem, certificate, key } = makeCertificates(folder);
  // This process asks S3 as well; what it starts finds the authority in its environment.
  setDefaultCACertificates([authorityPem]);
  process.env["NODE_EXTRA_CA_CERTS"] = authority;
  await startServer([native, "s3", s3, join(folder, "s3"), certificate, key], {
    log,
    ready: answers("127.0.0.1", s3Port),
  });

  const hostPublic = run("cat", `${hostKey}.pub`).split(" ").slice(0, 2).join(" ");
  const knownHosts = join(folder, "known_hosts");
  writeFileSync(knownHosts, partners.map(({ host }) => `[${host}]:${sshPort} ${hostPublic}\n`).join(""));
  const rcloneConfig = join(folder, "rclone.conf");
  writeFileSync(
    rcloneConfig,
    [
      "[s3]\ntype = s3\nprovider = Other\naccess_key_id = bench\nsecret_access_key = bench",
      `endpoint = https://${s3}\nforce_path_style = true\nregion = us-east-1\nlist_version = 2`,
      ...partners.map(
        ({ roundTrip, host }) =>
          `[p${roundTrip}]\ntype = sftp\nhost = ${host}\nport = ${sshPort}\nuser = root\nkey_file = ${privateKey}\nknown_hosts_file = ${knownHosts}\nshell_type = none`,
      ),
      "",
    ].join("\n"),
  );
  const fingerprint = run(openssh.keygen, "-lf", `${hostKey}.pub`).split(" ")[1] ?? "";
  return { partners, s3: `https://${s3}`, authority, privateKey, hostKey: fingerprint, knownHosts, rcloneConfig };
};

const tunIsUp = (device: string): boolean => {
  try {
    return /state (UNKNOWN|UP)|LOWER_UP/.test(run("ip", "link", "show", device));
  } catch {
    return false;
  }
};

/** Takes the links' namespace away; their devices go with their processes. */
export const removeLinks = (): void => {
  try {
    execFileSync("ip", ["netns", "del", namespace], { stdio: "ignore" });
  } catch {}
};
