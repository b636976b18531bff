import type { Clock } from "../clock.ts";
import type { Budget } from "../concurrency/budget.ts";
import type { Partner } from "../config/partners.ts";
import type { BridgeConfig, StreamConfig } from "../config/types.ts";
import type { Judges } from "../gate/types.ts";
import type { Journal } from "../journal/journal.ts";
import type { Sightings } from "../journal/lease.ts";
import type { Table } from "../journal/table.ts";
import type { ObjectStore } from "../s3/objects.ts";
import type { Credentials, ReadSecret, SecretClients } from "../secrets/types.ts";
import type { Remote } from "../sftp/remote.ts";
import type { Reached } from "../sftp/ssh/session.ts";
import type { Telemetry } from "../telemetry/types.ts";
import type { Traits } from "../traits/traits.ts";
import type { Sizes } from "../transfer/sizes.ts";
import type { Every } from "./session.ts";

/** What every run works with. */
export interface DrainDeps {
  readonly config: BridgeConfig;
  readonly table: Table;
  readonly journal: Journal;
  readonly objects: ObjectStore;
  readonly memory: Budget;
  readonly telemetry: Telemetry;
  readonly clock: Clock;
  readonly nonce: () => string;
  readonly random: () => number;
  readonly sightings: Sightings;
  readonly sleep: (milliseconds: number) => Promise<void>;
  /** Runs what has to happen while transfers are under way; an interval unless a test has its own. */
  readonly every?: Every;
  /** The bucket below whose `staging/` files are changed on their way: the configuration's. */
  readonly staging: string;
  /** The account of the bridge, where that is known. */
  readonly accountId?: string | undefined;
  /** Milliseconds that a whole invocation has. */
  readonly invocationTime: number;
  /** Reads secrets of a stream by its name. */
  readonly readSecret: (stream: string) => ReadSecret;
  /** Somebody is to be told of host keys that servers announce and that aren't pinned. */
  readonly tellsHostKeys?: boolean;
  /** What gates are asked through; without it none lets anything pass. */
  readonly judges?: Judges;
  /** Sizes that only tests change. */
  readonly sizes?: Sizes;
  /** Milliseconds of a processor that this process has used; its own unless a test has another. */
  readonly processorTime?: () => number;
  /** Where credentials come from; absent where nobody may try others. */
  readonly access?: {
    readonly secrets: SecretClients;
    /** The same with other clients: an operator tries a version of a secret that isn't in use yet. */
    readonly by: (secrets: SecretClients) => {
      readonly credentials: (stream: StreamConfig) => Promise<Credentials>;
      readonly connect: DrainDeps["connect"];
    };
  };
  /** Opens a connection to a partner. Throws RemoteError or SecretError. */
  readonly connect: (partner: Partner, signal: AbortSignal, reached?: Reached, traits?: Traits) => Promise<Remote>;
}
