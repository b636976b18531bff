/** What an error says to the engineer on call: the stream, the file, what happened, what to do next. */
import type { S3ServiceException } from "@aws-sdk/client-s3";
import { isS3Error } from "../aws/s3-errors.ts";
import type { Entry } from "../journal/entry.ts";
import { RemoteError } from "../sftp/errors.ts";

/** S3's errors that somebody has to act on; others pass by themselves. */
const remedies: Readonly<Record<string, { push: string; pull: string }>> = {
  NoSuchBucket: {
    push: "Make the bucket, or correct push.s3",
    pull: "Make the bucket, or correct pull.s3; the file stays at the partner until then",
  },
  AccessDenied: {
    push: "Let the function's role read the bucket: its policy is the module's, a bucket policy or a KMS key may deny (push.kms_key_arn); a bucket of another account needs the output bucket_policies, and that account in push.bucket_owner, if that is set",
    pull: "Let the function's role write to the bucket: its policy is the module's, a bucket policy or a KMS key may deny (pull.kms_key_arn; pull.encryption, where the policy demands a header); a bucket of another account needs the output bucket_policies, and that account in pull.bucket_owner, if that is set",
  },
};

/** S3 tells when it was the key: "… is not authorized to perform: kms:Decrypt on …". */
const ofKey = (error: S3ServiceException, direction: Entry["direction"]): string | undefined => {
  const permission = error.name === "AccessDenied" ? /\bkms:\w+/.exec(error.message)?.[0] : undefined;
  return permission === undefined
    ? undefined
    : `Name the bucket's key in ${direction}.kms_key_arn, which lets the role have ${permission}; where the key is another account's, or its policy doesn't leave that to IAM, add the output stream_key_statements to its policy`;
};

const words = (error: unknown): string => (error instanceof Error ? error.message : String(error)).replace(/\.$/, "");

const ofS3 = (error: S3ServiceException, direction: Entry["direction"]): string => {
  const remedy = ofKey(error, direction) ?? remedies[error.name]?.[direction];
  return `S3 says ${error.name} (${words(error)})${remedy === undefined ? "" : `. ${remedy}`}.`;
};

/** One word for the kind of error, as the journal and the logs have it. */
export const failureKind = (error: unknown): string =>
  error instanceof RemoteError ? error.kind : error instanceof Error ? error.name : "unknown";

const longest = 1_000;

/** The message for the journal, at most 1,000 characters; never with a secret, since no error carries one. */
export const explain = (
  error: unknown,
  entry: Pick<Entry, "stream" | "direction" | "source_location" | "path">,
): string => {
  const prefix = `Stream ${entry.stream}: `;
  const text = isS3Error(error) ? ofS3(error, entry.direction) : words(error);
  const what = text.startsWith(prefix) ? text.slice(prefix.length) : text;
  return `${prefix}${what.includes(entry.path) ? "" : `${entry.source_location}: `}${what}`.slice(0, longest);
};
