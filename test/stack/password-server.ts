// An SFTP server of another make (asyncssh) that asks for a password, confined to its folder.
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { makeKey } from "./keys.ts";
import { type PartnerFiles, partnerFiles, unprivilegedAccount } from "./partner.ts";
import { removal, supervise } from "./process.ts";
import { temporaryFolder } from "./temporary.ts";
import { tools } from "./tools.ts";

export type PasswordServerOptions = {
  readonly username?: string;
  readonly password?: string;
  /** How it lets people in; "password" alone unless said. */
  readonly methods?: readonly ("password" | "keyboard-interactive")[];
  /** Prompts in keyboard-interactive: the first wants the password, any further the word `yes`. */
  readonly questions?: number;
};

/** A running server; clients see `files` as `/`. */
export type PasswordServer = {
  readonly host: "127.0.0.1";
  readonly port: number;
  readonly username: string;
  readonly password: string;
  readonly fingerprint: string;
  readonly knownHosts: string;
  readonly files: PartnerFiles;
  readonly stop: () => Promise<void>;
};

/** Starts a server; several can run side by side. */
export async function startPasswordServer(options: PasswordServerOptions = {}): Promise<PasswordServer> {
  const { username = "partner", password = "s3cret $pass'word\"", methods = ["password"], questions = 1 } = options;
  const folder = temporaryFolder("password-server");
  const root = join(folder, "root");
  mkdirSync(root);
  const hostKey = makeKey(folder, "host");
  const settings = { root, port: 0, users: { [username]: password }, methods, questions, host_key: hostKey.path };
  const program = fileURLToPath(new URL("password_server.py", import.meta.url));
  const server = supervise(tools().python, [program, JSON.stringify(settings)], {
    env: { PATH: process.env["PATH"], LANG: "C.UTF-8", PYTHONUNBUFFERED: "1" },
    atEnd: removal(folder),
  });
  const port = await firstLine(server).catch(async (error: unknown) => {
    await server.stop();
    throw error;
  });
  return {
    host: "127.0.0.1",
    port,
    username,
    password,
    fingerprint: hostKey.fingerprint,
    knownHosts: `[127.0.0.1]:${port} ${hostKey.publicKey.split(" ").slice(0, 2).join(" ")}`,
    files: partnerFiles(root, unprivilegedAccount()),
    stop: server.stop,
  };
}

/** The port from the line that the server prints when it listens; throws with what it printed where it ends before. */
async function firstLine({ child, exited }: ReturnType<typeof supervise>): Promise<number> {
  const errors: string[] = [];
  child.stderr?.on("data", (chunk: Buffer) => errors.push(chunk.toString()));
  const line = new Promise<string>((resolve) => {
    if (child.stdout !== null) createInterface({ input: child.stdout }).once("line", resolve);
  });
  const ended = exited.then((status) => {
    throw new Error(`the password server ended with status ${status}:\n${errors.join("")}`);
  });
  ended.catch(() => undefined);
  return (JSON.parse(await Promise.race([line, ended])) as { port: number }).port;
}
