/** What the copy of one file to S3 works with. */
import type { Entry } from "../journal/entry.ts";
import type { ObjectPlace } from "../s3/objects.ts";
import type { RemoteReader } from "../sftp/remote.ts";
import { VerificationError } from "../transfer/errors.ts";
import type { Expected } from "./checksum.ts";
import type { PullContext } from "./context.ts";

export interface Copy {
  readonly entry: Entry;
  readonly bytes: number;
  /** Undefined where it couldn't be found out. */
  readonly sha256: string | undefined;
}

export interface CopyTask {
  readonly entry: Entry;
  readonly reader: RemoteReader;
  readonly place: ObjectPlace;
  readonly metadata: Record<string, string>;
  readonly context: PullContext;
  /** What the content has to be, by the partner's marker. */
  readonly expected: Expected | undefined;
  /** Throws if the source isn't what it was when it was opened; `entry` is the entry as it is by then, `bytes` what was read. */
  readonly unchanged: (entry: Entry, bytes: number) => Promise<void>;
}

export const truncated = (task: CopyTask, bytes: number) =>
  new VerificationError(
    `Stream ${task.entry.stream}: the partner sent ${bytes} of ${task.reader.size} bytes of ${task.entry.source_location}; it is read again`,
  );
