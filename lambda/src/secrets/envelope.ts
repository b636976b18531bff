import { openVersion2, openVersion3 } from "./envelope-gcm.ts";
import { openLegacy } from "./envelope-legacy.ts";
import type { Envelope, Metadata } from "./types.ts";

const ofVersion3 = ["x-amz-c", "x-amz-3", "x-amz-w", "x-amz-d", "x-amz-i", "x-amz-t", "x-amz-m"];
const ofVersion2 = ["x-amz-key-v2", "x-amz-iv", "x-amz-cek-alg", "x-amz-wrap-alg", "x-amz-matdesc", "x-amz-tag-len"];

/**
 * How to open a client-side encrypted object, by any field that a damaged one may still have: versions 3 and 2 of the AWS
 * S3 encryption clients (authenticated), or node-s3-encryption-client, whose x-amz-key stands alone. Undefined for an object
 * that S3 may have encrypted, but not its owner. What it opens throws an UnusableSecret, or what KMS answered.
 */
export const openerFor = (metadata: Metadata): ((envelope: Envelope) => Promise<string>) | undefined => {
  const has = (name: string) => metadata[name] !== undefined;
  if (ofVersion3.some(has)) return openVersion3;
  if (ofVersion2.some(has)) return openVersion2;
  return has("x-amz-key") ? openLegacy : undefined;
};
