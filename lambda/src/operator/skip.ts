/** A file that nobody wants any more: its entry ends as skipped, and the version that there is isn't moved by itself again. Or a running number of which no file comes. */
import type { Direction, StreamConfig } from "../config/types.ts";
import type { Invocation } from "../invocation.ts";
import { whyWaiting } from "../journal/describe.ts";
import { entryKey, skippedByOperator } from "../journal/entry.ts";
import { EntryTaken } from "../journal/entry-writes.ts";
import { joinRemote } from "../transfer/paths.ts";
import { ActionError } from "./action-error.ts";
import { type FileOutcome, queuedByOther } from "./drain-now.ts";
import { sideAsked, streamNamed } from "./select.ts";

export interface SkipRequest {
  readonly stream: string;
  /** Below the stream's source. Either this or `number`. */
  readonly path?: string | undefined;
  /** A running number of which no file comes, or a range of them: `17-20`. */
  readonly number?: string | undefined;
  /** Also a number that nobody waits behind. */
  readonly force?: true | undefined;
  readonly direction?: Direction | undefined;
}

export interface SkipAnswer {
  readonly stream: string;
  readonly direction: Direction;
  readonly skipped: number;
  readonly files: readonly FileOutcome[];
}

/**
 * Skips a file that waits or has failed; one that moves just now is left to its run. Or lets running numbers go, of which no file
 * comes. Throws ActionError.
 */
export const skip = async (
  invocation: Invocation,
  { stream: name, path, direction: wanted, number, force }: SkipRequest,
): Promise<SkipAnswer> => {
  const stream = streamNamed(invocation.deps.config, name);
  const { direction, side } = sideAsked(stream, wanted);
  if (number !== undefined && path === undefined) {
    const { skipNumbers } = await import("./skip-numbers.ts");
    const files = await skipNumbers(invocation, { stream, direction, number, force: force === true });
    return { stream: name, direction, skipped: files.filter(({ result }) => result === "skipped").length, files };
  }
  if (number !== undefined || path === undefined)
    throw new ActionError("malformed", "Say what is skipped: a file by its path, or a running number by --number.");
  const location = direction === "push" ? `${side.bucket}/${side.prefix}${path}` : joinRemote(side.directory, path);
  const { file, isDone } = await skipFile(invocation, stream, { direction, path, location });
  return { stream: name, direction, skipped: isDone ? 1 : 0, files: [file] };
};

interface FileAsked {
  readonly direction: Direction;
  readonly path: string;
  /** As the journal has it. */
  readonly location: string;
}

const skipFile = async (
  { deps }: Invocation,
  stream: StreamConfig,
  { direction, path, location }: FileAsked,
): Promise<{ readonly file: FileOutcome; readonly isDone: boolean }> => {
  const { config, table, journal, clock, nonce, telemetry } = deps;
  const left = (result: string, why: string) => ({
    file: { path, result, why: `${why}. Nothing was done` },
    isDone: false,
  });

  const entry = await journal.read(entryKey(direction, stream.name, location));
  if (!entry) return left("missing", `the journal knows no ${location}; "list" shows what there is`);
  const now = clock.wall();
  if (entry.state === "active") return left("active", `${whyWaiting(entry, now)}; skip it if it fails`);
  if (skippedByOperator(entry) !== undefined) return left("skipped", "it was skipped already");
  if (entry.state !== "pending" && entry.state !== "failed")
    return left(entry.state, "it doesn't wait, so that there is nothing to skip");
  if (stream[direction]?.sequence) {
    // Before the file ends: a run that dies behind that leaves a file that waits with its number.
    const { numberedSide, takeSkipped } = await import("../drain/sequence.ts");
    const numbered = numberedSide({ stream, direction }, config);
    if (numbered) await takeSkipped(entry, numbered, { table, journal, now: clock.wall, nonce, telemetry });
  }
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
    return { file: queuedByOther(path), isDone: false };
  }
  const again = direction === "push" ? "send" : "fetch";
  const why = `it stays at its source, and isn't moved unless it changes; "${again}" with --force moves it all the same`;
  return { file: { path, result: "skipped", why }, isDone: true };
};
