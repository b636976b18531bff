import type { Entry } from "../journal/entry.ts";
import { continuePoll, donePoll, endOf, listedBy, type PollRequest } from "../journal/polls.ts";
import { noteFact, remember } from "../journal/stream-state.ts";
import { noteLeft } from "../pull/left.ts";
import { type PollReport, poll } from "../pull/poll.ts";
import type { Counts } from "./counts.ts";
import { numbersFor } from "./numbers.ts";
import type { Work } from "./work.ts";

/** How long a poll goes on before files get their turn: a tree of many thousand directories takes minutes. Milliseconds. */
const partTime = 60_000;

/** So many connections in a row that end at one directory, and it is the directory's doing. */
const mostEnds = 3;
/** So many such directories, and the poll has failed. */
const mostPassed = 20;

/**
 * Runs the polls that wait for this partner, or a part of each that is large; returns what they made known, whether
 * there is more to poll, and when the journal has it that those which are done are. A poll that isn't finished stays requested, with the place where it goes on. One in which a connection
 * ended comes with `isFirst` false only, behind the files that are due: it may end this one as well.
 */
export const runPolls = async (
  { deps, partner, remote, traits, session, deadline, notes }: Work,
  requests: readonly PollRequest[],
  counts: Counts,
  { isFirst }: { readonly isFirst: boolean },
): Promise<{ readonly known: Entry[]; readonly hasMore: boolean; readonly ended: Promise<unknown> }> => {
  const { clock, journal, table, telemetry, nonce } = deps;
  const known: Entry[] = [];
  const ends: Promise<void>[] = [];
  let hasMore = false;
  for (const request of requests) {
    if (session.signal.aborted || deadline.isClosing()) break;
    const stream = partner.streams.find(({ name }) => name === request.stream);
    if (!stream?.pull) {
      // The stream, or its pull, is no longer configured; one that is waits for its window.
      if (!stream || !deps.config.streams.get(stream.name)?.pull) await donePoll(table, request);
      continue;
    }
    const ended = endOf(request);
    if (ended?.at !== undefined && isFirst) {
      hasMore = true;
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
        careful: ended?.at !== undefined,
        passed: ended?.passed,
        isPartOver: () => clock.steady() - began >= partTime,
        isOver: () => deadline.isClosing(),
      });
      if (report.endedAt !== undefined) {
        await noteEnd(deps, request, { report, error: remote.lost.reason });
        break;
      }
      counts.polled(stream.name);
      known.push(...report.known);
      log.info(report.rest ? "Polled a part; the rest follows" : "Polled", {
        listed: report.listed,
        known: report.known.length,
        purged: report.purged,
      });
      // Before what nothing waits for.
      if (!report.rest) ends.push(notes.add(() => donePoll(table, request)));
      const facts = { listed: report.listed, known: report.known.length };
      void notes.add(() => remember(deps, stream.name, "poll", facts));
      void notes.add(() => rememberLeft(deps, stream.name, report, request.after === undefined));
      if (report.rest) {
        hasMore = true;
        await continuePoll(
          table,
          request,
          { ...report.rest, ended: ended && { times: 0, passed: ended.passed } },
          nonce,
        );
      }
    } catch (error) {
      if (session.signal.aborted || remote.lost.aborted) break;
      await noteFailure(deps, request, error);
    }
  }
  const ended = Promise.all(ends);
  // Whoever waits for it hears of it.
  ended.catch(() => {});
  return { known, hasMore, ended };
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

/**
 * The connection ended in a poll: it goes on over another one, behind the last directory that it got through. A directory at which
 * they end again and again is passed over, as one that can't be listed; at the stream's own the poll has failed.
 */
const noteEnd = async (
  deps: Work["deps"],
  request: PollRequest,
  { report, error }: { readonly report: PollReport; readonly error: unknown },
): Promise<void> => {
  const { table, nonce } = deps;
  const { endedAt: at = "", rest } = report;
  const isFurther = rest?.after !== request.after;
  const last = endOf(request);
  const passed = last?.passed ?? [];
  const times = !isFurther && last?.at === at ? last.times + 1 : 1;
  if (isFurther) await rememberLeft(deps, request.stream, report, request.after === undefined);
  const isPassed = times >= mostEnds;
  if (isPassed && (at === "" || passed.length >= mostPassed)) {
    await noteFailure(deps, request, error);
    return;
  }
  const ended = isPassed ? { times: 0, passed: [...passed, at] } : { at, times, passed };
  await continuePoll(table, request, { after: request.after, ...rest, ended }, nonce);
};

/** The poll has failed: the next one that is asked for begins anew. */
const noteFailure = async (deps: Work["deps"], request: PollRequest, error: unknown): Promise<void> => {
  const { stream } = request;
  deps.telemetry.recordFailure("A poll failed; nothing was changed, and the next poll tries again", { stream, error });
  await remember(deps, stream, "poll-error", {
    message: (error instanceof Error ? error.message : String(error)).slice(0, 1_000),
  });
  await donePoll(deps.table, request);
};
