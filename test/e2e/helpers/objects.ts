// Objects in S3, as a test puts and looks at them.
import { createHash } from "node:crypto";
import { GetObjectCommand, HeadObjectCommand, NotFound, PutObjectCommand, type S3Client } from "@aws-sdk/client-s3";
import { type Place, placeOf } from "../../stack/places.ts";

/** Puts `body` to `address` (`s3://…/`) + `name`. */
export async function putObject(
  s3: S3Client,
  address: unknown,
  name: string,
  body: string | Uint8Array,
): Promise<void> {
  const { bucket, prefix } = placeOf(address);
  await s3.send(new PutObjectCommand({ Bucket: bucket, Key: prefix + name, Body: body }));
}

/** The bytes at `address` + `name`; undefined where there is no object. */
export async function readObject(s3: S3Client, address: unknown, name: string): Promise<Buffer | undefined> {
  const place = placeOf(address);
  if (!(await exists(s3, place, name))) return undefined;
  const { Body } = await s3.send(new GetObjectCommand({ Bucket: place.bucket, Key: place.prefix + name }));
  return Buffer.from((await Body?.transformToByteArray()) ?? []);
}

/** The SHA-256 of the object at `address` + `name`, in hex, read as a stream; undefined where there is no object. */
export async function hashObject(s3: S3Client, address: unknown, name: string): Promise<string | undefined> {
  const place = placeOf(address);
  if (!(await exists(s3, place, name))) return undefined;
  const { Body } = await s3.send(new GetObjectCommand({ Bucket: place.bucket, Key: place.prefix + name }));
  const hash = createHash("sha256");
  for await (const chunk of Body as AsyncIterable<Uint8Array>) hash.update(chunk);
  return hash.digest("hex");
}

async function exists(s3: S3Client, { bucket, prefix }: Place, name: string): Promise<boolean> {
  try {
    await s3.send(new HeadObjectCommand({ Bucket: bucket, Key: prefix + name }));
    return true;
  } catch (error) {
    if (error instanceof NotFound) return false;
    throw error;
  }
}
