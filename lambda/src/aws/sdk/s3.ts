import { GetObjectCommand, type S3Client, S3ServiceException } from "@aws-sdk/client-s3";
import { getEndpointFromInstructions } from "@smithy/core/endpoints";
import { tellS3Errors } from "../s3-errors.ts";
import type { Target } from "../send.ts";

export {
  DeleteObjectCommand,
  GetObjectCommand,
  HeadObjectCommand,
  ListObjectsV2Command,
  ListObjectVersionsCommand,
  PutObjectCommand,
  S3Client,
  S3ServiceException,
} from "@aws-sdk/client-s3";
export { SdkCrc64 } from "../checksum.ts";
export { sendingWith } from "../request-handler.ts";

tellS3Errors(S3ServiceException);

/** Where a bucket is, as the SDK's rules say for this client and the region; undefined where it signs in ways of its own. */
export const bucketTarget =
  ({ config: own }: S3Client) =>
  async (Bucket: string, region: string | undefined): Promise<Target | undefined> => {
    const config = region === undefined ? own : { ...own, region: async () => region };
    const { url, properties } = await getEndpointFromInstructions({ Bucket }, GetObjectCommand, config, {});
    const [scheme] = (properties?.["authSchemes"] ?? []) as { name?: string; signingRegion?: string }[];
    const signed = scheme?.signingRegion;
    // Directory buckets and multi-region access points sign in ways of their own.
    return scheme?.name === "sigv4" && signed ? { url, scope: { region: signed, service: "s3" } } : undefined;
  };
