import { createHash } from "node:crypto";
import {
  AbortMultipartUploadCommand,
  CompleteMultipartUploadCommand,
  CreateMultipartUploadCommand,
  ListMultipartUploadsCommand,
  type ListMultipartUploadsCommandOutput,
  ListPartsCommand,
  NoSuchUpload,
  type S3Client,
  UploadPartCommand,
} from "@aws-sdk/client-s3";
import type { QuickS3 } from "../aws/s3.ts";
import { conditionOf, existing, inputOf, named, unquoted } from "./inputs.ts";
import { isConflict, isMissing, isUnmet } from "./missing.ts";
import type { ObjectStore, UploadedPart } from "./objects.ts";

/** S3 may take minutes to put thousands of parts together. Milliseconds until it begins to say so. */
const completing = 60_000;

type Uploads = Pick<
  ObjectStore,
  "createUpload" | "listUploads" | "uploadPart" | "listParts" | "completeUpload" | "abortUpload"
>;

/** Uploads in parts. */
export const openUploads = (client: Pick<S3Client, "send">, quick: QuickS3 | undefined): Uploads => {
  const abortUpload: Uploads["abortUpload"] = async (place, uploadId) => {
    try {
      await client.send(new AbortMultipartUploadCommand({ ...named(place), UploadId: uploadId }));
    } catch (error) {
      if (!(error instanceof NoSuchUpload || isMissing(error))) throw error;
    }
  };

  return {
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
          await abortUpload(place, uploadId);
          throw new Error(
            `s3://${place.bucket}/${place.key} was written or removed by somebody while the upload to it was completed; the upload starts again`,
            { cause: error },
          );
        }
        if (error instanceof NoSuchUpload || isMissing(error)) return undefined;
        throw error;
      }
    },

    abortUpload,
  };
};
