/** Whether something isn't in S3, or only may not be read. */
import {
  ListObjectsV2Command,
  ListObjectVersionsCommand,
  type ListObjectVersionsCommandOutput,
  type S3Client,
  S3ServiceException,
} from "@aws-sdk/client-s3";
import type { ObjectPlace } from "./objects.ts";

const hasStatus = (error: unknown, status: number): boolean =>
  error instanceof S3ServiceException && error.$metadata.httpStatusCode === status;

/** Was a condition of the request not met? */
export const isUnmet = (error: unknown): boolean => hasStatus(error, 412);

/** Did another request to the key come between? Then S3 wants the upload begun anew (API_CompleteMultipartUpload.html, If-None-Match). */
export const isConflict = (error: unknown): boolean => hasStatus(error, 409);

/** Have the bytes another checksum than was told of them? (API_CompleteMultipartUpload.html, x-amz-checksum-type) */
export const isDamaged = (error: unknown): boolean => error instanceof S3ServiceException && error.name === "BadDigest";

export const isMissing = (error: unknown): boolean =>
  hasStatus(error, 404) && (error as S3ServiceException).name !== "NoSuchBucket";

/**
 * Is the object, or this version of it, gone? S3 answers 404 only to whoever may list the whole bucket, and 403 to all others
 * (docs.aws.amazon.com/AmazonS3/latest/API/API_GetObject.html, Permissions). The role may list below its prefixes, which a
 * request for an object has none of; so a 403 has a listing made that starts at the key. Only what a listing that was allowed
 * doesn't show is gone: a real refusal stays one.
 */
export const isGone = async (
  client: Pick<S3Client, "send">,
  { bucket, key }: ObjectPlace,
  versionId: string | undefined,
  error: unknown,
): Promise<boolean> => {
  if (isMissing(error)) return true;
  if (!hasStatus(error, 403)) return false;
  try {
    if (versionId === undefined) {
      const { Contents = [] } = await client.send(
        new ListObjectsV2Command({ Bucket: bucket, Prefix: key, MaxKeys: 1 }),
      );
      return Contents[0]?.Key !== key;
    }
    for (
      let marker: { KeyMarker?: string | undefined; VersionIdMarker?: string | undefined } | undefined = {};
      marker;
    ) {
      const page: ListObjectVersionsCommandOutput = await client.send(
        new ListObjectVersionsCommand({ Bucket: bucket, Prefix: key, ...marker }),
      );
      const versions = page.Versions ?? [];
      if (versions.some((one) => one.Key === key && one.VersionId === versionId)) return false;
      // Versions of a key follow each other, and the key itself comes before all that begin with it.
      const more = page.IsTruncated && page.NextKeyMarker === key;
      marker = more ? { KeyMarker: page.NextKeyMarker, VersionIdMarker: page.NextVersionIdMarker } : undefined;
    }
    return true;
  } catch {
    return false; // the first refusal says more
  }
};

/** Gone, refused, archived, or another object by now: asking again gives nothing else. */
export const isUnreadable = (error: unknown): boolean =>
  [403, 404, 405, 412, 416].some((status) => hasStatus(error, status)) &&
  (error as S3ServiceException).name !== "NoSuchBucket";
