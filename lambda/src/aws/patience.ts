/** How long answers of AWS are waited for. */

/** Milliseconds. */
export interface Patience {
  /** Until there is a connection. */
  readonly connect: number;
  /** Until an answer begins, beside the time that the request's own bytes take; and between two of its bytes. */
  readonly answer: number;
}

/** Of services that answer small requests with small answers: secrets, parameters, keys, queues, invocations. */
export const smallRequests: Patience = { connect: 3_000, answer: 5_000 };
