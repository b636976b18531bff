/** One seed: what a stream does at a partner, against a server that does what chance says. */

import type { SftpConfig } from "../../lambda/src/config/types.ts";
import { RemoteError } from "../../lambda/src/sftp/errors.ts";
import { openRemote } from "../../lambda/src/sftp/open.ts";
import type { Remote } from "../../lambda/src/sftp/remote.ts";
import { overSsh } from "../helpers/sftp/over-ssh.ts";
import { pull, push, stream } from "../helpers/streams.ts";
import { createWorld } from "../helpers/world.ts";
import { createRandom } from "./random.ts";

/** Nothing may take longer, however busy the machine: each deadline below is a second. Milliseconds. */
const hung = 60_000;

const within = async <T>(what: string, deed: Promise<T>): Promise<T> => {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`${what} hangs: no end in ${hung / 1000} s`)), hung);
  });
  try {
    return await Promise.race([deed, late]);
  } finally {
    clearTimeout(timer);
  }
};

/** Errors that say something about the partner. Anything else is a fault of the bridge. */
const assertPlain = (error: unknown): void => {
  if (
    error instanceof RemoteError &&
    !/TypeError|RangeError|undefined|is not a function|Cannot read/.test(error.message)
  )
    return;
  throw error;
};

const deeds = (remote: Remote): Readonly<Record<string, () => Promise<unknown>>> => ({
  list: async () => {
    let entries = 0;
    for await (const batch of remote.list("outbox")) {
      entries += batch.length;
      if (entries > 20_000) break;
    }
  },
  read: async () => {
    const reader = await remote.openRead("outbox/a.csv", { size: 1_000 });
    if (reader === undefined) return;
    try {
      let bytes = 0;
      for await (const chunk of reader.chunks(0)) {
        bytes += chunk.byteLength;
        if (bytes > 1_000_000) break;
      }
      await reader.restat();
      await reader.restatPath();
    } finally {
      await reader.close();
    }
  },
  write: async () => {
    const writer = await remote.openWrite("inbox/new", { mode: "create", size: 100_000 });
    try {
      await writer.write(Buffer.alloc(100_000, 1));
      await writer.flush();
    } finally {
      await writer.close();
    }
  },
  rename: () => remote.publish("inbox/tmp", "inbox/x"),
  move: () => remote.move("outbox/a.csv", "outbox/.done/a.csv"),
  remove: () => remote.remove("inbox/tmp"),
  stat: () => remote.stat("outbox"),
  lstat: () => remote.lstat("outbox"),
  directory: () => remote.ensureDirectory("inbox/new/deep"),
  "remove directory": () => remote.removeDirectory("inbox/new"),
});

const pieceByPiece = async (seed: number, config: SftpConfig): Promise<void> => {
  const random = createRandom(seed ^ 0x5eed);
  let remote: Remote;
  try {
    remote = await within("connect", openRemote(config, { password: "secret" }));
  } catch (error) {
    return assertPlain(error);
  }
  try {
    const all = deeds(remote);
    const chosen = Array.from({ length: 8 }, () => random.pick(Object.keys(all)));
    const run = async (name: string) => {
      try {
        await within(name, all[name]?.() ?? Promise.resolve());
      } catch (error) {
        assertPlain(error);
      }
    };
    if (random.chance(0.5)) await Promise.all(chosen.map(run));
    else for (const name of chosen) await run(name);
  } finally {
    await within("close", remote.close());
  }
};

/** A whole drain: a poll, pulls and a push. */
const asDrain = async (seed: number, sftp: SftpConfig): Promise<void> => {
  const config = stream({
    sftp,
    push,
    pull: { ...pull, after: createRandom(seed ^ 0xd4a1).pick(["move", "delete", "keep"]) },
  });
  const world = createWorld(config);
  const end = performance.now() + 4_000;
  const bridge = world.bridge(undefined, undefined, { remaining: () => 20_000 + end - performance.now() });
  await bridge.poll(config);
  await bridge.intake(world.put("bucket", "out/pay.csv", "v1"));
  await within(
    "drain",
    bridge.drainAll({
      connect: overSsh,
      sleep: (ms) => new Promise((resolve) => setTimeout(resolve, Math.min(ms, 50))),
    }),
  );
  for (const { message, fields } of bridge.telemetry.lines) {
    const { error } = (fields ?? {}) as { error?: unknown };
    const words = `${message} ${error instanceof Error ? `${error.name} ${error.message} ${error.cause ?? ""}` : ""}`;
    if (/TypeError|RangeError|is not a function|Cannot read|nothing waits for: /.test(words))
      throw error ?? new Error(words);
  }
};

/** Runs a seed; throws what a fault of the bridge is shown by. */
export const runSeed = async (seed: number, config: SftpConfig): Promise<void> => {
  const impatient = { ...config, connectTimeoutSeconds: 2, operationTimeoutSeconds: 1 };
  if (seed % 3 === 0) await asDrain(seed, impatient);
  else await pieceByPiece(seed, impatient);
};
