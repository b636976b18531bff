import type { Entry } from "../journal/entry.ts";
import { continuePoll, donePoll, listedBy, requestedPolls } from "../journal/polls.ts";
import { noteFact, remember } from "../journal/stream-state.ts";
import { noteLeft } from "../pull/left.ts";
import { type PollReport, poll } from "../pull/poll.ts";
import { endedUnanswered } from "../sftp/errors.ts";
import type { Counts } from "./counts.ts";
import { numbersFor } from "./numbers.ts";
import type { Work } from "./work.ts";

/** How long a poll goes on before files get their turn: a tree of many thousand directories takes minutes. Milliseconds. */
const partTime = 60_000;

/**
 * Runs the polls that wait for this partner, or a part of each that is large; returns what they made known, and whether
 * there is more to poll. A poll that isn't finished stays requested, with the place where it goes on.
 */
export const runPolls = async (
  { deps, partner, remote, traits, session, deadline }: Work,
  counts: Counts,
): Promise<{ readonly known: Entry[]; readonly hasMore: boolean }> => {
  const { clock, journal, table, telemetry, nonce } = deps;
  const known: Entry[] = [];
  let hasMore = false;
  for (const request of await requestedPolls(table, partner.id)) {
    if (session.signal.aborted || deadline.isClosing()) break;
    const stream = partner.streams.find(({ name }) => name === request.stream);
    if (!stream?.pull) {
      // The stream, or its pull, is no longer configured; one that is waits for its window.
      if (!stream || !deps.config.streams.get(stream.name)?.pull) await donePoll(table, request);
      continue;
    }
    const log = telemetry.log.with({ stream: stream.name, direction: "pull" });
    const began = clock.steady();
    try {
      const numbers = await numbersFor({ stream, direction: "pull" }, deps);
      const report = await poll({
        stream,
        pull: stream.pull,
        journal,
        remote,
        traits,
        clock,
        sleep: deps.sleep,
        log,
        signal: session.signal,
        isAwaited: numbers && ((path) => numbers.placeOf(path) === 0),
        after: request.after,
        counts: listedBy(request),
        isPartOver: () => clock.steady() - began >= partTime,
        isOver: () => deadline.isClosing(),
      });
      // What is behind a directory whose list had no answer is listed over the next connection, without that one.
      if (endedUnanswered(remote.lost.reason)) break;
      counts.polled(stream.name);
      known.push(...report.known);
      log.info(report.rest ? "Polled a part; the rest follows" : "Polled", {
        listed: report.listed,
        known: report.known.length,
        purged: report.purged,
      });
      // Side by side: neither waits for the other, and each is two requests.
      await Promise.all([
        remember(deps, stream.name, "poll", { listed: report.listed, known: report.known.length }),
        rememberLeft(deps, stream.name, report, request.after === undefined),
      ]);
      if (report.rest) {
        hasMore = true;
        await continuePoll(table, request, report.rest, nonce);
      } else {
        await donePoll(table, request);
      }
    } catch (error) {
      if (session.signal.aborted || remote.lost.aborted) break;
      telemetry.recordFailure("A poll failed; nothing was changed, and the next poll tries again", {
        stream: stream.name,
        error,
      });
      await remember(deps, stream.name, "poll-error", {
        message: (error instanceof Error ? error.message : String(error)).slice(0, 1_000),
      });
      await donePoll(table, request);
    }
  }
  return { known, hasMore };
};

/** Nothing depends on it but what is shown and alarmed: that it couldn't be written stops no poll. */
const rememberLeft = async (
  { table, clock, nonce, telemetry }: Work["deps"],
  stream: string,
  { left, rest }: PollReport,
  isFirst: boolean,
): Promise<void> => {
  const now = clock.wall();
  try {
    const next = (known: Parameters<typeof noteLeft>[0]) => noteLeft(known, left, { isFirst, isLast: !rest, now });
    await noteFact(table, { stream, name: "left", nonce, next });
  } catch (error) {
    telemetry.log.warn("What a poll left couldn't be noted", { stream, error });
  }
};
