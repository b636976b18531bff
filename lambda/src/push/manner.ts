import { fewRequests } from "../sftp/crowd.ts";
import { type Care, cares, TooBold } from "../sftp/errors.ts";
import { CutShort, OldBytes, OtherBytes, PutAway } from "../transfer/errors.ts";
import type { PushContext } from "./context.ts";

/** How a file is sent, where the usual way was refused or gave other bytes in this run. */
export interface Manner {
  readonly care?: Care;
  /** It was sent before, with a look that the server doesn't bear. */
  readonly again?: boolean;
  /** What lies under the final name (`direct`) is removed first. */
  readonly afresh?: boolean;
  /** What happened, and what is known of the server if more care helps. */
  readonly surprise?: string;
}

const careAfter = (error: unknown): Care | undefined => {
  if (error instanceof TooBold) return error.care;
  if (error instanceof CutShort) return "late-close";
  return error instanceof OtherBytes ? "one-handle" : undefined;
};

/** The next, more careful manner after an error that more care may spare; undefined after any other. */
export const withMoreCare = (error: unknown, manner: Manner): Manner | undefined => {
  if (error instanceof PutAway) return manner.again ? undefined : { ...manner, again: true };
  if (error instanceof OldBytes)
    return manner.afresh ? undefined : { ...manner, afresh: true, surprise: error.message };
  const { care, afresh = false, again = false } = manner;
  const next = careAfter(error);
  if (next === undefined || !(error instanceof Error)) return undefined;
  const isMore = care === undefined || cares.indexOf(next) > cares.indexOf(care);
  return isMore ? { care: next, afresh, again, surprise: error.message } : undefined;
};

/** Notes what has helped: the next file, and the next run, begin with it. */
export const learnFrom = ({ care, afresh, surprise = "" }: Manner, { traits }: PushContext): void => {
  if (afresh && traits.can("truncates") === undefined) traits.learn("truncates", false, surprise);
  if (care === "late-close") traits.learn("pipelined_close", false, surprise);
  if (care === "one-handle") traits.learn("several_handles", false, surprise);
  if (care === "few-requests") traits.lower("requests", fewRequests, surprise);
  if (care === "small-requests") traits.learn("large_requests", false, surprise);
  if (care === "one-request") traits.learn("pipelined_writes", false, surprise);
};
