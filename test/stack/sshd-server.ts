// One run of sshd: its configuration file, its process, its end.
import { chownSync, cpSync, existsSync, readFileSync, writeFileSync } from "node:fs";
import { connect } from "node:net";
import { basename, join } from "node:path";
import { type KeyPair, sshEnvironment } from "./keys.ts";
import { type Account, isRoot } from "./partner.ts";
import { supervise } from "./process.ts";
import { until } from "./temporary.ts";
import { tools } from "./tools.ts";

export type SshdRun = {
  /** Ends the server and every session. */
  readonly stop: () => Promise<void>;
  /** Process ids of all sessions, to end or to freeze. */
  readonly sessions: () => number[];
};

export type SshdSetup = {
  /** Holds `authorized_keys`; the configuration, the log and the process id are written to it. */
  readonly folder: string;
  /** Where clients find themselves after log-in. */
  readonly root: string;
  readonly port: number;
  readonly account: Account;
  readonly hostKeys: readonly KeyPair[];
  readonly config: Readonly<Record<string, string | number>>;
  readonly sftp: readonly string[];
  /** Limit on the size of a file in bytes, for where no file system can be mounted. */
  readonly fileBytes?: number;
};

/** Starts sshd as the account that it lets in (one that isn't root can let in no other) and waits until it answers. */
export async function runSshd(setup: SshdSetup): Promise<SshdRun> {
  const { folder, account, port } = setup;
  const { sshd, env } = programIn(folder);
  const config = join(folder, "sshd_config");
  const pidFile = join(folder, "sshd.pid");
  const log = join(folder, "sshd.log");
  writeFileSync(config, configuration(setup, pidFile));
  writeFileSync(pidFile, "");
  writeFileSync(log, "", { flag: "a" });
  for (const { path } of setup.hostKeys) giveTo(account, path);
  giveTo(account, pidFile);
  const command = [sshd, "-D", "-e", "-f", config];
  // A file that grows past the limit must fail with an error, as on a full disk, not end the session with a signal.
  if (setup.fileBytes !== undefined)
    command.unshift("bash", "-c", `trap '' XFSZ; ulimit -f ${Math.floor(setup.fileBytes / 1024)}; exec "$@"`, "limit");
  if (isRoot()) command.unshift("setpriv", `--reuid=${account.uid}`, `--regid=${account.gid}`, "--clear-groups");
  const [program = "", ...args] = command;
  const server = supervise(program, args, { env, log, cwd: "/" });
  const ended = server.exited.then((status) => {
    throw new Error(`sshd ended with status ${status} while starting:\n${readFileSync(log, "utf8").slice(-2000)}`);
  });
  ended.catch(() => undefined);
  try {
    await Promise.race([until("sshd to answer", 15, () => greets(port), 50), ended]);
  } catch (error) {
    await server.stop();
    throw error;
  }
  return { stop: server.stop, sessions: () => descendants(Number(readFileSync(pidFile, "utf8"))) };
}

/**
 * The program as the account can run it. An unpacked one lies in the cache, which may be in a home that only root can
 * enter; sshd starts itself anew, with its libraries, for each connection.
 */
function programIn(folder: string): { sshd: string; env: NodeJS.ProcessEnv } {
  const { openssh } = tools();
  const env = sshEnvironment();
  if (openssh.libraries === "" || !isRoot()) return { sshd: openssh.sshd, env };
  const sshd = join(folder, basename(openssh.sshd));
  const libraries = join(folder, "libraries");
  if (!existsSync(sshd)) {
    cpSync(openssh.sshd, sshd);
    cpSync(openssh.libraries, libraries, { recursive: true, verbatimSymlinks: true });
  }
  return { sshd, env: { ...env, LD_LIBRARY_PATH: libraries } };
}

function configuration({ folder, root, port, hostKeys, config, sftp }: SshdSetup, pidFile: string): string {
  // sshd takes the first value of a keyword, so what the caller says comes first.
  const lines = {
    ...config,
    ListenAddress: `127.0.0.1:${port}`,
    PidFile: pidFile,
    AuthorizedKeysFile: join(folder, "authorized_keys"),
    StrictModes: "no",
    UsePAM: "no",
    UseDNS: "no",
    PasswordAuthentication: "no",
    KbdInteractiveAuthentication: "no",
    LogLevel: "VERBOSE",
    ...config,
    Subsystem: ["sftp internal-sftp", "-d", root, ...sftp].join(" "),
  };
  return [
    ...hostKeys.map(({ path }) => `HostKey ${path}`),
    ...Object.entries(lines).map(([keyword, value]) => `${keyword} ${value}`),
    "",
  ].join("\n");
}

/** Gives a file or folder to the account, where we may. */
export function giveTo(account: Account, path: string): void {
  if (isRoot()) chownSync(path, account.uid, account.gid);
}

/** All processes below `pid`: a session is three of them, of which the last serves files. */
function descendants(pid: number): number[] {
  const children = childrenOf(pid);
  return [...children, ...children.flatMap(descendants)];
}

function childrenOf(pid: number): number[] {
  try {
    return readFileSync(`/proc/${pid}/task/${pid}/children`, "utf8").split(" ").filter(Boolean).map(Number);
  } catch {
    return [];
  }
}

/** A server is up when it sends its banner: before, the port may be open and nobody behind it. */
function greets(port: number): Promise<true> {
  return new Promise((resolve, reject) => {
    const socket = connect(port, "127.0.0.1");
    socket.setTimeout(2_000, () => socket.destroy(new Error("no banner in 2 s")));
    socket.once("data", () => {
      socket.destroy();
      resolve(true);
    });
    socket.once("error", reject);
    socket.once("close", () => reject(new Error("closed without a banner")));
  });
}
