// A real OpenSSH server that lets one unprivileged account in, on a free port of 127.0.0.1.
import { execFileSync } from "node:child_process";
import { chmodSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type KeyPair, makeKey } from "./keys.ts";
import { isRoot, type PartnerFiles, partnerFiles, unprivilegedAccount } from "./partner.ts";
import { removal, supervise } from "./process.ts";
import { giveTo, runSshd } from "./sshd-server.ts";
import { freePort, temporaryFolder, until } from "./temporary.ts";

export type SshdOptions = {
  /** Size of the partner's disk in bytes: a file system of that size where one may be mounted, else a limit on each file's size. */
  readonly diskBytes?: number;
  /** Types of the server's host keys; ed25519 alone unless said. */
  readonly hostKeys?: readonly ("ed25519" | "ecdsa" | "rsa")[];
  /** Further lines of sshd_config, such as `{ MaxSessions: 1, MaxStartups: "2:100:2", Ciphers: "aes128-ctr" }`. */
  readonly config?: Readonly<Record<string, string | number>>;
  /** Arguments of internal-sftp, such as `["-R"]` (read-only) or `["-P", "rename"]` (refuse that request). */
  readonly sftp?: readonly string[];
};

/** A running server. `files` is the folder that clients find themselves in, what relative paths start from. */
export type Sshd = {
  readonly host: "127.0.0.1";
  readonly port: number;
  readonly username: string;
  /** The log-in folder's absolute path, for clients too: the server is not confined, so `..` and `/` lead out of it. */
  readonly root: string;
  readonly files: PartnerFiles;
  /** The first host key's fingerprint, and all of them; they change with `rotateHostKeys`. */
  readonly fingerprint: string;
  readonly fingerprints: readonly string[];
  /** A line per host key in the format of known_hosts. */
  readonly knownHosts: string;
  /** Keys that may log in: one without, one with a passphrase. */
  readonly key: KeyPair;
  readonly lockedKey: KeyPair & { readonly passphrase: string };
  /** A key that may not. */
  readonly strangerKey: KeyPair;
  readonly log: () => string;
  /** Process ids of the open sessions, for SIGSTOP and the like. */
  readonly sessions: () => number[];
  /** Resolves once nobody is connected: what was under way is over, and recorded. For before a server is taken away. */
  readonly idle: () => Promise<void>;
  /** Ends every session with SIGKILL, at whatever byte it is; the server stays up. */
  readonly cut: () => void;
  /** Ends the server and every session; the port is closed, the files stay. */
  readonly down: () => Promise<void>;
  /** Starts it again on the same port. */
  readonly up: () => Promise<void>;
  /** Restarts it with new host keys; a client that pinned the old ones must refuse it. */
  readonly rotateHostKeys: () => Promise<void>;
  /** Ends it and removes everything. */
  readonly stop: () => Promise<void>;
};

const passphrase = "correct horse battery staple";

/** Starts a server; several can run side by side. */
export async function startSshd(options: SshdOptions = {}): Promise<Sshd> {
  const folder = temporaryFolder("sshd");
  const root = join(folder, "root");
  // Lives as long as we do, and takes folder and disk with it at the end; the server itself may go and come back.
  const keeper = supervise("sleep", ["1000000"], { env: process.env, atEnd: removal(folder, root) });
  try {
    return await start(folder, root, keeper.stop, options);
  } catch (error) {
    await keeper.stop();
    throw error;
  }
}

async function start(folder: string, root: string, remove: () => Promise<void>, options: SshdOptions): Promise<Sshd> {
  const account = unprivilegedAccount();
  const port = await freePort();
  chmodSync(folder, 0o711);
  mkdirSync(root);
  const mounted = options.diskBytes !== undefined && mountDisk(root, options.diskBytes);
  giveTo(account, root);
  const key = makeKey(folder, "user");
  const lockedKey = { ...makeKey(folder, "locked", { passphrase }), passphrase };
  const strangerKey = makeKey(folder, "stranger");
  writeFileSync(join(folder, "authorized_keys"), `${key.publicKey}\n${lockedKey.publicKey}\n`);
  let generation = 0;
  const newHostKeys = () => {
    generation++;
    return (options.hostKeys ?? ["ed25519"]).map((type) => makeKey(folder, `host-${type}-${generation}`, { type }));
  };
  let hostKeys = newHostKeys();
  const run = () =>
    runSshd({
      folder,
      root,
      port,
      account,
      hostKeys,
      config: options.config ?? {},
      sftp: options.sftp ?? [],
      ...(options.diskBytes === undefined || mounted ? {} : { fileBytes: options.diskBytes }),
    });
  let server = await run();
  return {
    host: "127.0.0.1",
    port,
    username: account.name,
    root,
    files: partnerFiles(root, account),
    get fingerprint() {
      return hostKeys[0]?.fingerprint ?? "";
    },
    get fingerprints() {
      return hostKeys.map(({ fingerprint }) => fingerprint);
    },
    get knownHosts() {
      return hostKeys
        .map(({ publicKey }) => `[127.0.0.1]:${port} ${publicKey.split(" ").slice(0, 2).join(" ")}`)
        .join("\n");
    },
    key,
    lockedKey,
    strangerKey,
    log: () => readFileSync(join(folder, "sshd.log"), "utf8"),
    sessions: () => server.sessions(),
    idle: async () => {
      await until("the server's sessions to end", 60, () => server.sessions().length === 0 || undefined, 50);
    },
    cut: () => {
      for (const pid of server.sessions())
        try {
          process.kill(pid, "SIGKILL");
        } catch (error) {
          // Gone with the one before it, of which it was a part.
          if ((error as NodeJS.ErrnoException).code !== "ESRCH") throw error;
        }
    },
    down: () => server.stop(),
    up: async () => {
      server = await run();
    },
    rotateHostKeys: async () => {
      await server.stop();
      hostKeys = newHostKeys();
      server = await run();
    },
    stop: async () => {
      await server.stop();
      await remove();
    },
  };
}

/** Mounts a memory file system of the given size; false where we may not. */
function mountDisk(folder: string, bytes: number): boolean {
  if (!isRoot()) return false;
  try {
    execFileSync("mount", ["-t", "tmpfs", "-o", `size=${bytes},mode=755`, "tmpfs", folder], { stdio: "ignore" });
    return true;
  } catch {
    return false;
  }
}
