/** Servers whose times change by themselves: with each look, or with each OPEN. A file there would never be seen to hold still. */

import type { Entry } from "../journal/entry.ts";
import { keptBy } from "../kept-by.ts";
import { isRefusal } from "../sftp/errors.ts";
import type { RemoteStat } from "../sftp/remote.ts";
import type { Traits } from "../traits/traits.ts";
import type { PullContext } from "./context.ts";
import { versionOf } from "./identity.ts";

/** A file whose time alone was seen to change so often is looked at more closely. */
const often = 3;
/** Times have whole seconds: for so long nobody touches the file. Milliseconds. */
const pause = 2_000;

/** Enough for an answer after some seconds as well. */
const looks = 8;

/** By partner's traits, which live as long as a run: how often each file's time alone has changed. */
const changesIn = keptBy<Traits, Map<string, number>>(() => new Map());

/** What a closer look works with. */
export type Looking = Pick<PullContext, "remote" | "traits" | "clock" | "sleep" | "signal">;

/**
 * Several looks at once, however far the server is: whoever writes changes a time of whole seconds as often as a second begins
 * meanwhile, and not more.
 */
const changesWithLooks = async (path: string, { remote, clock }: Looking): Promise<boolean> => {
  const began = clock.steady();
  const times = (await Promise.all(Array.from({ length: looks }, () => remote.stat(path)))).map((stat) => stat?.mtime);
  const begun = Math.floor((clock.steady() - began) / 1_000) + 1;
  return new Set(times).size > begun + 1 && !times.includes(undefined);
};

/** It holds still while nobody opens it, and changes with an OPEN: twice. Nothing is read, since some delete what was read. */
const changesWithOpens = async (path: string, { remote, sleep, signal }: Looking): Promise<boolean> => {
  for (let turn = 0; turn < 2; turn++) {
    const before = await remote.stat(path);
    await sleep(pause);
    signal.throwIfAborted();
    const still = await remote.stat(path);
    if (before?.mtime === undefined || still?.mtime !== before.mtime || still.size !== before.size) return false;
    const reader = await remote.openRead(path);
    await reader?.close();
    const after = await remote.stat(path);
    if (after?.mtime === undefined || after.mtime === still.mtime || after.size !== still.size) return false;
  }
  return true;
};

/** Looks closely whether a file's time changes by itself, and notes it if so; undefined where the server won't have it looked at. */
export const timesChange = async (path: string, context: Looking): Promise<boolean | undefined> => {
  const { traits } = context;
  // A poll lists meanwhile, and there a file is closed only once nothing else is under way.
  if (traits.can("goes_on_after_close") === false) return undefined;
  try {
    if (await changesWithLooks(path, context))
      traits.learn("times", false, "a file's time changed with each look at it");
    else if (await changesWithOpens(path, context))
      traits.learn("times", false, "a file's time changed whenever it was opened for reading, and at no other time");
    else return false;
    return true;
  } catch (error) {
    if (!isRefusal(error)) throw error;
    return undefined;
  }
};

/** Notes it with the server's traits where a file, of which nothing but the time changes, shows that its time says nothing. */
export const judgeTimes = async (entry: Entry, stat: RemoteStat, context: PullContext): Promise<void> => {
  const { traits } = context;
  const path = entry.source_location;
  const { size, mtime } = versionOf(entry.source.identity ?? "");
  if (traits.can("times") !== undefined || stat.mtime === undefined || mtime === undefined) return;
  if (!size || stat.size !== size || stat.mtime === mtime) return;
  const counts = changesIn(traits);
  const count = (counts.get(path) ?? 0) + 1;
  counts.set(path, count % often);
  if (count >= often) await timesChange(path, context);
};
