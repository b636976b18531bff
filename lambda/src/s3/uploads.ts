import {
  AbortMultipartUploadCommand,
  CompleteMultipartUploadCommand,
  CreateMultipartUploadCommand,
  ListMultipartUploadsCommand,
  type ListMultipartUploadsCommandOutput,
  ListPartsCommand,
  NoSuchUpload,
  type Part,
  type S3Client,
  UploadPartCommand,
} from "@aws-sdk/client-s3";
import type { Sum } from "../aws/checksum.ts";
import { combineCrc64 } from "../aws/crc64-combine.ts";
import type { QuickS3 } from "../aws/s3.ts";
import { conditionOf, existing, inputOf, named, unquoted } from "./inputs.ts";
import { isConflict, isDamaged, isMissing, isUnmet } from "./missing.ts";
import type { ObjectStore, UploadedPart } from "./objects.ts";

/** S3 may take minutes to put thousands of parts together. Milliseconds until it begins to say so. */
const completing = 60_000;

type Uploads = Pick<
  ObjectStore,
  "createUpload" | "listUploads" | "uploadPart" | "listParts" | "completeUpload" | "abortUpload"
>;

/** As the SDK names it. */
const sumInput = (sum: Sum | undefined) =>
  sum === undefined ? {} : "sha256" in sum ? { ChecksumSHA256: sum.sha256 } : { ChecksumCRC64NVME: sum.crc64nvme };

const sumOf = ({ ChecksumCRC64NVME: crc64nvme, ChecksumSHA256: sha256 }: Part): Sum | undefined =>
  crc64nvme !== undefined ? { crc64nvme } : sha256 !== undefined ? { sha256 } : undefined;

/**
 * What S3 has to find of the whole object, or it makes none. There is no such checksum of SHA-256s, nor where S3 doesn't tell those of
 * an earlier run's parts. https://docs.aws.amazon.com/AmazonS3/latest/userguide/checking-object-integrity-upload.html
 */
const wholeOf = (parts: readonly UploadedPart[]) => {
  const sums = parts.flatMap(({ sum, size }) => (sum && "crc64nvme" in sum ? [{ ...sum, size }] : []));
  return {
    MpuObjectSize: parts.reduce((bytes, { size }) => bytes + size, 0),
    ...(sums.length === parts.length && {
      ChecksumCRC64NVME: combineCrc64(sums),
      ChecksumType: "FULL_OBJECT" as const,
    }),
  };
};

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
          ChecksumAlgorithm: "CRC64NVME",
          ChecksumType: "FULL_OBJECT",
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

    async uploadPart(place, uploadId, number, body, sum, signal) {
      const etag = await quick?.put(place, body, { part: { uploadId, number }, ...sum, signal });
      if (etag !== undefined) return { number, etag, size: body.byteLength, sum };
      const { ETag } = await client.send(
        new UploadPartCommand({
          ...named(place),
          UploadId: uploadId,
          PartNumber: number,
          Body: body,
          ContentLength: body.byteLength,
          ...sumInput(sum),
        }),
        { abortSignal: signal },
      );
      return { number, etag: ETag ?? "", size: body.byteLength, sum };
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
              sum: sumOf(part),
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
            ...wholeOf(parts),
            MultipartUpload: {
              Parts: parts.map(({ number, etag, sum }) => ({ PartNumber: number, ETag: etag, ...sumInput(sum) })),
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
        if (isDamaged(error)) {
          // Else the next attempt would go on behind the very bytes that are wrong.
          await abortUpload(place, uploadId);
          throw new Error(
            `s3://${place.bucket}/${place.key} would have had other bytes than were sent, by their checksum; S3 made nothing of them, and the upload starts again`,
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
