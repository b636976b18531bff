import type { Arrivals } from "../expected/arrivals.ts";
import type { Entry } from "../journal/entry.ts";
import { EntryTaken } from "../journal/entry-writes.ts";
import { LeaseLost } from "../journal/lease.ts";
import { pullFile } from "../pull/pull.ts";
import { pushFile } from "../push/push.ts";
import type { Outcome } from "../transfer/context.ts";
import { isHelperLost, reasonOf, SourceStays } from "../transfer/errors.ts";
import { defaultSizes } from "../transfer/sizes.ts";
import type { Counts } from "./counts.ts";
import { discardLeftovers } from "./discard.ts";
import { recordFailure } from "./record-failure.ts";
import { triedSince } from "./windows.ts";
import type { Work } from "./work.ts";

const done: Record<Exclude<Outcome["result"], "waits"> | "inS3", string> = {
  delivered: "Delivered",
  gone: "Gone before it could be moved",
  skipped: "Skipped: it came from this partner",
  unchanged: "Already delivered",
  taken: "Skipped: the partner has a file of that name",
  inS3: "Skipped: S3 has an object of that name; the partner's file stays where it is",
  consumed: "The marker of delivered files was taken",
  rejected: "Not moved: its gate rejected it, or gave no verdict in time; it stays in the journal as failed",
};

/** Moves one file and records how it ended. Throws only what the journal throws. */
export const transferOne = async (entry: Entry, work: Work, counts: Counts, arrivals: Arrivals): Promise<void> => {
  const { deps, partner, lease, remote, traits, session } = work;
  const { clock, config, journal, memory, nonce, objects, table, telemetry } = deps;
  const stream = partner.streams.find(({ name }) => name === entry.stream);
  const side = stream?.[entry.direction];
  if (!stream || !side) return;
  const log = telemetry.log.with({ stream: stream.name, direction: entry.direction, path: entry.path });
  const context = {
    config,
    stream,
    journal,
    table,
    objects,
    remote,
    traits,
    lease,
    memory,
    sizes: deps.sizes ?? defaultSizes,
    staging: deps.staging,
    readSecret: deps.readSecret(stream.name),
    judges: deps.judges,
    time: { left: () => work.deadline.untilStop(), whole: deps.invocationTime },
    clock,
    nonce,
    sleep: deps.sleep,
    log,
    signal: session.signal,
  };
  const startedAt = clock.steady();
  try {
    const outcome =
      entry.direction === "push" && stream.push
        ? await pushFile(entry, { ...context, push: stream.push })
        : stream.pull && (await pullFile(entry, { ...context, pull: stream.pull }));
    if (!outcome || outcome.result === "waits") return;
    if (outcome.result === "delivered") counts.moved(stream.name, entry.direction, outcome.bytes, startedAt);
    if (outcome.result === "delivered") await arrivals.delivered(stream, entry.direction, entry.path);
    const { delivery } = outcome;
    log.info(done[outcome.result === "taken" && entry.direction === "pull" ? "inS3" : outcome.result], {
      source: entry.source_location,
      ...(delivery && {
        destination: delivery.destination,
        bytes: delivery.bytes,
        sha256: delivery.sha256,
        files: delivery.files,
        durationMs: delivery.duration_ms,
        attempt: delivery.attempt,
      }),
    });
  } catch (thrown) {
    const copied = thrown instanceof SourceStays ? thrown : undefined;
    const error = copied === undefined ? thrown : copied.cause;
    if (copied?.bytes !== undefined) {
      counts.moved(stream.name, entry.direction, copied.bytes, startedAt);
      await arrivals.delivered(stream, entry.direction, entry.path);
    }
    // Somebody else works on this entry: because a newer version came, or because our lease is gone without our knowing.
    if (error instanceof EntryTaken) await session.refresh();
    if (error instanceof LeaseLost) session.cut(error);
    try {
      await recordFailure(entry, reasonOf(error, session.signal), {
        journal,
        telemetry,
        retryForDays: stream.retryForDays,
        triedSince: (knownAt) => triedSince(stream, entry.direction, knownAt),
        now: clock.wall,
        random: deps.random,
        holder: lease.holder,
        discard: (current) => discardLeftovers(current, context),
        connectionLost: remote.lost.aborted || session.signal.aborted || isHelperLost(error, remote),
      });
    } catch (settling) {
      // Newer version, or the lease went: the entry is somebody else's now.
      if (!(settling instanceof EntryTaken)) throw settling;
    }
  }
};
