import { createHash } from "node:crypto";
import type { S3Client } from "@aws-sdk/client-s3";
import { readBody, readQuickly } from "../aws/read-body.ts";
import type { QuickS3 } from "../aws/s3.ts";
import { ConfigError } from "./errors.ts";
import { parseConfig } from "./parse.ts";
import type { BridgeConfig } from "./types.ts";

interface ConfigSource {
  readonly s3: Pick<S3Client, "send">;
  /** Asked first; what it can't do for certain is the SDK's. */
  readonly quick?: Pick<QuickS3, "get">;
  readonly bucket: string;
  readonly key: string;
}

// Never invalidated: the key carries the content's hash, and another key comes with another environment.
const loaded = new Map<string, Promise<BridgeConfig>>();

const remedies: Readonly<Record<string, string>> = {
  NoSuchBucket: "The module's configuration bucket is gone: run `terraform apply` again.",
  NoSuchKey: "The object was removed or not yet written: run `terraform apply` again.",
  // S3 says so for a missing object too, where the role may not list the bucket.
  AccessDenied:
    "The object was removed, the function's role was changed, or the bucket was deleted and belongs to another account now: run `terraform apply` again.",
};

/** The key of the object that holds this document: the module names it by its content. */
export const configKeyOf = (json: string): string => `config/${createHash("sha256").update(json).digest("hex")}.json`;

/**
 * Whoever may put objects into the bucket could otherwise send all secrets to a host of their choice: the key comes with the
 * function's environment, which only an apply changes.
 */
const assertNamedByContent = (bucket: string, key: string, json: string): void => {
  if (key === configKeyOf(json)) return;
  throw new ConfigError(
    `The stream configuration s3://${bucket}/${key} isn't what the module wrote there: its content and the hash in its name don't belong together, so nothing in it is used. Find out who may write to this bucket (CloudTrail shows who did), and run \`terraform apply -replace\` for the module's aws_s3_object.config.`,
  );
};

interface Document {
  readonly json: string;
  readonly writtenAt: number | undefined;
}

const fetchBySdk = async ({ s3, bucket, key }: ConfigSource): Promise<Document> => {
  const { GetObjectCommand } = await import("../aws/sdk/s3.ts");
  return readBody(
    () => s3.send(new GetObjectCommand({ Bucket: bucket, Key: key })),
    async ({ Body, LastModified }) => ({
      json: (await Body?.transformToString("utf-8")) ?? "",
      writtenAt: LastModified?.getTime(),
    }),
  );
};

const fetch = async (source: ConfigSource): Promise<Document> => {
  const found = await readQuickly(source.quick, source);
  if (found === undefined) return fetchBySdk(source);
  return { json: found.bytes.toString("utf8"), writtenAt: found.head.LastModified?.getTime() };
};

const read = async (source: ConfigSource): Promise<BridgeConfig> => {
  const { bucket, key } = source;
  let document: Document;
  try {
    document = await fetch(source);
  } catch (error) {
    const name = error instanceof Error ? error.name : String(error);
    throw new ConfigError(
      `The stream configuration s3://${bucket}/${key} can't be read (${name}). ${remedies[name] ?? "The next invocation tries again."}`,
      { cause: error },
    );
  }
  const { json, writtenAt } = document;
  assertNamedByContent(bucket, key, json);
  return { ...parseConfig(json), writtenAt };
};

/**
 * Reads the stream map that the module wrote to its own bucket, and nobody else, once in the life of an execution environment.
 * Throws a ConfigError; a failure isn't remembered.
 */
export const loadConfig = (source: ConfigSource): Promise<BridgeConfig> => {
  const place = `${source.bucket}/${source.key}`;
  const known = loaded.get(place);
  if (known !== undefined) return known;
  const loading = read(source);
  loaded.set(place, loading);
  loading.catch(() => loaded.delete(place));
  return loading;
};
