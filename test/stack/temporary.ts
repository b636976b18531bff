// Folders and ports that belong to one stack alone.
import { mkdtempSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** A new temporary folder, to be removed by whoever asked for it. */
export function temporaryFolder(purpose: string): string {
  return mkdtempSync(join(tmpdir(), `bridge-${purpose}-`));
}

/**
 * A port on 127.0.0.1 that nothing listens on. Another process could take it before it is used, so whoever starts a
 * server on it must see whether that server came up.
 */
export async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(0, "127.0.0.1", resolve);
  });
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  if (address === null || typeof address === "string") throw new Error("a listening socket has no port");
  return address.port;
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
