/** What a server bears of requests that wait for an answer at one time: found out where it refuses some, or ends the connection. */
import type { Traits } from "../traits/traits.ts";
import { mayBeLimit } from "./errors.ts";
import type { Requests } from "./requests.ts";

/** Requests in flight that every server bears. */
export const fewRequests = 8;

export interface Crowd {
  /** Sends what may be sent twice; once more among few others where it was refused among many. Throws RemoteError. */
  ask<T>(send: () => Promise<T>): Promise<T>;
  /** A request was refused that was one of many: from now on there are few. */
  refused(): void;
  /** The server has ended the connection, or has no answer, and so many were waiting. */
  lost(waiting: number): void;
}

/** Keeps the requests of one connection within what is known of the server, and learns it. */
export const createCrowd = (requests: Requests, traits: Traits): Crowd => {
  const known = () => traits.limit("requests") ?? Number.POSITIVE_INFINITY;
  /** Reasons to send few, whatever is known. */
  let doubts = 0;
  const keep = () => requests.limit(Math.min(known(), doubts > 0 ? fewRequests : Number.POSITIVE_INFINITY));
  const doubt = (by: number) => {
    doubts += by;
    keep();
  };
  keep();
  traits.onChange(keep);

  return {
    async ask(send) {
      const others = requests.waiting;
      try {
        return await send();
      } catch (error) {
        if (others < fewRequests || !mayBeLimit(error)) throw error;
        doubt(1);
        try {
          const answer = await send();
          traits.lower("requests", fewRequests, `one of ${others + 1} was refused: ${error.message}`);
          return answer;
        } finally {
          doubt(-1);
        }
      }
    },
    refused: () => doubt(1),
    lost(waiting) {
      if (waiting <= fewRequests) return;
      traits.suspect("requests", waiting, fewRequests, `the connection ended while ${waiting} waited for an answer`);
    },
  };
};
