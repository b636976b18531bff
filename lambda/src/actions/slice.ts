/**
 * An operator's action works for a slice of time, then answers with what it has done so far and a cursor from which the
 * caller goes on: whoever waits sees progress, and no client gives up waiting and asks twice (the AWS CLI does after 60 s).
 */
import { createDeadline } from "../transfer/deadline.ts";
import type { Invocation } from "./context.ts";

/** Milliseconds. */
const sliceTime = 45_000;

/** The same invocation with a deadline no later than the slice's end. */
export const sliceOf = (invocation: Invocation): Invocation => {
  const { deps, deadline } = invocation;
  const end = deps.clock.steady() + sliceTime;
  return { ...invocation, deadline: createDeadline(() => Math.min(deadline.remaining(), end - deps.clock.steady())) };
};

/** Rows of one answer: Lambda's answers have at most 6 MB. */
export const mostRows = 500;
