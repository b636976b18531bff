/** Servers that take every file the moment it is closed, under its temporary name: sending more of them helps nobody. */
import type { Entry } from "../journal/entry.ts";
import { EntryTaken } from "../journal/entry-writes.ts";
import { risksOfDirect } from "../sftp/errors.ts";
import type { Traits } from "../traits/traits.ts";
import { RefusedError, TakenAway } from "../transfer/errors.ts";
import type { PushContext } from "./context.ts";

/** How often it may happen, of one file over all runs or of all files in one run, before it is the server's habit. */
const often = 2;

/** Of all files in this run. */
const inThisRun = new WeakMap<Traits, number>();

const habit = ({ stream }: PushContext): RefusedError =>
  new RefusedError(
    `Stream ${stream.name}: the partner takes files the moment they are closed, under their temporary names, so that nothing can be renamed. Nothing more is sent so. Set upload = "direct" for this stream: files then have their own names from the start, and then ${risksOfDirect}. So ask the partner first whether they have these files: what a virus scanner or a filter removes looks the same. If the partner has changed this, run "bridge forget-traits --stream ${stream.name}"`,
  );

/** Throws RefusedError where the server is known to take files under their temporary names. */
export const assertKeepsTemporary = (context: PushContext): void => {
  if (context.push.upload === "atomic" && context.traits.can("keeps_temporary") === false) throw habit(context);
};

/** What an error means for the next attempt: counts an upload that was taken away, and says when that is enough. */
export const noteTaken = async (entry: Entry, error: unknown, context: PushContext): Promise<unknown> => {
  const { journal, traits, lease } = context;
  if (!(error instanceof TakenAway)) return error;
  const current = await journal.read(entry);
  const taken = (current?.progress?.taken ?? 0) + 1;
  const all = (inThisRun.get(traits) ?? 0) + 1;
  inThisRun.set(traits, all);
  if (Math.max(taken, all) >= often) {
    traits.learn("keeps_temporary", false, `uploads were gone once they were closed, ${Math.max(taken, all)} times`);
    if (traits.can("keeps_temporary") === false) return habit(context);
  }
  if (current?.progress?.holder !== lease.holder) return error;
  await journal.update(current, { progress: { ...current.progress, taken } }).catch((lost: unknown) => {
    if (!(lost instanceof EntryTaken)) throw lost;
  });
  return error;
};
