// Folders and ports that belong to one stack alone.
import { mkdtempSync } from "node:fs";
import { createServer, type ListenOptions, type Server } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** A new temporary folder, to be removed by whoever asked for it. */
export function temporaryFolder(purpose: string): string {
  return mkdtempSync(join(tmpdir(), `bridge-${purpose}-`));
}

/** Below the ports that systems give to outgoing connections (Linux from 32768, others from 49152). */
const lowestPort = 20_000;
const ports = 12_000;

/**
 * A port on 127.0.0.1 that nothing listens on, chosen at random where no outgoing connection of anybody's can take it before
 * it is used, and which no other caller is given, in this process or another, for as long as this process lives: a server needs
 * seconds to come up, or is taken down for a while, and dozens of tests start servers at the same time.
 */
export async function freePort(): Promise<number> {
  for (let turn = 0; turn < 100; turn++) {
    const port = lowestPort + Math.floor(Math.random() * ports);
    const claimed = await claim(`bridge-port-${port}`);
    if (claimed === undefined) continue;
    const server = await listen({ host: "127.0.0.1", port });
    if (server !== undefined) {
      await new Promise((resolve) => server.close(resolve));
      return port;
    }
    claimed.close();
  }
  throw new Error(`no port from ${lowestPort} to ${lowestPort + ports} could be listened on`);
}

/**
 * A name that nobody else on this machine has until it is closed or this process ends, however it ends; undefined where somebody
 * has it. It is an abstract Unix socket (unix(7)), which the kernel gives to one holder.
 */
export function claim(name: string): Promise<Server | undefined> {
  return listen({ path: `\0${name}` });
}

/** A server that doesn't keep the process alive; undefined where somebody else listens there. */
function listen(where: ListenOptions): Promise<Server | undefined> {
  const server = createServer().unref();
  return new Promise((resolve) => {
    server.once("error", () => resolve(undefined));
    server.listen(where, () => resolve(server));
  });
}

/** How much slower everything may be on a machine that is busy with other things. */
const patience = 4;
/** Longer is waited only where it is asked for: a test that prints nothing for ten minutes is ended without a word. Seconds. */
const longest = 480;

/**
 * Calls `look` until it returns something else than undefined, and returns that.
 * Throws naming `what` was waited for, with `look`'s last error if it threw, once it has been waited for over `seconds`, which
 * are those of a machine that does nothing else, by as much as a busy one may be slower.
 */
export async function until<T>(
  what: string,
  seconds: number,
  look: () => Promise<T | undefined> | T | undefined,
  every = 200,
): Promise<T> {
  const limit = Math.max(seconds, Math.min(seconds * patience, longest));
  const deadline = Date.now() + limit * 1000;
  let last: unknown;
  for (;;) {
    try {
      const found = await look();
      if (found !== undefined) return found;
      last = undefined;
    } catch (error) {
      last = error;
    }
    if (Date.now() > deadline) {
      const why = last === undefined ? "" : `: ${last instanceof Error ? last.message : String(last)}`;
      throw new Error(`waited ${limit} s in vain for ${what}${why}`, { cause: last });
    }
    await new Promise((resolve) => setTimeout(resolve, every));
  }
}
