// Folders and ports that belong to one stack alone.
import { mkdtempSync } from "node:fs";
import { createServer } from "node:net";
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
 * it is used. Another server still could, so whoever starts one must see whether it came up.
 */
export async function freePort(): Promise<number> {
  for (let turn = 0; turn < 100; turn++) {
    const port = lowestPort + Math.floor(Math.random() * ports);
    const server = createServer();
    const isFree = await new Promise<boolean>((resolve) => {
      server.once("error", () => resolve(false));
      server.listen(port, "127.0.0.1", () => resolve(true));
    });
    if (!isFree) continue;
    await new Promise((resolve) => server.close(resolve));
    return port;
  }
  throw new Error(`no port from ${lowestPort} to ${lowestPort + ports} could be listened on`);
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
