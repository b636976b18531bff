import type { S3Client } from "@aws-sdk/client-s3";
import type { QuickS3 } from "../aws/s3.ts";
import { once } from "../concurrency/once.ts";
import type { ObjectStore } from "./objects.ts";
import { openQuickly } from "./quick.ts";

/**
 * S3 as an ObjectStore that loads what is made of the SDK with the first request that needs it: those that are made for every small file
 * don't.
 */
export const openObjectStoreLater = (client: Pick<S3Client, "send">, quick: QuickS3): ObjectStore => {
  const load = once(async () => {
    const { openObjectStore } = await import("./open.ts");
    // Who was asked quickly in vain isn't asked so again.
    return { all: openObjectStore(client, quick), slow: openObjectStore(client) };
  });
  return {
    async get(place, options) {
      const { versionId, etag, offset = 0, expected, signal } = options;
      const answer = await openQuickly(quick, place, { versionId, etag, offset, expected, signal });
      if (answer) return answer === "missing" ? undefined : answer;
      return (await load()).slow.get(place, options);
    },
    async put(place, body, options) {
      if ((await quick.put(place, body, options)) === undefined) await (await load()).slow.put(place, body, options);
    },
    async *list(...asked) {
      yield* (await load()).all.list(...asked);
    },
    async *listUploads(...asked) {
      yield* (await load()).all.listUploads(...asked);
    },
    head: async (...asked) => (await load()).all.head(...asked),
    remove: async (...asked) => (await load()).all.remove(...asked),
    createUpload: async (...asked) => (await load()).all.createUpload(...asked),
    uploadPart: async (...asked) => (await load()).all.uploadPart(...asked),
    listParts: async (...asked) => (await load()).all.listParts(...asked),
    completeUpload: async (...asked) => (await load()).all.completeUpload(...asked),
    abortUpload: async (...asked) => (await load()).all.abortUpload(...asked),
  };
};
