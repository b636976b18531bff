import { createHash } from "node:crypto";
import type { IncomingHttpHeaders } from "node:http";
import type { Storing } from "../config/types.ts";
import { release } from "../memory/release.ts";
import { bucketRequests, type FindBucket, type Place } from "./bucket-requests.ts";
import { checksumOf, type Sum } from "./checksum.ts";
import { type LargeGet, leastLarge } from "./large-get.ts";
import { createPayloads } from "./payloads.ts";
import { type BucketRegions, bucketRegions } from "./regions.ts";
import { readAll, type Sender } from "./send.ts";
import { percentEncode } from "./sign.ts";
import { mostSmall, type SmallRequest } from "./small-requests.ts";

/** What S3 says of an object, as the SDK names it. */
export interface Head {
  readonly ETag?: string | undefined;
  readonly VersionId?: string | undefined;
  readonly ContentLength?: number | undefined;
  readonly ContentRange?: string | undefined;
  readonly LastModified?: Date | undefined;
  readonly Metadata?: Record<string, string> | undefined;
}

export interface QuickObject {
  readonly head: Head;
  /** A chunk is valid until the next one is asked for. Fails at its end if S3 told a checksum of the object, and the bytes have another. */
  readonly body: AsyncIterable<Uint8Array>;
  discard(): void;
}

/**
 * The requests that are made for every file. Undefined where there was no answer that can be relied on (an error, a redirect
 * that doesn't say where to, a throttled request): then the SDK makes the same request again, with all it knows.
 */
export interface QuickS3 {
  get(
    place: Place,
    options: {
      readonly versionId?: string | undefined;
      readonly etag?: string | undefined;
      readonly offset: number;
      /** Bytes that are expected to come; a matter of speed only. */
      readonly expected?: number | undefined;
      readonly signal: AbortSignal;
    },
  ): Promise<QuickObject | "missing" | undefined>;
  /** Puts an object or a part; returns its ETag. S3 holds the checksum against the body. */
  put(
    place: Place,
    body: Uint8Array,
    options: {
      readonly metadata?: Readonly<Record<string, string>>;
      readonly part?: { readonly uploadId: string; readonly number: number };
      readonly signal: AbortSignal;
      readonly storing?: Storing | undefined;
      /** What has to lie there: nothing, or the object with this ETag. */
      readonly only?: "absent" | { readonly etag: string } | undefined;
    } & Sum,
  ): Promise<string | undefined>;
}

/** Small objects are read at once, and their connection is free again; as much would wait in its buffer anyway. Bytes. */
const readAtOnce = 64 * 1024;

const emptyHash = createHash("sha256").digest("hex");
const metadataPrefix = "x-amz-meta-";
/** What a header can carry as it is. */
const plainText = /^[\x21-\x7e]([\x20-\x7e]*[\x21-\x7e])?$/;

const text = (value: string | string[] | undefined): string | undefined =>
  Array.isArray(value) ? value.join(", ") : value;

const headOf = (headers: IncomingHttpHeaders): Head => {
  const Metadata: Record<string, string> = {};
  for (const [name, value] of Object.entries(headers)) {
    if (name.startsWith(metadataPrefix)) Metadata[name.slice(metadataPrefix.length)] = text(value) ?? "";
  }
  const modified = headers["last-modified"];
  const length = headers["content-length"];
  return {
    ETag: headers.etag,
    VersionId: text(headers["x-amz-version-id"]),
    ContentLength: length === undefined ? undefined : Number(length),
    ContentRange: headers["content-range"],
    LastModified: modified === undefined ? undefined : new Date(modified),
    Metadata,
  };
};

/** https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutObject.html#API_PutObject_RequestSyntax */
const headersOf = ({ encryption, kmsKeyArn, acl }: Storing = {}): Record<string, string> => ({
  ...(encryption && { "x-amz-server-side-encryption": encryption }),
  ...(kmsKeyArn && { "x-amz-server-side-encryption-aws-kms-key-id": kmsKeyArn }),
  ...(acl && { "x-amz-acl": acl }),
});

async function* checked(
  headers: IncomingHttpHeaders,
  chunks: AsyncIterable<Buffer>,
  { bucket, key }: Place,
): AsyncGenerator<Buffer> {
  const checksum = checksumOf(headers);
  for await (const chunk of chunks) {
    checksum?.update(chunk);
    yield chunk;
  }
  if (checksum && checksum.digest() !== checksum.expected)
    throw new Error(`s3://${bucket}/${key} arrived with another checksum than S3 has for it; it is read again`);
}

/** Each chunk's memory is given back when the next one is asked for. */
async function* inTurn(chunks: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  for await (const chunk of chunks) {
    yield chunk;
    release(chunk);
  }
}

async function* each(chunks: readonly Buffer[]): AsyncGenerator<Buffer> {
  yield* chunks;
}

/**
 * `owners`: by bucket, the account that has to own it.
 * https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetObject.html, API_PutObject.html, API_UploadPart.html
 */
export const quickS3 = (
  find: FindBucket,
  send: Sender,
  regions: BucketRegions = bucketRegions(),
  owners: ReadonlyMap<string, string> = new Map(),
  large?: LargeGet,
  small?: SmallRequest,
): QuickS3 => {
  const { sendTo, getLarge, askSmall, giveUpOn, isPrivate } = bucketRequests(find, send, regions, owners, large, small);

  const failed = ({ bucket }: Place, status: number | undefined, body: Buffer): "missing" | undefined => {
    if (status === 404 && /<Code>NoSuch(Key|Version)<\/Code>/.test(body.toString("utf8"))) return "missing";
    giveUpOn(bucket, status);
    return undefined;
  };

  const sendPart = createPayloads(isPrivate);

  type Put = Omit<Parameters<typeof sendTo>[1], "body"> & { readonly body: Uint8Array };

  const put = async (place: Place, request: Put) => {
    const told = request.body.byteLength <= mostSmall ? await askSmall(place, request) : undefined;
    if (told) return { status: told.status, etag: told.headers["etag"] ?? "" };
    const answer = await sendTo(place, request);
    if (!answer) return undefined;
    await readAll(answer);
    return { status: answer.statusCode, etag: answer.headers.etag ?? "" };
  };

  return {
    async get(place, { versionId, etag, offset, expected = 0, signal }) {
      const request = {
        query: versionId === undefined ? "" : `versionId=${percentEncode(versionId)}`,
        headers: {
          ...(offset === 0 ? { "x-amz-checksum-mode": "ENABLED" } : { range: `bytes=${offset}-` }),
          ...(etag !== undefined && { "if-match": etag }),
        },
        payloadHash: emptyHash,
        signal,
      };
      try {
        const found = expected - offset < leastLarge ? undefined : await getLarge(place, request);
        if (found?.status === (offset === 0 ? 200 : 206)) {
          const { headers, body, discard } = found;
          return { head: headOf(headers), body: checked(headers, body, place), discard };
        }
        found?.discard();
        const isSmall = expected > 0 && expected - offset <= mostSmall;
        const told = isSmall ? await askSmall(place, { ...request, method: "GET" }) : undefined;
        if (told?.status === (offset === 0 ? 200 : 206)) {
          const head = headOf(told.headers);
          for await (const _ of checked(told.headers, each([told.body]), place));
          return { head, body: each([told.body]), discard: () => {} };
        }
        if (told) return failed(place, told.status, told.body);
        const answer = await sendTo(place, { ...request, method: "GET" });
        if (!answer) return undefined;
        if (answer.statusCode === (offset === 0 ? 200 : 206)) {
          // Destroyed before it is read, it must not bring the process down.
          answer.on("error", () => {});
          const head = headOf(answer.headers);
          const body = checked(answer.headers, answer, place);
          if (head.ContentLength === undefined || head.ContentLength > readAtOnce)
            return { head, body: inTurn(body), discard: () => void answer.destroy() };
          const chunks: Buffer[] = [];
          for await (const chunk of body) chunks.push(chunk);
          return { head, body: each(chunks), discard: () => {} };
        }
        return failed(place, answer.statusCode, await readAll(answer));
      } catch {
        signal.throwIfAborted();
        return undefined;
      }
    },

    async put(place, body, { metadata = {}, part, signal, storing, only, ...sum }) {
      try {
        if (!Object.values(metadata).every((value) => plainText.test(value))) return undefined;
        const request = {
          method: "PUT" as const,
          query: part === undefined ? "" : `partNumber=${part.number}&uploadId=${percentEncode(part.uploadId)}`,
          headers: {
            "content-type": "application/octet-stream",
            ...("sha256" in sum
              ? { "x-amz-checksum-sha256": sum.sha256 }
              : { "x-amz-checksum-crc64nvme": sum.crc64nvme }),
            ...headersOf(storing),
            ...(only !== undefined && (only === "absent" ? { "if-none-match": "*" } : { "if-match": only.etag })),
            ...Object.fromEntries(Object.entries(metadata).map(([name, value]) => [metadataPrefix + name, value])),
          },
          body,
          signal,
        };
        const send = (payloadHash: string) => put(place, { ...request, payloadHash });
        const answer =
          "sha256" in sum
            ? await send(Buffer.from(sum.sha256, "base64").toString("hex"))
            : await sendPart({ bucket: place.bucket, body, signal, send });
        if (answer?.status === 200) return answer.etag;
        if (answer) giveUpOn(place.bucket, answer.status);
        return undefined;
      } catch {
        signal.throwIfAborted();
        return undefined;
      }
    },
  };
};
