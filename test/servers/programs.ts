// Starts the servers that the stack doesn't: ProFTPD, Apache MINA SSHD and rclone, each over a folder of its own, with a
// key and a password that may log in.
import { execFileSync } from "node:child_process";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { connect } from "node:net";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { provideMina, provideProftpd, provideRclone } from "../../scripts/setup/servers.mjs";
import { type KeyOptions, makeKey } from "../stack/keys.ts";
import { isRoot, unprivilegedAccount } from "../stack/partner.ts";
import { removal, type Supervised, supervise } from "../stack/process.ts";
import { giveTo } from "../stack/sshd-server.ts";
import { freePort, temporaryFolder, until } from "../stack/temporary.ts";
import { filesIn, type TestedServer } from "./server.ts";

const username = "us";
const password = "s3cret";

const prepare = (name: string, type: NonNullable<KeyOptions["type"]>) => {
  const folder = temporaryFolder(name);
  const root = join(folder, "root");
  mkdirSync(root);
  const account = unprivilegedAccount();
  for (const path of [folder, root]) giveTo(account, path);
  const hostKey = makeKey(folder, "host", { type });
  const key = makeKey(folder, "user", { type });
  const log = join(folder, "log");
  return { folder, root, account, hostKey, key, log };
};

type Place = ReturnType<typeof prepare>;

const environment = (folder: string, more: NodeJS.ProcessEnv = {}): NodeJS.ProcessEnv => ({
  PATH: process.env["PATH"],
  HOME: folder,
  LANG: "C.UTF-8",
  ...more,
});

const tested = ({ root, hostKey, key }: Place, port: number, { stop }: Supervised): TestedServer => ({
  port,
  username,
  password,
  privateKey: key.privateKey,
  fingerprint: hostKey.fingerprint,
  files: filesIn(root),
  stop,
});

/** Waits for the port; throws with what the program printed where it ends or doesn't come up. */
const listening = async (server: Supervised, name: string, port: number, log: string): Promise<void> => {
  const ended = server.exited.then((status) => {
    throw new Error(`${name} ended with status ${status}:\n${readFileSync(log, "utf8").slice(-2000)}`);
  });
  ended.catch(() => {});
  const answers = () =>
    new Promise<true>((resolve, reject) => {
      const socket = connect(port, "127.0.0.1", () => resolve(true)).once("error", reject);
      socket.once("connect", () => socket.destroy());
    });
  try {
    await Promise.race([until(`${name} to listen`, 30, answers, 50), ended]);
  } catch (error) {
    await server.stop();
    throw error;
  }
};

/** ProFTPD with mod_sftp as Debian configures it, with accounts of its own. */
export const startProftpd = async (): Promise<TestedServer> => {
  const { program, modules, libraries } = await provideProftpd();
  const place = prepare("proftpd", "ed25519");
  const { folder, root, account, hostKey, key, log } = place;
  const at = (name: string) => join(folder, name);
  const port = await freePort();
  // In crypt's format, which Node can't make.
  const hash = execFileSync("openssl", ["passwd", "-6", password], { encoding: "utf8" }).trim();
  writeFileSync(at("passwd"), `${username}:${hash}:${account.uid}:${account.gid}::${root}:/bin/false\n`, {
    mode: 0o600,
  });
  writeFileSync(at("group"), `${username}:x:${account.gid}:${username}\n`, { mode: 0o600 });
  writeFileSync(at("keys"), execFileSync("ssh-keygen", ["-e", "-f", `${key.path}.pub`]));
  for (const name of ["passwd", "group", "keys"]) giveTo(account, at(name));
  const lines = [
    "ServerType standalone",
    "DefaultAddress 127.0.0.1",
    `Port ${port}`,
    `ModulePath ${modules}`,
    "LoadModule mod_sftp.c",
    ...(isRoot() ? [`User ${account.name}`, "Group daemon"] : []),
    "UseIPv6 off",
    `PidFile ${at("pid")}`,
    `ScoreboardFile ${at("scoreboard")}`,
    "DelayEngine off",
    "WtmpLog off",
    `SystemLog ${log}`,
    "AuthOrder mod_auth_file.c",
    `AuthUserFile ${at("passwd")}`,
    `AuthGroupFile ${at("group")}`,
    "RequireValidShell off",
    "SFTPEngine on",
    `SFTPHostKey ${hostKey.path}`,
    "SFTPAuthMethods publickey password",
    `SFTPAuthorizedUserKeys file:${at("keys")}`,
    // As in Debian's proftpd.conf.
    "<Directory />",
    "  AllowOverwrite on",
    "</Directory>",
  ];
  writeFileSync(at("proftpd.conf"), `${lines.join("\n")}\n`);
  const env = environment(folder, libraries === "" ? {} : { LD_LIBRARY_PATH: libraries });
  const server = supervise(program, ["-n", "-c", at("proftpd.conf")], { env, log, cwd: "/", atEnd: removal(folder) });
  await listening(server, "ProFTPD", port, log);
  return tested(place, port, server);
};

/** Apache MINA SSHD as it comes: without a library of its own for Ed25519, so with ECDSA keys. */
export const startMina = async (): Promise<TestedServer> => {
  const { java, classpath } = await provideMina();
  const place = prepare("mina", "ecdsa");
  const { folder, root, hostKey, key } = place;
  const options = ["-Xmx256m", "-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC", "-Dfile.encoding=UTF-8"];
  const server = supervise(
    java,
    [...options, "-cp", classpath, "Server", root, hostKey.path, `${key.path}.pub`, username, password],
    { env: environment(folder), atEnd: removal(folder) },
  );
  const errors: string[] = [];
  server.child.stderr?.on("data", (chunk: Buffer) => errors.push(chunk.toString()));
  const { stdout } = server.child;
  const port = await Promise.race([
    new Promise<number>((resolve) => {
      if (stdout !== null) createInterface({ input: stdout }).once("line", (line) => resolve(Number(line)));
    }),
    server.exited.then((status) => {
      throw new Error(`Apache MINA SSHD ended with status ${status}:\n${errors.join("").slice(-2000)}`);
    }),
  ]);
  return tested(place, port, server);
};

/** Milliseconds for which rclone remembers a directory; with 0 it does nothing but forget. */
const remembers = 50;

/** `rclone serve sftp`, told not to remember directories for long, since the partner's other programs write to them as well. */
export const startRclone = async (): Promise<TestedServer> => {
  const program = await provideRclone();
  const place = prepare("rclone", "ed25519");
  const { folder, root, hostKey, key, log } = place;
  const port = await freePort();
  const server = supervise(
    program,
    [
      ...["serve", "sftp", "--addr", `127.0.0.1:${port}`, "--user", username, "--pass", password],
      ...["--authorized-keys", `${key.path}.pub`, "--key", hostKey.path],
      ...[
        "--config",
        join(folder, "rclone.conf"),
        "--cache-dir",
        join(folder, "cache"),
        "--dir-cache-time",
        `${remembers}ms`,
      ],
      root,
    ],
    { env: environment(folder), log, atEnd: removal(folder) },
  );
  await listening(server, "rclone serve sftp", port, log);
  return { ...tested(place, port, server), files: filesIn(root, 3 * remembers) };
};
