/** What an error says to the engineer on call: the stream, the file, what happened, what to do next. */
import { S3ServiceException } from "@aws-sdk/client-s3";
import type { Entry } from "../journal/entry.ts";
import { RemoteError } from "../sftp/errors.ts";

/** S3's errors that somebody has to act on; others pass by themselves. */
const remedies: Readonly<Record<string, { push: string; pull: string }>> = {
  NoSuchBucket: {
    push: "Make the bucket, or correct push.s3",
    pull: "Make the bucket, or correct pull.s3; the file stays at the partner until then",
  },
  AccessDenied: {
    push: "Let the function's role read the bucket: its policy is the module's, a bucket policy or a KMS key may deny (push.kms_key_arn)",
    pull: "Let the function's role write to the bucket: its policy is the module's, a bucket policy or a KMS key may deny (pull.kms_key_arn)",
  },
};

const words = (error: unknown): string => (error instanceof Error ? error.message : String(error)).replace(/\.$/, "");

const ofS3 = (error: S3ServiceException, direction: Entry["direction"]): string => {
  const remedy = remedies[error.name]?.[direction];
  return `S3 says ${error.name} (${words(error)})${remedy === undefined ? "" : `. ${remedy}`}.`;
};

/** One word for the kind of error, as the journal and the logs have it. */
export const kindOf = (error: unknown): string =>
  error instanceof RemoteError ? error.kind : error instanceof Error ? error.name : "unknown";

const longest = 1_000;

/** What in a network of the user's may be in the way of a connection that gets no answer, by name; empty outside of one. */
const inTheWay = (error: unknown, network: string | undefined): string =>
  network !== undefined && error instanceof RemoteError && ["connect-timeout", "unreachable"].includes(error.kind)
    ? `. The function is in a VPC (${network}): see that its security groups let out to the partner's port, and that the subnets have a route to a NAT gateway`
    : "";

/**
 * The message for the journal, at most 1,000 characters; never with a secret, since no error carries one. `network` is what
 * the module says of the function's VPC.
 */
export const explain = (
  error: unknown,
  entry: Pick<Entry, "stream" | "direction" | "source_location" | "path">,
  network = process.env["BRIDGE_VPC"],
): string => {
  const prefix = `Stream ${entry.stream}: `;
  const text =
    error instanceof S3ServiceException ? ofS3(error, entry.direction) : words(error) + inTheWay(error, network);
  const what = text.startsWith(prefix) ? text.slice(prefix.length) : text;
  return `${prefix}${what.includes(entry.path) ? "" : `${entry.source_location}: `}${what}`.slice(0, longest);
};
