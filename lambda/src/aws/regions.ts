import type { S3Client } from "@aws-sdk/client-s3";
import { isS3Error } from "./s3-errors.ts";

/** Where buckets are, as S3 told it; nothing of those that are in the function's region. */
export interface BucketRegions {
  of(bucket: string): string | undefined;
  learn(bucket: string, region: string): void;
}

export const bucketRegions = (): BucketRegions => {
  const known = new Map<string, string>();
  return {
    of: (bucket) => known.get(bucket),
    learn: (bucket, region) => void known.set(bucket, region),
  };
};

const elsewhere = new Set([301, 307, 400]);

/** The region that an answer sends the request to; https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html */
export const regionToldBy = (
  status: number | undefined,
  headers: Readonly<Record<string, unknown>>,
): string | undefined => {
  const region = headers["x-amz-bucket-region"];
  return status !== undefined && elsewhere.has(status) && typeof region === "string" ? region : undefined;
};

const regionIn = (error: unknown): string | undefined => {
  if (!isS3Error(error)) return undefined;
  // AuthorizationHeaderMalformed says it in its body alone.
  const { Region } = error as { Region?: unknown };
  return (
    regionToldBy(error.$metadata.httpStatusCode, error.$response?.headers ?? {}) ??
    (error.name === "AuthorizationHeaderMalformed" && typeof Region === "string" ? Region : undefined)
  );
};

/** S3 says no more than AccessDenied of a bucket that isn't the expected account's: the message gets what was expected. */
const tellOwner = (error: unknown, bucket: string, owner: string): void => {
  if (isS3Error(error) && error.$metadata.httpStatusCode === 403)
    error.message = `${error.message}; ${bucket} has to be account ${owner}'s, see bucket_owner`;
};

/**
 * Sends each request to the region of its bucket: the first to a bucket elsewhere twice, all others once. The SDK's own
 * `followRegionRedirects` asks twice each time, and changes the region of its whole client while it does, so that requests
 * at the same time fail or go astray (https://github.com/aws/aws-sdk-js-v3/issues/5554). `make` makes a client for a region.
 * `owners`: by bucket, the account that has to own it.
 */
export const sendByRegion = (
  home: S3Client,
  make: (region: string) => S3Client,
  regions: BucketRegions,
  owners: ReadonlyMap<string, string> = new Map(),
): Pick<S3Client, "send"> => {
  const clients = new Map<string, S3Client>();
  const clientFor = (bucket: string | undefined): S3Client => {
    const region = bucket === undefined ? undefined : regions.of(bucket);
    if (region === undefined) return home;
    const client = clients.get(region) ?? make(region);
    clients.set(region, client);
    return client;
  };
  type Send = (
    command: { input: { Bucket?: string; ExpectedBucketOwner?: string } },
    ...rest: readonly unknown[]
  ) => Promise<unknown>;
  const sendThere: Send = async (command, ...rest) => {
    const { Bucket: bucket } = command.input;
    const asked = clientFor(bucket);
    try {
      return await (asked.send as Send)(command, ...rest);
    } catch (error) {
      const region = regionIn(error);
      if (bucket === undefined || region === undefined) throw error;
      regions.learn(bucket, region);
      const other = clientFor(bucket);
      // Told by this answer, or by another meanwhile. A second answer of that kind is the last word.
      if (other === asked) throw error;
      return (other.send as Send)(command, ...rest);
    }
  };
  const send: Send = async (command, ...rest) => {
    const { Bucket: bucket = "" } = command.input;
    const owner = owners.get(bucket);
    if (owner === undefined) return sendThere(command, ...rest);
    command.input.ExpectedBucketOwner = owner;
    try {
      return await sendThere(command, ...rest);
    } catch (error) {
      tellOwner(error, bucket, owner);
      throw error;
    }
  };
  return { send: send as S3Client["send"] };
};
