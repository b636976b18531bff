/** Looks at the partner's inbox all the time: whatever has a final name has to be a whole version, and never an older one. */
import { readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { sha256 } from "./world.ts";

export interface Watcher {
  /** SHA-256 of each version of a file, in the order in which they were put. */
  readonly versions: Map<string, string[]>;
  /** How often each version arrived, by `path#index`. */
  readonly arrivals: Map<string, number>;
  readonly violations: string[];
  readonly looks: () => number;
  look(): void;
  stop(): void;
}

const isTemporary = (name: string): boolean => /^\.s3-sftp-bridge-.*\.tmp$/.test(name);

/** Milliseconds between two looks. */
const every = 5;

export const watchInbox = (inbox: string): Watcher => {
  const versions: Watcher["versions"] = new Map();
  const arrivals: Watcher["arrivals"] = new Map();
  const violations: string[] = [];
  const seen = new Map<string, string>();
  const newest = new Map<string, number>();
  let looks = 0;

  const lookAt = (path: string) => {
    const { ino, size, mtimeMs } = statSync(join(inbox, path));
    const state = `${ino}:${size}:${mtimeMs}`;
    if (seen.get(path) === state) return;
    const hash = sha256(readFileSync(join(inbox, path)));
    const known = versions.get(path) ?? [];
    const index = known.indexOf(hash);
    seen.set(path, state);
    if (index < 0) violations.push(`${path} has ${size} bytes that are no whole version of it`);
    else if (index < (newest.get(path) ?? 0))
      violations.push(`${path}: version ${index} came over ${newest.get(path)}`);
    else {
      newest.set(path, index);
      arrivals.set(`${path}#${index}`, (arrivals.get(`${path}#${index}`) ?? 0) + 1);
    }
  };
  const look = () => {
    looks++;
    for (const entry of readdirSync(inbox, { recursive: true, withFileTypes: true })) {
      if (!entry.isFile() || isTemporary(entry.name)) continue;
      const path = join(entry.parentPath, entry.name).slice(inbox.length + 1);
      try {
        lookAt(path);
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== "ENOENT") throw error; // taken meanwhile
      }
    }
  };
  const timer = setInterval(look, every);
  return { versions, arrivals, violations, looks: () => looks, look, stop: () => clearInterval(timer) };
};
