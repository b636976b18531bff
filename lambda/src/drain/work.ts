import type { Partner } from "../config/partners.ts";
import type { Entry } from "../journal/entry.ts";
import type { Lease } from "../journal/lease.ts";
import type { Remote } from "../sftp/remote.ts";
import type { Traits } from "../traits/traits.ts";
import type { Deadline } from "./deadline.ts";
import type { DrainDeps } from "./deps.ts";
import type { ExtraConnections } from "./extra-connections.ts";
import type { Session } from "./session.ts";

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
}
