/** What a server can't do, told by the requests that its connections end at or that it never answers. */
import type { Ability } from "../config/server-traits.ts";
import type { Traits } from "../traits/traits.ts";
import { type Channel, fstatAction } from "./channel.ts";
import { type Crowd, fewRequests } from "./crowd.ts";
import type { Requests } from "./requests.ts";
import type { Trial } from "./trial.ts";

/** How SETSTAT is called in messages. */
export const attributesAction = "set permissions or time of";

/** What may be too large for a server. */
export const isTransfer = /^(read|write) /;
/** Requests that can be done without, as they are called in messages. */
const dispensable: readonly { readonly action: string; readonly ability: Ability }[] = [
  { action: "stat", ability: "stat" },
  { action: "lstat", ability: "stat" },
  { action: "open for writing", ability: "exclusive_open" },
];
/** What is asked only once a file's CLOSE was answered, or has taken its time. */
const comesLater = /^(remove|rename|make) /;
/** What a partner's connections ended at the last time, in this process: once is chance. */
const endedAt = new Map<string, Ability>();

export interface ConnectionEnd {
  /** A file is about to be closed. */
  fileCloses(): void;
  /** The CLOSE of a file was answered. */
  fileClosed(): void;
  /** The connection has ended. */
  ended(why: string): void;
  /** A file's CLOSE has no answer, while nothing else is known to wait: is it learned that there will be none? */
  closeUnanswered(why: string): boolean;
}

/** Learns from the end of one connection. */
export const createConnectionEnd = (connection: {
  readonly partner: string;
  readonly main: Channel;
  readonly requests: Requests;
  readonly crowd: Crowd;
  readonly trial: Trial;
  readonly traits: Traits;
}): ConnectionEnd => {
  const { partner, main, requests, crowd, trial, traits } = connection;
  /** How many requests had been sent when a file was closed for the first time. */
  let sentAtClose: number | undefined;
  /** Files that were asked to be closed. */
  let closes = 0;

  /** Did it end with the first file that was closed, and answer nothing that was asked from then on? */
  const endedWithFile = (why: string): boolean => {
    if (sentAtClose === undefined || requests.lastAnswered > sentAtClose) return false;
    traits.learn(
      "goes_on_after_close",
      false,
      `the connection ended when a file was closed, and answered nothing that was asked from then on: ${why}`,
    );
    return true;
  };
  /** Did it end, or say nothing any more, at a file's CLOSE? Sure, or none was ever answered here. */
  const noteClose = (why: string, isSure: boolean): boolean => {
    if (closes === 0 || (!isSure && (sentAtClose !== undefined || requests.waitsFor(comesLater)))) return false;
    traits.learn("goes_on_after_close", false, `the CLOSE of a file was never answered: ${why}`);
    return true;
  };
  /** These are the first that most connections send, so that one may well end there by chance. */
  const noteDispensable = (why: string): void => {
    const { oldest = "" } = requests;
    const first = dispensable.find(
      ({ action, ability }) =>
        traits.can(ability) === undefined &&
        !main.heard.has(action) &&
        (oldest.startsWith(`${action} "`) ||
          (requests.waiting <= fewRequests && requests.waitsFor(new RegExp(`^${action} "`)))),
    );
    if (first !== undefined && endedAt.get(partner) === first.ability)
      traits.learn(first.ability, false, `two connections ended at the first request of that kind: ${why}`);
    endedAt.delete(partner);
    if (first !== undefined) endedAt.set(partner, first.ability);
  };
  /** The request that the server ended the connection at, if it was one that can be done without, and none was ever answered here. */
  const noteWhatBrokeIt = (why: string): boolean => {
    const { oldest = "" } = requests;
    const words = `the connection ended at the first request of that kind: ${why}`;
    const isLook = oldest.startsWith(fstatAction) && !main.heard.has(fstatAction) && traits.can("fstat") === undefined;
    if (isLook) traits.learn("fstat", false, words);
    if (oldest.startsWith(attributesAction) && traits.can("set_attributes") === undefined)
      traits.learn("set_attributes", false, words);
    noteDispensable(why);
    // A look is sent right before CLOSE: which of the two it was, the next time tells.
    return !isLook && noteClose(why, false);
  };

  return {
    fileCloses() {
      closes += 1;
    },
    fileClosed() {
      sentAtClose ??= requests.sent;
    },
    ended(why) {
      if (endedWithFile(why)) return;
      const isSuspect = trial.lost(why);
      const isIt = isSuspect && isTransfer.test(requests.oldest ?? "");
      if (isIt || !noteWhatBrokeIt(why)) crowd.lost(requests.waiting);
    },
    closeUnanswered: (why) => noteClose(why, true),
  };
};
