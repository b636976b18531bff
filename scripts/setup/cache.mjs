// Where everything that is fetched or built once per machine is kept: outside the repository, so that clones share it.
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, statSync, utimesSync, writeFileSync } from "node:fs";
import { homedir } from "node:os";
import { dirname, join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";

const staleAfter = 30_000;

/** The cache folder of this project; made where it is missing. */
export function cacheDir() {
  const base = process.env.XDG_CACHE_HOME || join(homedir(), ".cache");
  const dir = join(base, "terraform-aws-s3-sftp-bridge");
  mkdirSync(dir, { recursive: true });
  return dir;
}

/** A short name for a content: what was made from the same files is the same. */
export function keyOf(...parts) {
  const hash = createHash("sha256");
  for (const part of parts) hash.update(part).update("\0");
  return hash.digest("hex").slice(0, 16);
}

/**
 * Returns the folder `name` of the cache. Where it is missing, `make(folder)` fills a temporary one that then takes its
 * place in one rename: whoever looks sees all of it or nothing, and of two processes at once one makes it.
 * `note(text)` hears why it waits.
 */
export async function cached(name, note, make) {
  const target = join(cacheDir(), name);
  if (existsSync(target)) return target;
  mkdirSync(dirname(target), { recursive: true });
  await withLock(`${target}.lock`, note, async () => {
    if (existsSync(target)) return;
    const work = `${target}.making`;
    rmSync(work, { recursive: true, force: true });
    mkdirSync(work);
    try {
      await make(work, target);
      renameSync(work, target);
    } finally {
      rmSync(work, { recursive: true, force: true });
    }
  });
  return target;
}

/** Runs `work` while holding the folder `lock`, which its holder touches; one left by a dead process is taken over. */
export async function withLock(lock, note, work) {
  while (!take(lock)) {
    note(`waiting for process ${ownerOf(lock)}, which is at it already`);
    await sleep(500);
  }
  const beat = setInterval(() => utimesSync(lock, new Date(), new Date()), 2_000);
  try {
    return await work();
  } finally {
    clearInterval(beat);
    rmSync(lock, { recursive: true, force: true });
  }
}

function take(lock) {
  try {
    mkdirSync(lock);
  } catch (error) {
    if (error.code !== "EEXIST") throw error;
    if (!isStale(lock)) return false;
    // Renamed before it is removed: of several that find it stale, only one can.
    const aside = `${lock}.stale-${process.pid}`;
    try {
      renameSync(lock, aside);
      rmSync(aside, { recursive: true, force: true });
    } catch {
      return false;
    }
    return take(lock);
  }
  writeFileSync(join(lock, "pid"), String(process.pid));
  return true;
}

function isStale(lock) {
  try {
    const pid = Number(ownerOf(lock));
    if (pid > 0 && !isAlive(pid)) return true;
    return Date.now() - statSync(lock).mtimeMs > staleAfter;
  } catch {
    return false;
  }
}

function ownerOf(lock) {
  try {
    return readFileSync(join(lock, "pid"), "utf8");
  } catch {
    return "?";
  }
}

function isAlive(pid) {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error.code === "EPERM";
  }
}
