/** What requests to S3 are made of, as the SDK names it. */
import type { Storing } from "../config/types.ts";
import { ObjectExists, type ObjectPlace, type Only } from "./objects.ts";

export const named = ({ bucket, key }: ObjectPlace) => ({ Bucket: bucket, Key: key });

export const unquoted = (etag: string | undefined): string => (etag ?? "").replaceAll('"', "");

/** As the SDK names it. */
export const inputOf = ({ encryption, kmsKeyArn, acl }: Storing = {}) => ({
  ServerSideEncryption: encryption,
  SSEKMSKeyId: kmsKeyArn,
  ACL: acl,
});

/** https://docs.aws.amazon.com/AmazonS3/latest/userguide/conditional-writes.html: both need no more than s3:PutObject and s3:GetObject. */
export const conditionOf = (only: Only | undefined) =>
  only === undefined ? {} : only === "absent" ? { IfNoneMatch: "*" } : { IfMatch: only.etag };

export const existing = ({ bucket, key }: ObjectPlace, cause: unknown) =>
  new ObjectExists(`s3://${bucket}/${key} has another object by now; nothing was written`, { cause });
