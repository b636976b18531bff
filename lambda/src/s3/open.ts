import type { Readable } from "node:stream";
import type { S3Client } from "@aws-sdk/client-s3";
import type { QuickS3 } from "../aws/s3.ts";
import {
  DeleteObjectCommand,
  GetObjectCommand,
  HeadObjectCommand,
  ListObjectsV2Command,
  PutObjectCommand,
} from "../aws/sdk/s3.ts";
import { isGone } from "./gone.ts";
import { conditionOf, existing, inputOf, named } from "./inputs.ts";
import { isUnmet } from "./missing.ts";
import type { ObjectStore } from "./objects.ts";
import { openQuickly } from "./quick.ts";
import { openUploads } from "./uploads.ts";
import { versionOf } from "./version.ts";

async function* skip(body: AsyncIterable<Uint8Array>, count: number): AsyncGenerator<Uint8Array> {
  let left = count;
  for await (const chunk of body) {
    if (chunk.byteLength > left) yield chunk.subarray(left);
    left = Math.max(left - chunk.byteLength, 0);
  }
}

/** S3 as an ObjectStore. Errors of the service are thrown as they are. What `quick` can't do for certain is done by the SDK. */
export const openObjectStore = (client: Pick<S3Client, "send">, quick?: QuickS3): ObjectStore => ({
  async get(place, { versionId, etag, offset = 0, expected, signal }) {
    const answer = await openQuickly(quick, place, { versionId, etag, offset, expected, signal });
    if (answer) return answer === "missing" ? undefined : answer;
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

  ...openUploads(client, quick),
});
