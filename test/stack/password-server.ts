// An SFTP server of another make (asyncssh) that asks for a password, confined to its folder.
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { type KeyPair, makeKey } from "./keys.ts";
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
  /** It repeats passwords in its banner, its refusals and its errors, and takes no file. */
  readonly indiscreet?: boolean;
  /** Lets `key` in as well. */
  readonly withKey?: boolean;
};

/** A running server; clients see `files` as `/`. */
export type PasswordServer = {
  readonly host: "127.0.0.1";
  readonly port: number;
  readonly username: string;
  readonly password: string;
  /** A key that may log in, if the server was told so. */
  readonly key: KeyPair;
  readonly fingerprint: string;
  readonly knownHosts: string;
  readonly files: PartnerFiles;
  /** Restarts it with another password. */
  readonly changePassword: (password: string) => Promise<void>;
  readonly stop: () => Promise<void>;
};

/** Starts a server; several can run side by side. */
export async function startPasswordServer(options: PasswordServerOptions = {}): Promise<PasswordServer> {
  const { username = "partner", methods = ["password"], questions = 1, indiscreet = false, withKey = false } = options;
  let { password = "s3cret $pass'word\"" } = options;
  const folder = temporaryFolder("password-server");
  const root = join(folder, "root");
  mkdirSync(root);
  const hostKey = makeKey(folder, "host");
  const key = makeKey(folder, "user");
  // Lives as long as we do, and takes the folder with it at the end; the server itself may go and come back.
  const keeper = supervise("sleep", ["1000000"], { env: process.env, atEnd: removal(folder) });
  const run = async (port: number) => {
    const settings = {
      root,
      port,
      users: { [username]: password },
      methods,
      questions,
      indiscreet,
      host_key: hostKey.path,
      authorized_keys: withKey ? `${key.path}.pub` : null,
    };
    const program = fileURLToPath(new URL("password_server.py", import.meta.url));
    const started = supervise(tools().python, [program, JSON.stringify(settings)], {
      env: { PATH: process.env["PATH"], LANG: "C.UTF-8", PYTHONUNBUFFERED: "1" },
    });
    try {
      return { stop: started.stop, port: await firstLine(started) };
    } catch (error) {
      await started.stop();
      throw error;
    }
  };
  let server = await run(0).catch(async (error: unknown) => {
    await keeper.stop();
    throw error;
  });
  const { port } = server;
  return {
    host: "127.0.0.1",
    port,
    username,
    get password() {
      return password;
    },
    key,
    fingerprint: hostKey.fingerprint,
    knownHosts: `[127.0.0.1]:${port} ${hostKey.publicKey.split(" ").slice(0, 2).join(" ")}`,
    files: partnerFiles(root, unprivilegedAccount()),
    changePassword: async (changed) => {
      await server.stop();
      password = changed;
      server = await run(port);
    },
    stop: async () => {
      await server.stop();
      await keeper.stop();
    },
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
