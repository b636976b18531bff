/** The bucket's side as push and pull see it. `s3.ts` implements it; tests implement it in memory. */
import type { Sum } from "../aws/checksum.ts";
import type { Storing } from "../config/types.ts";

export interface ObjectVersion {
  /** versionId, unless empty or `null`; else ETag and LastModified. */
  readonly identity: string;
  readonly versionId: string | undefined;
  /** Bytes. */
  readonly size: number;
  /** Milliseconds since the epoch. */
  readonly lastModified: number;
  readonly etag: string;
  readonly metadata: Readonly<Record<string, string>>;
}

export interface OpenObject extends ObjectVersion {
  /** Where these bytes lie, where that isn't the place that was asked for. */
  readonly place?: ObjectPlace;
  /** A chunk is valid until the next one is asked for. */
  readonly body: AsyncIterable<Uint8Array>;
  /** Frees the connection without reading on. */
  discard(): void;
}

export interface ObjectPlace {
  readonly bucket: string;
  readonly key: string;
}

/** What has to lie under a key for a write to take effect: nothing, or the object with this ETag. Left out, whatever is there. */
export type Only = "absent" | { readonly etag: string };

/** Something else lies there, so nothing was written. */
export class ObjectExists extends Error {
  override readonly name = "ObjectExists";
}

/** An object as a listing tells of it: without its version. */
export interface ListedObject {
  readonly key: string;
  readonly size: number;
  /** Milliseconds since the epoch. */
  readonly lastModified: number;
}

export interface ListedUpload {
  readonly key: string;
  readonly uploadId: string;
  /** When it was begun. Milliseconds since the epoch. */
  readonly begun: number;
}

export interface UploadedPart {
  readonly number: number;
  readonly etag: string;
  readonly size: number;
  /** As S3 has compared it; undefined where it doesn't tell. */
  readonly sum: Sum | undefined;
}

export interface ObjectStore {
  /**
   * The newest version, or the given one, from `offset`. Undefined if it doesn't exist (any more). `expected`: bytes that the
   * whole object may have; a matter of speed only.
   */
  get(
    place: ObjectPlace,
    options: {
      versionId?: string | undefined;
      etag?: string;
      offset?: number;
      expected?: number | undefined;
      signal: AbortSignal;
    },
  ): Promise<OpenObject | undefined>;
  /** The newest versions below a prefix, in the order of keys, page by page, behind the key `after`. */
  list(
    bucket: string,
    prefix: string,
    options?: { after?: string | undefined; pageSize?: number },
  ): AsyncIterable<readonly ListedObject[]>;
  head(place: ObjectPlace, versionId?: string): Promise<ObjectVersion | undefined>;
  /** Removes a version, so that nothing of it stays; without one, what there is. Fine where it is gone already. */
  remove(place: ObjectPlace, versionId?: string): Promise<void>;
  /** One request. `sha256` in base64 is sent along and checked by S3. Throws ObjectExists. */
  put(
    place: ObjectPlace,
    body: Uint8Array,
    options: {
      metadata: Record<string, string>;
      sha256: string;
      signal: AbortSignal;
      storing?: Storing | undefined;
      only?: Only | undefined;
    },
  ): Promise<void>;
  /** Its parts have CRC64s. `repeated`: an answer was lost, and the request sent again, so there may be a second upload. */
  createUpload(
    place: ObjectPlace,
    metadata: Record<string, string>,
    storing?: Storing,
  ): Promise<{ readonly uploadId: string; readonly repeated: boolean }>;
  /** Unfinished uploads to keys below a prefix, page by page. */
  listUploads(bucket: string, prefix: string): AsyncIterable<readonly ListedUpload[]>;
  uploadPart(
    place: ObjectPlace,
    uploadId: string,
    number: number,
    body: Uint8Array,
    /** Of the body. Of the kind that the upload was begun with: S3 refuses another one. */
    sum: Sum,
    signal: AbortSignal,
  ): Promise<UploadedPart>;
  /** Undefined if the upload doesn't exist (any more). */
  listParts(place: ObjectPlace, uploadId: string): Promise<UploadedPart[] | undefined>;
  /** The object's ETag; undefined if the upload doesn't exist (any more). S3 refuses what hasn't the checksum of all parts. Throws ObjectExists. */
  completeUpload(
    place: ObjectPlace,
    uploadId: string,
    parts: readonly UploadedPart[],
    only?: Only,
  ): Promise<string | undefined>;
  abortUpload(place: ObjectPlace, uploadId: string): Promise<void>;
}
