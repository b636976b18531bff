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
    const claim = await listen({ path: `\0bridge-port-${port}` });
    if (claim === undefined) continue;
    const server = await listen({ host: "127.0.0.1", port });
    if (server !== undefined) {
      await new Promise((resolve) => server.close(resolve));
      return port;
    }
    claim.close();
  }
  throw new Error(`no port from ${lowestPort} to ${lowestPort + ports} could be listened on`);
}

/**
 * A server that doesn't keep the process alive; undefined where somebody else listens there. The path of a claim is an abstract
 * one (unix(7)): the kernel gives it to one holder, and takes it back when that ends, however it ends.
 */
function listen(where: ListenOptions): Promise<Server | undefined> {
  const server = createServer().unref();
  return new Promise((resolve) => {
    server.once("error", () => resolve(undefined));
    server.listen(where, () => resolve(server));
  });
}

/**
 * Calls `look` until it returns something else than undefined, and returns that.
 * Throws after `seconds`, naming `what` was waited for, with `look`'s last error if it threw.
 */
export async function until<T>(
  what: string,
  seconds: number,
  look: () => Promise<T | undefined> | T | undefined,
  every = 200,
): Promise<T> {
  const deadline = Date.now() + seconds * 1000;
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
      throw new Error(`waited ${seconds} s in vain for ${what}${why}`, { cause: last });
    }
    await new Promise((resolve) => setTimeout(resolve, every));
  }
}
