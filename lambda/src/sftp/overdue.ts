/** What becomes of requests that have no answer in time. */
import { closeAction } from "./channel.ts";
import { type ConnectionEnd, isTransfer } from "./connection-end.ts";
import type { Crowd } from "./crowd.ts";
import { RemoteError, Unanswered } from "./errors.ts";
import type { Overdue, Requests } from "./requests.ts";
import type { Trial } from "./trial.ts";

/**
 * What may be given up while the connection lives on: a late effect of it changes nothing. Of a READ the late answer would be written
 * into memory that is somebody else's by then.
 */
const mayBeLeft = /^(list|l?stat|stat the open file|open for reading) /;

/** Rejects them and goes on where that does no harm, else gives up the connection by `lose`. */
export const handleOverdue = (
  { all, isAlive, afterMs, reject }: Overdue,
  connection: {
    readonly partner: string;
    readonly requests: Requests;
    readonly crowd: Crowd;
    readonly trial: Trial;
    readonly atEnd: ConnectionEnd;
    readonly lose: (reason: RemoteError) => void;
  },
): void => {
  const { partner, requests, crowd, trial, atEnd, lose } = connection;
  const wordsOf = (what: string) => `no answer within ${Math.round(afterMs / 100) / 10} s to: ${what}`;
  const unanswered = (what: string) =>
    new Unanswered(
      `${partner}: ${wordsOf(what)}${isAlive ? ", while other requests were answered" : ""}. It is tried again; ask the partner what holds it up.`,
      isAlive,
    );
  if (isAlive && all.every((what) => mayBeLeft.test(what))) {
    reject(unanswered);
    return;
  }
  const [first = ""] = all;
  const isClose = first.startsWith(`${closeAction} `);
  if (isTransfer.test(first)) trial.lost(wordsOf(first));
  if (!(isClose && atEnd.closeUnanswered(wordsOf(first))) && !isAlive) crowd.lost(requests.waiting);
  const cause = unanswered(first);
  // Of a file whose CLOSE isn't answered, its content tells.
  if (!isClose) reject(unanswered);
  lose(
    new RemoteError("lost", `${partner}: ${wordsOf(first)}. The connection was dropped.`, {
      ...(!isClose && { cause }),
    }),
  );
};
