/**
 * `pull.gate`: what was fetched, and opened, waits below the staging prefix until somebody says that this very object may be seen. What
 * is rejected is copied to the quarantine, and nothing of it ever lies under its key. Loaded only by streams that have a gate.
 */
import type { Gate } from "../config/types.ts";
import { endedByGate, nameOfGate, passGate } from "../gate/pass.ts";
import { type Entry, gatePrefix, quarantinePrefix } from "../journal/entry.ts";
import type { ObjectPlace } from "../s3/objects.ts";
import { discardStaged, freshHeldKey, identityOfStaged, placeOfStaged } from "../staging/staged.ts";
import { leaveForLater } from "../staging/time.ts";
import type { Hop } from "../staging/transform.ts";
import { type Outcome, waits } from "../transfer/context.ts";
import type { PullContext } from "./context.ts";
import { make, remake, startAgain, whatOf } from "./make.ts";

type HopOf = (entry: Entry, context: PullContext) => Promise<Hop | undefined>;

/** Either it may be seen, or that was all. */
export type PullGated = { readonly entry: Entry } | { readonly outcome: Outcome };

/** Has what lies where gates look: what will lie under the final key, decrypted and extracted. */
const opened = async (
  entry: Entry,
  destination: ObjectPlace,
  hopOf: HopOf,
  context: PullContext,
): Promise<PullGated> => {
  const { progress } = entry;
  if (!progress?.staged || !progress.pulled) return startAgain(entry, context);
  const { staged, pulled } = progress;
  if (progress.opened) return { entry };
  const hop = await hopOf(entry, context);
  if (hop === undefined && staged.key.startsWith(gatePrefix))
    return { entry: await context.journal.update(entry, { progress: { ...progress, opened: pulled } }) };
  const key = freshHeldKey(entry, context);
  const what = { staged, pulled, hop, destination, key, as: "opened" } as const;
  const held = await remake(entry, what, context);
  return held === undefined ? { outcome: waits } : { entry: held };
};

/** Nothing of it was seen: the end of the entry, and of what lies in staging. The partner's file stays. */
const shut = async (
  entry: Entry,
  kind: "rejected" | "no-verdict",
  message: string,
  context: PullContext,
): Promise<Outcome> => {
  const { journal, clock } = context;
  const ended = { state: "failed", gate: undefined, progress: undefined } as const;
  await journal.update(entry, { ...ended, last_error: endedByGate(kind, message, clock) });
  await discardStaged(entry.progress?.staged, context);
  return { result: "rejected", bytes: 0 };
};

/** Copies what was rejected for who has to look at it, under a key that comes once; a run that died is repeated over it. */
export const putAway = async (entry: Entry, destination: ObjectPlace, context: PullContext): Promise<Outcome> => {
  const { staged, opened: known } = entry.progress ?? {};
  if (!staged || !known) return startAgain(entry, context);
  const place = { bucket: context.staging, key: quarantinePrefix + staged.key.slice(gatePrefix.length) };
  const made = await make({ entry, staged, known, place, destination }, context);
  if (made === "late") return leaveForLater(entry, context);
  const where =
    made === undefined
      ? "what was fetched is gone from staging, so nothing lies in quarantine"
      : `a copy lies in s3://${place.bucket}/${place.key}`;
  return shut(
    entry,
    "rejected",
    `${whatOf(entry, context)} was rejected by its gate (${entry.gate?.by}), and nothing of it lies under its key in S3: ${entry.gate?.rejected}. The partner's file stays, and ${where}. Have the partner send a clean one, which goes by itself; "bridge redrive" fetches this one again and asks once more, "bridge skip" leaves it`,
    context,
  );
};

/** Asks the gate about what was opened, unless the journal has its verdict. Throws what opening it throws. */
export const passPullGate = async (
  known: Entry,
  destination: ObjectPlace,
  gate: Gate,
  hopOf: HopOf,
  context: PullContext,
): Promise<PullGated> => {
  const { journal, stream } = context;
  const ready = await opened(known, destination, hopOf, context);
  if ("outcome" in ready) return ready;
  const { staged, identity: of } = ready.entry.progress ?? {};
  if (!staged || of === undefined) return startAgain(ready.entry, context);
  const what = whatOf(ready.entry, context);
  const question = {
    asked: {
      stream: stream.name,
      direction: "pull",
      path: known.path,
      place: placeOfStaged(staged, context),
      versionId: staged.version_id,
      etag: staged.etag ?? "",
      size: staged.size ?? 0,
      destination,
    },
    identity: identityOfStaged(staged),
    // Nothing else is ever written there.
    isSame: async () => true,
    of,
    // A question is no attempt.
    whileHeld: { attempts: Math.max(0, known.attempts - 1) },
  } as const;
  const gated = await passGate(ready.entry, what, question, gate, context);
  if (gated.result === "held") return { outcome: waits };
  if (!("reason" in gated)) return gated;
  const { entry, reason } = gated;
  if (gated.result === "no-verdict") {
    const message = `${what} got no verdict from its gate (${nameOfGate(gate)}) within ${gate.timeoutHours} hours, and nothing of it lies under its key in S3: ${reason}. The partner's file stays. Mend the gate, then "bridge redrive", which fetches it again and gives it that time anew`;
    return { outcome: await shut(entry, "no-verdict", message, context) };
  }
  // First that it was: no later answer lets it pass.
  const rejected = await journal.update(entry, { gate: entry.gate && { ...entry.gate, rejected: reason } });
  return { outcome: await putAway(rejected, destination, context) };
};
