import type { Entry } from "../journal/entry.ts";
import { donePoll, requestedPolls } from "../journal/polls.ts";
import { poll } from "../pull/poll.ts";
import { remember } from "./remember.ts";
import type { Tally } from "./tally.ts";
import type { Work } from "./work.ts";

/** Runs the polls that wait for this partner; returns what they made known. A poll that can't be finished stays requested. */
export const runPolls = async ({ deps, partner, remote, session, deadline }: Work, tally: Tally): Promise<Entry[]> => {
  const { clock, journal, table, telemetry } = deps;
  const known: Entry[] = [];
  for (const request of await requestedPolls(table, partner.id)) {
    if (session.signal.aborted || deadline.isClosing()) break;
    const stream = partner.streams.find(({ name }) => name === request.stream);
    if (!stream?.pull) {
      await donePoll(table, request); // the stream, or its pull, is no longer configured
      continue;
    }
    const log = telemetry.log.with({ stream: stream.name, direction: "pull" });
    try {
      const report = await poll({
        stream,
        pull: stream.pull,
        journal,
        remote,
        now: clock.wall,
        log,
        signal: session.signal,
      });
      tally.polled(stream.name);
      known.push(...report.known);
      log.info("Polled", { listed: report.listed, known: report.known.length, purged: report.purged });
      await remember(deps, stream.name, "poll", { listed: report.listed, known: report.known.length });
      await donePoll(table, request);
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
  return known;
};
