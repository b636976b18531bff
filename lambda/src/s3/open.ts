import { createHash } from "node:crypto";
import type { Readable } from "node:stream";
import {
  AbortMultipartUploadCommand,
  CompleteMultipartUploadCommand,
  CreateMultipartUploadCommand,
  DeleteObjectCommand,
  GetObjectCommand,
  HeadObjectCommand,
  ListMultipartUploadsCommand,
  type ListMultipartUploadsCommandOutput,
  ListObjectsV2Command,
  ListPartsCommand,
  NoSuchUpload,
  PutObjectCommand,
  type S3Client,
  UploadPartCommand,
} from "@aws-sdk/client-s3";
import type { Head, QuickS3 } from "../aws/s3.ts";
import type { Storing } from "../config/types.ts";
import { isConflict, isGone, isMissing, isUnmet } from "./missing.ts";
import {
  ObjectExists,
  type ObjectPlace,
  type ObjectStore,
  type ObjectVersion,
  type Only,
  type UploadedPart,
} from "./objects.ts";

/** The version's name: a bucket without versioning gives the same ETag for the same bytes put again, so the time belongs to it. */
export const identityOf = (version: { versionId?: string | undefined; etag: string; lastModified: number }): string =>
  version.versionId && version.versionId !== "null"
    ? version.versionId
    : `${version.etag}@${new Date(version.lastModified).toISOString()}`;

const unquoted = (etag: string | undefined): string => (etag ?? "").replaceAll('"', "");

const versionOf = (head: Head): ObjectVersion => {
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

async function* skip(body: AsyncIterable<Uint8Array>, count: number): AsyncGenerator<Uint8Array> {
  let left = count;
  for await (const chunk of body) {
    if (chunk.byteLength > left) yield chunk.subarray(left);
    left = Math.max(left - chunk.byteLength, 0);
  }
}

/** As the SDK names it. */
const inputOf = ({ encryption, kmsKeyArn, acl }: Storing = {}) => ({
  ServerSideEncryption: encryption,
  SSEKMSKeyId: kmsKeyArn,
  ACL: acl,
});

/** https://docs.aws.amazon.com/AmazonS3/latest/userguide/conditional-writes.html: both need no more than s3:PutObject and s3:GetObject. */
const conditionOf = (only: Only | undefined) =>
  only === undefined ? {} : only === "absent" ? { IfNoneMatch: "*" } : { IfMatch: only.etag };

const existing = ({ bucket, key }: ObjectPlace, cause: unknown) =>
  new ObjectExists(`s3://${bucket}/${key} has another object by now; nothing was written`, { cause });

/** S3 may take minutes to put thousands of parts together. Milliseconds until it begins to say so. */
const completing = 60_000;

const named = ({ bucket, key }: ObjectPlace) => ({ Bucket: bucket, Key: key });

/** S3 as an ObjectStore. Errors of the service are thrown as they are. What `quick` can't do for certain is done by the SDK. */
export const openObjectStore = (client: Pick<S3Client, "send">, quick?: QuickS3): ObjectStore => ({
  async get(place, { versionId, etag, offset = 0, expected, signal }) {
    const answer = await quick?.get(place, { versionId, etag, offset, expected, signal });
    if (answer === "missing") return undefined;
    if (answer) {
      const { head, body, discard } = answer;
      return { ...versionOf(head), body, discard };
    }
    try {
      const answer = await client.send(
        new GetObjectCommand({
          ...named(place),
          VersionId: versionId,
          IfMatch: etag,
          Range: offset > 0 ? `bytes=${offset}-` : undefined,
        }),
        { abortSignal: signal },
      );
      const body = answer.Body as Readable;
      // Destroyed before it is read, it must not bring the process down.
      body.on("error", () => {});
      // S3 answers a range with a range; a server that sends all of it instead isn't to be taken at its word.
      const behind = offset > 0 && answer.ContentRange === undefined ? skip(body, offset) : body;
      return { ...versionOf(answer), body: behind, discard: () => void body.destroy() };
    } catch (error) {
      if (await isGone(client, place, versionId, error)) return undefined;
      throw error;
    }
  },

  async *list(bucket, prefix, { after, pageSize } = {}) {
    let token: string | undefined;
    do {
      const page = await client.send(
        new ListObjectsV2Command({
          Bucket: bucket,
          Prefix: prefix,
          MaxKeys: pageSize,
          StartAfter: token === undefined ? after : undefined,
          ContinuationToken: token,
        }),
      );
      yield (page.Contents ?? []).map(({ Key = "", Size = 0, LastModified }) => ({
        key: Key,
        size: Size,
        lastModified: LastModified?.getTime() ?? 0,
      }));
      token = page.IsTruncated ? page.NextContinuationToken : undefined;
    } while (token);
  },

  async head(place, versionId) {
    try {
      return versionOf(await client.send(new HeadObjectCommand({ ...named(place), VersionId: versionId })));
    } catch (error) {
      if (await isGone(client, place, versionId, error)) return undefined;
      throw error;
    }
  },

  async remove(place, versionId) {
    await client.send(new DeleteObjectCommand({ ...named(place), VersionId: versionId }));
  },

  async put(place, body, { metadata, sha256, signal, storing, only }) {
    if ((await quick?.put(place, body, { metadata, sha256, signal, storing, only })) !== undefined) return;
    try {
      await client.send(
        new PutObjectCommand({
          ...named(place),
          Body: body,
          ContentLength: body.byteLength,
          Metadata: metadata,
          ...inputOf(storing),
          ...conditionOf(only),
          ChecksumSHA256: sha256,
        }),
        { abortSignal: signal },
      );
    } catch (error) {
      throw only !== undefined && isUnmet(error) ? existing(place, error) : error;
    }
  },

  async createUpload(place, metadata, storing) {
    const { UploadId, $metadata } = await client.send(
      new CreateMultipartUploadCommand({
        ...named(place),
        Metadata: metadata,
        ChecksumAlgorithm: "SHA256",
        ...inputOf(storing),
      }),
    );
    if (!UploadId) throw new Error(`S3 gave no upload id for s3://${place.bucket}/${place.key}`);
    return { uploadId: UploadId, repeated: ($metadata.attempts ?? 1) > 1 };
  },

  async *listUploads(bucket, prefix) {
    let marker: { KeyMarker?: string | undefined; UploadIdMarker?: string | undefined } | undefined = {};
    while (marker) {
      const page: ListMultipartUploadsCommandOutput = await client.send(
        new ListMultipartUploadsCommand({ Bucket: bucket, Prefix: prefix, ...marker }),
      );
      yield (page.Uploads ?? []).flatMap(({ Key, UploadId, Initiated }) =>
        Key && UploadId
          ? [{ key: Key, uploadId: UploadId, begun: Initiated?.getTime() ?? Number.POSITIVE_INFINITY }]
          : [],
      );
      marker = page.IsTruncated
        ? { KeyMarker: page.NextKeyMarker, UploadIdMarker: page.NextUploadIdMarker }
        : undefined;
    }
  },

  async uploadPart(place, uploadId, number, body, signal) {
    const sha256 = createHash("sha256").update(body).digest("base64");
    const etag = await quick?.put(place, body, { part: { uploadId, number }, sha256, signal });
    if (etag !== undefined) return { number, etag, size: body.byteLength, sha256 };
    const { ETag } = await client.send(
      new UploadPartCommand({
        ...named(place),
        UploadId: uploadId,
        PartNumber: number,
        Body: body,
        ContentLength: body.byteLength,
        ChecksumSHA256: sha256,
      }),
      { abortSignal: signal },
    );
    return { number, etag: ETag ?? "", size: body.byteLength, sha256 };
  },

  async listParts(place, uploadId) {
    const parts: UploadedPart[] = [];
    let marker: string | undefined;
    try {
      do {
        const page = await client.send(
          new ListPartsCommand({ ...named(place), UploadId: uploadId, PartNumberMarker: marker }),
        );
        for (const part of page.Parts ?? []) {
          parts.push({
            number: part.PartNumber ?? 0,
            etag: part.ETag ?? "",
            size: part.Size ?? 0,
            sha256: part.ChecksumSHA256,
          });
        }
        marker = page.IsTruncated ? page.NextPartNumberMarker : undefined;
      } while (marker);
      return parts;
    } catch (error) {
      if (error instanceof NoSuchUpload || isMissing(error)) return undefined;
      throw error;
    }
  },

  async completeUpload(place, uploadId, parts, only) {
    try {
      const { ETag } = await client.send(
        new CompleteMultipartUploadCommand({
          ...named(place),
          ...conditionOf(only),
          UploadId: uploadId,
          MultipartUpload: {
            Parts: parts.map(({ number, etag, sha256 }) => ({
              PartNumber: number,
              ETag: etag,
              ChecksumSHA256: sha256,
            })),
          },
        }),
        { requestTimeout: completing },
      );
      return unquoted(ETag);
    } catch (error) {
      if (only !== undefined && isUnmet(error)) throw existing(place, error);
      if (only !== undefined && isConflict(error)) {
        await this.abortUpload(place, uploadId);
        throw new Error(
          `s3://${place.bucket}/${place.key} was written or removed by somebody while the upload to it was completed; the upload starts again`,
          { cause: error },
        );
      }
      if (error instanceof NoSuchUpload || isMissing(error)) return undefined;
      throw error;
    }
  },

  async abortUpload(place, uploadId) {
    try {
      await client.send(new AbortMultipartUploadCommand({ ...named(place), UploadId: uploadId }));
    } catch (error) {
      if (!(error instanceof NoSuchUpload || isMissing(error))) throw error;
    }
  },
});
