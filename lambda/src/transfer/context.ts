import type { Clock } from "../clock.ts";
import type { Budget } from "../concurrency/budget.ts";
import type { BridgeConfig, StreamConfig } from "../config/types.ts";
import type { Judges } from "../gate/types.ts";
import type { Delivery } from "../journal/entry.ts";
import type { Journal } from "../journal/journal.ts";
import type { Lease } from "../journal/lease.ts";
import type { Table } from "../journal/table.ts";
import type { ObjectStore } from "../s3/objects.ts";
import type { ReadSecret } from "../secrets/types.ts";
import type { Remote } from "../sftp/remote.ts";
import type { Log } from "../telemetry/types.ts";
import type { Traits } from "../traits/traits.ts";
import type { Sizes } from "./sizes.ts";

/** How long a transfer may take. Milliseconds. */
export interface Time {
  /** Until transfers of this invocation have to stop. */
  left(): number;
  /** What a whole invocation has. */
  readonly whole: number;
}

/** What the transfer of one file works with. */
export interface TransferContext {
  readonly config: BridgeConfig;
  readonly stream: StreamConfig;
  readonly journal: Journal;
  /** Where the journal is kept. */
  readonly table: Table;
  readonly objects: ObjectStore;
  readonly remote: Remote;
  /** What is known of the partner's server. */
  readonly traits: Traits;
  readonly lease: Lease;
  /** Bytes held in memory on the way to S3, over all transfers of the invocation. */
  readonly memory: Budget;
  readonly sizes: Sizes;
  /** The bucket in which files are changed on their way. */
  readonly staging: string;
  readonly time: Time;
  readonly readSecret: ReadSecret;
  /** What gates are asked through; without it none lets anything pass. */
  readonly judges?: Judges | undefined;
  readonly clock: Clock;
  readonly nonce: () => string;
  /** Milliseconds. */
  readonly sleep: (milliseconds: number) => Promise<void>;
  readonly log: Log;
  /** Aborts when the transfer has to stop: out of time, lease or connection lost. Its reason says which. */
  readonly signal: AbortSignal;
}

/** How a transfer ended, other than by an error. */
export interface Outcome {
  readonly result: "delivered" | "gone" | "skipped" | "unchanged" | "taken" | "consumed" | "rejected" | "waits";
  readonly bytes: number;
  /** What the audit trail got. */
  readonly delivery?: Delivery;
}

/** It isn't over: the entry says when it is due again. */
export const waits: Outcome = { result: "waits", bytes: 0 };
