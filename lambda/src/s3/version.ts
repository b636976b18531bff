/** An object's version, as S3's answers tell of it. */
import type { Head } from "../aws/s3.ts";
import { unquoted } from "./inputs.ts";
import type { ObjectVersion } from "./objects.ts";

/** The version's name: a bucket without versioning gives the same ETag for the same bytes put again, so the time belongs to it. */
export const identityOf = (version: { versionId?: string | undefined; etag: string; lastModified: number }): string =>
  version.versionId && version.versionId !== "null"
    ? version.versionId
    : `${version.etag}@${new Date(version.lastModified).toISOString()}`;

export const versionOf = (head: Head): ObjectVersion => {
  const etag = unquoted(head.ETag);
  const lastModified = head.LastModified?.getTime() ?? 0;
  const versionId = head.VersionId && head.VersionId !== "null" ? head.VersionId : undefined;
  const total = head.ContentRange?.split("/").at(1);
  return {
    identity: identityOf({ versionId, etag, lastModified }),
    versionId,
    etag,
    lastModified,
    size: total === undefined ? (head.ContentLength ?? 0) : Number(total),
    metadata: head.Metadata ?? {},
  };
};
