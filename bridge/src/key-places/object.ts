import {
  DeleteObjectCommand,
  GetObjectCommand,
  HeadObjectCommand,
  type HeadObjectCommandOutput,
  PutObjectCommand,
  type S3Client,
} from "@aws-sdk/client-s3";
import { openerFor } from "../../../lambda/src/secrets/envelope.ts";
import { explaining, ifThere, RotationError } from "./error.ts";
import { valueIn } from "./json-field.ts";
import type { KeyPlace } from "./types.ts";

/** How S3 is to encrypt an object: as it has encrypted this one. */
const encryptedAs = ({ ServerSideEncryption, SSEKMSKeyId, BucketKeyEnabled }: HeadObjectCommandOutput) => ({
  ServerSideEncryption,
  ...(ServerSideEncryption?.startsWith("aws:kms") && { SSEKMSKeyId, BucketKeyEnabled }),
});

/**
 * An object of a bucket with versions. The new key waits in an object of its own beside it (`….new`, encrypted by S3 in the same way),
 * which the function needn't read: it is sent the key to try.
 */
export const objectPlace = (client: Pick<S3Client, "send">, s3: string): KeyPlace => {
  const [, Bucket = "", Key = ""] = /^([^/]+)\/(.+)$/s.exec(s3) ?? [];
  const what = `The object s3://${s3}`;
  const fresh = { Bucket, Key: `${Key}.new` };
  const freshWhat = `${what}.new`;
  let tried: { readonly key: string; readonly now: HeadObjectCommandOutput } | undefined;

  const look = async () => {
    const now = await explaining(what, "s3:GetObject", client.send(new HeadObjectCommand({ Bucket, Key })));
    if (openerFor(now.Metadata ?? {}) !== undefined)
      throw new RotationError(
        `${what} was encrypted before it was uploaded, by a KMS key that only you know. Make a key (ssh-keygen -t ed25519 -f new_key), send the partner new_key.pub, and once they have added it put it in the place of the old one as docs/keys.md says: npm run encrypt-key -- --key KMS_KEY_ARN --to ${s3} < new_key; then bridge check.`,
      );
    if (now.VersionId === undefined || now.VersionId === "null")
      throw new RotationError(
        `${what} has no versions, so that the old key would be lost with the new one. Turn on the versioning of the bucket ${Bucket}, upload the key once more, and try again.`,
      );
    return now;
  };
  const contentOf = async (Key: string) =>
    await explaining(
      `The object s3://${Bucket}/${Key}`,
      "s3:GetObject",
      ifThere(client.send(new GetObjectCommand({ Bucket, Key }))),
    );
  const write = async (now: HeadObjectCommandOutput, value: string) => {
    const { ContentType, Metadata, ETag } = now;
    const put = new PutObjectCommand({
      ...{ Bucket, Key, Body: value, IfMatch: ETag, ContentType, Metadata },
      ...encryptedAs(now),
    });
    await explaining(what, "s3:PutObject", client.send(put));
  };
  const drop = async () => {
    const there = await explaining(freshWhat, "s3:GetObject", ifThere(client.send(new HeadObjectCommand(fresh))));
    if (there === undefined) return;
    // The version itself: a mark in front of it would leave the key there.
    const { VersionId } = there;
    const gone = new DeleteObjectCommand({ ...fresh, VersionId });
    await explaining(freshWhat, "s3:DeleteObjectVersion", client.send(gone));
  };
  return {
    waits: async () => {
      await look();
      return (await contentOf(fresh.Key)) !== undefined;
    },
    put: async (privateKey) => {
      const put = new PutObjectCommand({ ...fresh, Body: privateKey, IfNoneMatch: "*", ...encryptedAs(await look()) });
      await explaining(freshWhat, "s3:PutObject", client.send(put));
    },
    drop,
    trial: async () => {
      const now = await look();
      tried = { key: (await (await contentOf(fresh.Key))?.Body?.transformToString()) ?? "", now };
      return { private_key: tried.key };
    },
    promote: async () => {
      if (tried === undefined) return;
      await write(tried.now, tried.key);
      await drop();
    },
    replace: async (value) => await write(await look(), value),
    read: async () => valueIn((await (await contentOf(Key))?.Body?.transformToString()) ?? "", null, what),
    kept: "The old key stays as the object's version before this one.",
  };
};
