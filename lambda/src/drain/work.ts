import type { Partner } from "../config/partners.ts";
import type { Entry } from "../journal/entry.ts";
import type { Lease } from "../journal/lease.ts";
import type { PollRequest } from "../journal/polls.ts";
import type { Remote } from "../sftp/remote.ts";
import type { Traits } from "../traits/traits.ts";
import type { Deadline } from "./deadline.ts";
import type { DrainDeps } from "./deps.ts";
import type { ExtraConnections } from "./extra-connections.ts";
import type { Notes } from "./notes.ts";
import type { Session } from "./session.ts";

/** A look at the polls that wait, with the wake-ups that were known when it began: one that came later is to be looked for again. */
export interface Look {
  /** At the drain's own slot. */
  readonly answered: number;
  /** At all its slots. */
  readonly known: number;
  readonly polls: Promise<readonly PollRequest[]>;
}

/** One turn at a partner: what polls and transfers have in common. */
export interface Work {
  readonly deps: DrainDeps;
  readonly partner: Partner;
  readonly lease: Lease;
  readonly remote: Remote;
  /** What is known of the server. */
  readonly traits: Traits;
  readonly session: Session;
  readonly extra: ExtraConnections;
  /** Is there a round trip, so that several connections carry more than one? */
  readonly far: boolean;
  /** Is it so short that half as many files under way keep a processor as busy? */
  readonly near: boolean;
  readonly deadline: Deadline;
  readonly hints: readonly Entry[];
  /** Was begun while the connection was made. */
  readonly first: Look;
  /** For the status and for alarms; nothing waits for it but the drain's end. */
  readonly notes: Notes;
}
