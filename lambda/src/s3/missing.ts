/** Whether something isn't in S3, or only may not be read, by what S3 has answered. */
import { isS3Error } from "../aws/s3-errors.ts";

export const hasStatus = (error: unknown, status: number): boolean =>
  isS3Error(error) && error.$metadata.httpStatusCode === status;

/** Was a condition of the request not met? */
export const isUnmet = (error: unknown): boolean => hasStatus(error, 412);

/** Did another request to the key come between? Then S3 wants the upload begun anew (API_CompleteMultipartUpload.html, If-None-Match). */
export const isConflict = (error: unknown): boolean => hasStatus(error, 409);

/** Have the bytes another checksum than was told of them? (API_CompleteMultipartUpload.html, x-amz-checksum-type) */
export const isDamaged = (error: unknown): boolean => isS3Error(error) && error.name === "BadDigest";

export const isMissing = (error: unknown): boolean => hasStatus(error, 404) && (error as Error).name !== "NoSuchBucket";

/** Gone, refused, archived, or another object by now: asking again gives nothing else. */
export const isUnreadable = (error: unknown): boolean =>
  [403, 404, 405, 412, 416].some((status) => hasStatus(error, status)) && (error as Error).name !== "NoSuchBucket";
