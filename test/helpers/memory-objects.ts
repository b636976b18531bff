import { createHash } from "node:crypto";
import { isDeepStrictEqual } from "node:util";
import { crc64Sum, type Sum, sha256Sum } from "../../lambda/src/aws/checksum.ts";
import {
  ObjectExists,
  type ObjectPlace,
  type ObjectStore,
  type ObjectVersion,
  type Only,
  type UploadedPart,
} from "../../lambda/src/s3/objects.ts";
import { type Effects, noFaults } from "./effects.ts";

export interface MemoryVersion {
  readonly bytes: Buffer;
  readonly versionId: string;
  /** Milliseconds. */
  readonly lastModified: number;
  readonly metadata: Record<string, string>;
}

export interface MemoryBuckets {
  /** Versions by `bucket/key`, the newest last; undefined at the end is a delete marker. */
  readonly objects: Map<string, (MemoryVersion | undefined)[]>;
  readonly uploads: Map<
    string,
    {
      place: string;
      metadata: Record<string, string>;
      parts: Map<number, Buffer>;
      begun: number;
      /** The checksums that its parts have to have; SHA-256s where it isn't said, as earlier versions had. */
      sums?: "crc64nvme" | "sha256";
    }
  >;
  /** S3's clock. Milliseconds since the epoch. */
  readonly now: () => number;
}

export const memoryBuckets = (now: () => number = () => 0): MemoryBuckets => ({
  objects: new Map(),
  uploads: new Map(),
  now,
});

let versions = 0;

const nameOf = ({ bucket, key }: ObjectPlace): string => `${bucket}/${key}`;

/** Puts an object as a user would; returns its version. */
export const putObject = (
  buckets: MemoryBuckets,
  place: ObjectPlace,
  content: string | Buffer,
  { metadata = {}, at = 0 }: { metadata?: Record<string, string>; at?: number } = {},
): string => {
  const versionId = `v${++versions}`;
  const all = buckets.objects.get(nameOf(place)) ?? [];
  all.push({ bytes: Buffer.from(content), versionId, lastModified: at, metadata });
  buckets.objects.set(nameOf(place), all);
  return versionId;
};

export const deleteObject = (buckets: MemoryBuckets, place: ObjectPlace): void => {
  buckets.objects.get(nameOf(place))?.push(undefined);
};

/** What S3 counts of a part. */
const sumIn = (bytes: Buffer, { sums = "sha256" }: { sums?: "crc64nvme" | "sha256" }): Sum =>
  sums === "sha256" ? sha256Sum(bytes) : crc64Sum(bytes);

const etagOf = (bytes: Buffer): string => createHash("md5").update(bytes).digest("hex");

/** Bodies come in pieces of so many bytes: small, so that there are many, and those of a large file not by the ten thousand. */
export const pieceOf = (bytes: Buffer): number => Math.max(4, Math.ceil(bytes.byteLength / 200));

/** S3 in memory: versioned buckets, multipart uploads that appear when they are complete; bodies come in pieces of `chunk` bytes. */
export const memoryObjects = (buckets: MemoryBuckets, effects: Effects = noFaults, chunk?: number): ObjectStore => {
  const find = (place: ObjectPlace, versionId?: string): MemoryVersion | undefined => {
    const all = buckets.objects.get(nameOf(place)) ?? [];
    return versionId === undefined ? all.at(-1) : all.find((version) => version?.versionId === versionId);
  };
  const versionOf = ({ bytes, versionId, lastModified, metadata }: MemoryVersion): ObjectVersion => ({
    identity: versionId,
    versionId,
    etag: etagOf(bytes),
    lastModified,
    size: bytes.byteLength,
    metadata,
  });

  const assertMet = (place: ObjectPlace, only: Only | undefined) => {
    const found = find(place);
    const isMet = only === undefined || (only === "absent" ? !found : found && etagOf(found.bytes) === only.etag);
    if (!isMet) throw new ObjectExists(nameOf(place));
  };

  return {
    get: (place, { versionId, offset = 0 }) =>
      effects("objects.get", () => {
        const found = find(place, versionId);
        if (!found) return undefined;
        async function* body() {
          if (!found) return;
          const piece = chunk ?? pieceOf(found.bytes);
          for (let at = offset; at < found.bytes.byteLength; at += piece) yield found.bytes.subarray(at, at + piece);
        }
        return { ...versionOf(found), body: body(), discard: () => {} };
      }),
    async *list(bucket, prefix, { after = "", pageSize = 2 } = {}) {
      const keys = [...buckets.objects.keys()]
        .filter((name) => name.startsWith(`${bucket}/${prefix}`) && buckets.objects.get(name)?.at(-1))
        .map((name) => name.slice(bucket.length + 1))
        .filter((key) => key > after)
        .sort();
      for (let start = 0; start < keys.length; start += pageSize) {
        yield await effects("objects.list", () =>
          keys.slice(start, start + pageSize).flatMap((key) => {
            const found = find({ bucket, key });
            return found ? [{ key, size: found.bytes.byteLength, lastModified: found.lastModified }] : [];
          }),
        );
      }
    },
    head: (place, versionId) =>
      effects("objects.head", () => {
        const found = find(place, versionId);
        return found && versionOf(found);
      }),
    remove: (place, versionId) =>
      effects("objects.remove", () => {
        const left = (buckets.objects.get(nameOf(place)) ?? []).filter((one) => one?.versionId !== versionId);
        if (versionId === undefined) buckets.objects.get(nameOf(place))?.push(undefined);
        else if (left.length > 0) buckets.objects.set(nameOf(place), left);
        else buckets.objects.delete(nameOf(place));
      }),
    put: (place, body, { metadata, only }) =>
      effects("objects.put", () => {
        assertMet(place, only);
        putObject(buckets, place, Buffer.from(body), { metadata });
      }),
    createUpload: (place, metadata) =>
      effects("objects.createUpload", () => {
        const id = `upload-${++versions}`;
        buckets.uploads.set(id, {
          place: nameOf(place),
          metadata,
          parts: new Map(),
          begun: buckets.now(),
          sums: "crc64nvme",
        });
        return { uploadId: id, repeated: false };
      }),
    async *listUploads(bucket, prefix) {
      yield await effects("objects.listUploads", () =>
        [...buckets.uploads]
          .filter(([, { place }]) => place.startsWith(`${bucket}/${prefix}`))
          .map(([uploadId, { place, begun }]) => ({ key: place.slice(bucket.length + 1), uploadId, begun })),
      );
    },
    uploadPart: (_place, id, number, body, sum) =>
      effects("objects.uploadPart", () => {
        const upload = buckets.uploads.get(id);
        if (!upload) throw new Error("NoSuchUpload");
        const bytes = Buffer.from(body);
        if (!isDeepStrictEqual(sum, sumIn(bytes, upload)))
          throw new Error(`InvalidRequest or BadDigest: ${JSON.stringify(sum)}`);
        upload.parts.set(number, bytes);
        return { number, etag: etagOf(bytes), size: bytes.byteLength, sum };
      }),
    listParts: (_place, id) =>
      effects("objects.listParts", () => {
        const upload = buckets.uploads.get(id);
        return (
          upload &&
          [...upload.parts].map(
            ([number, bytes]): UploadedPart => ({
              number,
              etag: etagOf(bytes),
              size: bytes.byteLength,
              sum: sumIn(bytes, upload),
            }),
          )
        );
      }),
    completeUpload: (place, id, parts, only) =>
      effects("objects.completeUpload", () => {
        const upload = buckets.uploads.get(id);
        if (!upload) return undefined;
        assertMet(place, only);
        for (const { number, sum } of parts)
          if (!isDeepStrictEqual(sum, sumIn(upload.parts.get(number) ?? Buffer.alloc(0), upload)))
            throw new Error(`InvalidPart ${number}`);
        const bytes = Buffer.concat(parts.map(({ number }) => upload.parts.get(number) ?? Buffer.alloc(0)));
        buckets.uploads.delete(id);
        putObject(buckets, place, bytes, { metadata: upload.metadata });
        return etagOf(bytes);
      }),
    abortUpload: (_place, id) => effects("objects.abortUpload", () => void buckets.uploads.delete(id)),
  };
};
