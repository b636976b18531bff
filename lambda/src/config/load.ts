import { GetObjectCommand, type S3Client } from "@aws-sdk/client-s3";
import { ConfigError } from "./errors.ts";
import { parseConfig } from "./parse.ts";
import type { BridgeConfig } from "./types.ts";

interface ConfigSource {
  readonly s3: Pick<S3Client, "send">;
  readonly bucket: string;
  readonly key: string;
}

// Never invalidated: the key carries the content's hash, and another key comes with another environment.
const loaded = new Map<string, Promise<BridgeConfig>>();

const remedies: Readonly<Record<string, string>> = {
  NoSuchBucket: "The module's configuration bucket is gone: run `terraform apply` again.",
  NoSuchKey: "The object was removed or not yet written: run `terraform apply` again.",
  // S3 says so for a missing object too, where the role may not list the bucket.
  AccessDenied: "The object was removed, or the function's role was changed: run `terraform apply` again.",
};

const read = async ({ s3, bucket, key }: ConfigSource): Promise<BridgeConfig> => {
  let json: string | undefined;
  try {
    const object = await s3.send(new GetObjectCommand({ Bucket: bucket, Key: key }));
    json = await object.Body?.transformToString("utf-8");
  } catch (error) {
    const name = error instanceof Error ? error.name : String(error);
    throw new ConfigError(
      `The stream configuration s3://${bucket}/${key} can't be read (${name}). ${remedies[name] ?? "The next invocation tries again."}`,
      { cause: error },
    );
  }
  return parseConfig(json ?? "");
};

/**
 * Reads the stream map that the module wrote to its own bucket, once in the life of an execution environment.
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
