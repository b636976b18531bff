/** Whether an object isn't there, or only may not be read: S3's refusal says the same of both. */
import type { ListObjectVersionsCommandOutput, S3Client } from "@aws-sdk/client-s3";
import { ListObjectsV2Command, ListObjectVersionsCommand } from "../aws/sdk/s3.ts";
import { hasStatus, isMissing } from "./missing.ts";
import type { ObjectPlace } from "./objects.ts";

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
