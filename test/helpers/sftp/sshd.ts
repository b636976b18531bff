import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { connect, createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { SftpConfig } from "../../../lambda/src/config/types.ts";

/** A real OpenSSH server on a free loopback port, with a directory of its own. */
export interface Sshd {
  readonly config: SftpConfig;
  readonly privateKey: string;
  /** Where the tests keep their files. */
  readonly root: string;
  /** A public host key, as in `ssh-ed25519 AAAA… comment`. */
  hostKey(type: "ed25519" | "rsa" | "ecdsa"): string;
  stop(): Promise<void>;
}

const sshdPath = "/usr/sbin/sshd";

export const freePort = async (): Promise<number> => {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as { port: number };
  server.close();
  await once(server, "close");
  return port;
};

/** Starts it with further lines of sshd_config in front, which win. Fails, saying how to install it, if there is none. */
export const startSshd = async (lines: readonly string[] = []): Promise<Sshd> => {
  if (!existsSync(sshdPath)) throw new Error("No OpenSSH server: apt-get install -y openssh-server");
  mkdirSync("/run/sshd", { recursive: true });
  const directory = mkdtempSync(join(tmpdir(), "sshd-"));
  const root = join(directory, "files");
  mkdirSync(root);
  const keygen = (type: string, name: string) =>
    execFileSync("ssh-keygen", ["-q", "-t", type, "-N", "", "-f", join(directory, name)]);
  for (const type of ["ed25519", "rsa", "ecdsa"]) keygen(type, `host_${type}`);
  keygen("ed25519", "user");
  const port = await freePort();
  writeFileSync(
    join(directory, "config"),
    [
      ...lines,
      `Port ${port}`,
      "ListenAddress 127.0.0.1",
      ...["ed25519", "rsa", "ecdsa"].map((type) => `HostKey ${join(directory, `host_${type}`)}`),
      `AuthorizedKeysFile ${join(directory, "user.pub")}`,
      "StrictModes no",
      "PermitRootLogin yes",
      "PasswordAuthentication no",
      "UsePAM no",
      "PidFile none",
      "MaxStartups 200",
      "MaxSessions 20",
      "Subsystem sftp internal-sftp",
      "",
    ].join("\n"),
  );
  const child = spawn(sshdPath, ["-D", "-e", "-f", join(directory, "config")], { stdio: ["ignore", "ignore", "pipe"] });
  let log = "";
  child.stderr.on("data", (chunk) => {
    log += chunk;
  });
  const exited = once(child, "exit");
  for (let tries = 0; ; tries += 1) {
    const socket = connect(port, "127.0.0.1");
    const up = await once(socket, "connect").then(
      () => true,
      () => false,
    );
    socket.destroy();
    if (up) break;
    if (tries > 100 || child.exitCode !== null) throw new Error(`sshd did not start: ${log}`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  const hostKey: Sshd["hostKey"] = (type) => readFileSync(join(directory, `host_${type}.pub`), "utf8").trim();
  return {
    root,
    hostKey,
    privateKey: readFileSync(join(directory, "user"), "utf8"),
    config: {
      host: "127.0.0.1",
      port,
      username: "root",
      hostKeys: [hostKey("ed25519")],
      insecureIgnoreHostKey: false,
      maxConnections: 1,
      connectTimeoutSeconds: 10,
      operationTimeoutSeconds: 10,
      options: {},
    },
    async stop() {
      child.kill("SIGTERM");
      await exited;
      rmSync(directory, { recursive: true, force: true });
    },
  };
};
