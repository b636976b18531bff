/** A file that nobody wants any more: its entry ends as skipped, and the version that there is isn't moved by itself again. */
import type { Direction } from "../config/types.ts";
import type { Invocation } from "../invocation.ts";
import { whyWaiting } from "../journal/describe.ts";
import { entryKey, skippedByOperator } from "../journal/entry.ts";
import { EntryTaken } from "../journal/journal.ts";
import { joinRemote } from "../transfer/paths.ts";
import { type FileOutcome, queuedByOther } from "./drain-now.ts";
import { sideAsked, streamNamed } from "./select.ts";

export interface SkipRequest {
  readonly stream: string;
  /** Below the stream's source. */
  readonly path: string;
  readonly direction?: Direction | undefined;
}

export interface SkipAnswer {
  readonly stream: string;
  readonly direction: Direction;
  readonly skipped: number;
  readonly files: readonly FileOutcome[];
}

/** Skips a file that waits or has failed; one that moves just now is left to its run. Throws ActionError. */
export const skip = async (
  { deps }: Invocation,
  { stream: name, path, direction: wanted }: SkipRequest,
): Promise<SkipAnswer> => {
  const { config, journal, clock } = deps;
  const { direction, side } = sideAsked(streamNamed(config, name), wanted);
  const location = direction === "push" ? `${side.bucket}/${side.prefix}${path}` : joinRemote(side.directory, path);
  const answer = (result: string, why: string) => ({
    stream: name,
    direction,
    skipped: result === "skipped" ? 1 : 0,
    files: [{ path, result, why }],
  });
  const nothing = (result: string, why: string) => ({ ...answer(result, `${why}. Nothing was done`), skipped: 0 });

  const entry = await journal.read(entryKey(direction, name, location));
  if (!entry) return nothing("missing", `the journal knows no ${location}; "list" shows what there is`);
  const now = clock.wall();
  if (entry.state === "active") return nothing("active", `${whyWaiting(entry, now)}; skip it if it fails`);
  if (skippedByOperator(entry) !== undefined) return nothing("skipped", "it was skipped already");
  if (entry.state !== "pending" && entry.state !== "failed")
    return nothing(entry.state, "it doesn't wait, so that there is nothing to skip");
  try {
    const at = new Date(now).toISOString();
    // What unfinished attempts left at the partner stays recorded, for whoever moves the next version.
    await journal.update(entry, {
      state: "skipped",
      replay: undefined,
      last_error: { kind: "skipped", message: `an operator skipped it at ${at}`, at },
    });
  } catch (error) {
    if (!(error instanceof EntryTaken)) throw error;
    return { ...answer("waiting", queuedByOther(path).why), skipped: 0 };
  }
  const again = direction === "push" ? "send" : "fetch";
  return answer(
    "skipped",
    `it stays at its source, and isn't moved unless it changes; "${again}" with --force moves it all the same`,
  );
};
