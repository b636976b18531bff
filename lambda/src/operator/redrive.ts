/** Files that were given up, or that wait for their next attempt, are due at once; messages of the dead-letter queues are taken in. */

import { partnerOf } from "../config/types.ts";
import type { Invocation } from "../invocation.ts";
import { type Entry, isDue, isOpen } from "../journal/entry.ts";
import { EntryTaken } from "../journal/entry-writes.ts";
import { requestPoll } from "../journal/polls.ts";
import type { Item } from "../journal/table.ts";
import { intake } from "../push/intake.ts";
import { createdObjectsOf } from "../push/s3-event.ts";
import { ActionError } from "./action-error.ts";
import { drainNow, type FileOutcome } from "./drain-now.ts";
import { maxRows } from "./limits.ts";
import { streamNamed, streamsAsked } from "./select.ts";

export interface RedriveRequest {
  readonly stream?: string | undefined;
  /** Below the stream's places: one file, or a directory that ends in `/`. */
  readonly path?: string | undefined;
  /** Of all streams. */
  readonly all?: true | undefined;
  /** The messages that couldn't be taken in, instead of files. */
  readonly queue?: true | undefined;
  readonly next?: string | undefined;
}

export interface RedriveAnswer {
  readonly redriven: number;
  readonly files: readonly (FileOutcome & { readonly stream: string })[];
  readonly messages?: { readonly taken_in: number; readonly left: number; readonly problems: readonly string[] };
  readonly next?: string;
}

const matches = (item: Item, path: string | undefined): boolean => {
  if (path === undefined) return true;
  const its = String(item["path"]);
  return path.endsWith("/") ? its.startsWith(path) : its === path;
};

/** Due now, and counted anew: otherwise a file that was tried for its whole time is given up again by the first failure. */
const retryEntry = async ({ deps }: Invocation, key: Item): Promise<Entry | undefined> => {
  const { journal, clock } = deps;
  const entry = await journal.read(key);
  if (!entry) return undefined;
  const now = clock.wall();
  try {
    if (entry.state === "failed")
      return await journal.update(entry, {
        state: "pending",
        attempts: 0,
        next_attempt: now,
        known_at: new Date(now).toISOString(),
      });
    // Without an error it is a file that has to hold still first.
    if (isOpen(entry) && entry.last_error && !isDue(entry, now))
      return await journal.update(entry, { next_attempt: now });
  } catch (error) {
    // Another operator, or a run, was faster: it is on its way.
    if (!(error instanceof EntryTaken)) throw error;
  }
  return undefined;
};

/** Given up or waiting, stream by stream. */
async function* candidates({ deps }: Invocation, name: string | undefined): AsyncGenerator<readonly Item[]> {
  for (const stream of streamsAsked(deps.config, name)) {
    for (const direction of ["push", "pull"] as const) {
      if (!stream[direction]) continue;
      yield* deps.journal.failed(direction, stream.name);
      yield* deps.journal.open(direction, stream.name);
    }
  }
}

/** The streams of a poll that EventBridge Scheduler couldn't ask for; undefined for another message. */
const pollIn = (body: string): readonly string[] | undefined => {
  try {
    const { action, streams } = JSON.parse(body) as { action?: unknown; streams?: unknown };
    return action === "poll" && Array.isArray(streams) ? streams.map(String) : undefined;
  } catch {
    return undefined;
  }
};

const askForPolls = async ({ config, table, clock, nonce }: Invocation["deps"], names: readonly string[]) => {
  for (const name of names) {
    const { sftp, pull } = streamNamed(config, name);
    if (pull) await requestPoll(table, { partner: partnerOf(sftp), stream: name, now: clock.wall(), nonce });
  }
};

const redriveMessages = async (invocation: Invocation): Promise<RedriveAnswer> => {
  const { deps, deadline, deadLetters } = invocation;
  const problems: string[] = [];
  const seen = new Set<string>();
  const entries: Entry[] = [];
  let takenIn = 0;
  let next: string | undefined;
  for (;;) {
    if (deadline.isClosing()) {
      next = "go-on";
      break;
    }
    const messages = (await deadLetters.receive()).filter(({ id }) => !seen.has(id));
    if (messages.length === 0) break;
    for (const message of messages) {
      seen.add(message.id);
      try {
        const polled = pollIn(message.body);
        if (polled === undefined) {
          for (const object of createdObjectsOf(message.body, deps.clock.wall()))
            entries.push(...(await intake(deps, object)));
        } else await askForPolls(deps, polled);
      } catch (error) {
        problems.push(`Message ${message.id}: ${(error as Error).message}`.slice(0, 500));
        continue;
      }
      await deadLetters.remove(message);
      takenIn++;
    }
  }
  const files = await drainByPartner(invocation, entries);
  return {
    redriven: entries.length,
    files,
    messages: { taken_in: takenIn, left: problems.length, problems: problems.slice(0, 20) },
    ...(next === undefined ? {} : { next }),
  };
};

const drainByPartner = async (invocation: Invocation, entries: readonly Entry[]): Promise<RedriveAnswer["files"]> => {
  const files: (FileOutcome & { stream: string })[] = [];
  for (const [partner, ofPartner] of Map.groupBy(entries, (entry) => entry.partner)) {
    for (const [stream, ofStream] of Map.groupBy(ofPartner, (entry) => entry.stream))
      files.push(...(await drainNow(invocation, partner, ofStream)).map((file) => ({ stream, ...file })));
  }
  return files;
};

export const redrive = async (invocation: Invocation, request: RedriveRequest): Promise<RedriveAnswer> => {
  const { stream: name, path, all, queue } = request;
  if ([name !== undefined, all, queue].filter(Boolean).length !== 1)
    throw new ActionError(
      "malformed",
      "Say what is to be redriven with exactly one of --stream (and --path for one file or directory), --all, and --queue for the dead-letter queues.",
    );
  if (path !== undefined && name === undefined)
    throw new ActionError("malformed", "--path needs the --stream that it belongs to.");
  if (queue) return redriveMessages(invocation);

  const { deps, deadline } = invocation;
  const due: Entry[] = [];
  // Due already, and held up by its partner's pause, or waiting for the next tick: the drain takes all of them, named here or
  // not. They are told of once, and not read one by one: there may be very many.
  const waiting: Item[] = [];
  // What was given up is open a moment later.
  const seen = new Set<string>();
  let next: string | undefined;
  for await (const page of candidates(invocation, name)) {
    for (const item of page) {
      const id = `${item.pk} ${item.sk}`;
      if (!matches(item, path) || seen.has(id)) continue;
      seen.add(id);
      if (item["state"] === "pending" && isDue(item, deps.clock.wall())) {
        if (request.next === undefined && waiting.length < maxRows) waiting.push(item);
        continue;
      }
      const entry = await retryEntry(invocation, item);
      if (entry) due.push(entry);
    }
    if (deadline.isClosing() || due.length >= maxRows) {
      // What is due now is no longer among the candidates: the rest is found by asking again.
      next = "go-on";
      break;
    }
  }
  due.push(...(await deps.journal.readMany(waiting)));
  const files = await drainByPartner(invocation, due);
  return { redriven: due.length, files, ...(next === undefined ? {} : { next }) };
};
