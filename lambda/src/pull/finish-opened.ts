/** What was opened lies under its name in S3: that is recorded, staging is emptied, and the partner's file becomes what the stream says. */
import type { Entry, Progress } from "../journal/entry.ts";
import type { ObjectPlace } from "../s3/objects.ts";
import { discardStaged } from "../staging/staged.ts";
import type { Outcome } from "../transfer/context.ts";
import type { PullContext } from "./context.ts";
import { finish } from "./finish.ts";
import { versionOf } from "./identity.ts";

/** Throws what finishing throws. */
export const finishOpened = async (
  entry: Entry,
  shown: Pick<Progress, "bytes" | "sha256" | "files">,
  place: ObjectPlace,
  context: PullContext,
): Promise<Outcome> => {
  const { progress } = entry;
  if (!progress) throw new Error("an active pull has its progress");
  const { holder, identity, started, staged, pulled } = progress;
  const { size, mtime } = versionOf(identity);
  const copied = await context.journal.update(entry, {
    progress: { phase: "copied", holder, identity, started, size, mtime, ...shown, pulled },
  });
  await discardStaged(staged, context);
  return finish(copied, place, context);
};
