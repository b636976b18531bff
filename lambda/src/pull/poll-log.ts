/** What a poll logs and counts of the names that it can't list or doesn't take. */
import type { Log } from "../telemetry/types.ts";
import { countLeft, type Found, type LeftReason } from "./left.ts";
import type { WalkReport } from "./walk.ts";

/** Names that are logged one by one, and directories; the others are counted. */
const maxLogged = 10;

export interface PollLog extends WalkReport {
  /** A file that is listed and isn't taken, for a reason that needs no line in the log. */
  left(path: string, reason: LeftReason): void;
  readonly failures: () => number;
  readonly found: Found;
  end(): void;
}

/** Logs what the walk can't list or pull, and counts it. What `exclude` names is left out because the user says so. */
export const createPollLog = (log: Log, included: (path: string) => boolean): PollLog => {
  const left = countLeft();
  let failures = 0;
  let refused = 0;
  let limited = 0;
  return {
    failures: () => failures,
    found: left.found,
    left: (path, reason) => left.add(reason, path),
    failed(path, error) {
      failures++;
      left.add("directory", path);
      if (failures > maxLogged) return;
      log.error("A directory couldn't be listed; its files wait for the next poll", { path, error });
    },
    refused(path, reason, words) {
      left.add(included(path) ? reason : "not-included", path);
      if (reason === "temporary-suffix" || !included(path)) return;
      refused++;
      if (refused <= maxLogged) log.warn(`Not pulled: the name ${words}`, { path });
    },
    limited(path, words) {
      left.add("limit", path);
      limited++;
      if (limited <= maxLogged) log.error(`Not polled: the directory ${words}`, { path });
    },
    end() {
      if (refused > maxLogged) log.warn(`${refused} names were not pulled; the first ten are logged`, {});
      if (failures > maxLogged) log.warn(`${failures} directories couldn't be listed; the first ten are logged`, {});
      if (limited > maxLogged) log.warn(`${limited} directories were beyond a limit; the first ten are logged`, {});
    },
  };
};
