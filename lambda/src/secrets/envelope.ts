import type { SecretSource } from "../config/types.ts";
import { openGcm } from "./envelope-gcm.ts";
import { openLegacy } from "./envelope-legacy.ts";
import type { SecretClients } from "./types.ts";

/** An object's user-defined metadata, names in lower case and without `x-amz-meta-`. */
export type Metadata = Readonly<Record<string, string>>;

export interface Envelope {
  readonly metadata: Metadata;
  readonly body: Uint8Array;
  readonly source: SecretSource;
  readonly clients: Pick<SecretClients, "kms">;
}

/** Does the metadata say that the object was encrypted by its owner, before S3 saw it? */
export const isEncrypted = (metadata: Metadata): boolean =>
  Object.keys(metadata).some((name) => /^x-amz-(key(-v2)?|iv|cek-alg|wrap-alg|matdesc)$/.test(name));

/**
 * Opens a client-side encrypted object: the format of the AWS S3 encryption clients, version 2 (AES-256-GCM, authenticated,
 * the data key under KMS), or that of node-s3-encryption-client, which has neither IV nor algorithm beside its key.
 * Throws an UnusableSecret, or what KMS answered.
 */
export const openEnvelope = (envelope: Envelope): Promise<string> =>
  envelope.metadata["x-amz-key"] !== undefined && envelope.metadata["x-amz-iv"] === undefined
    ? openLegacy(envelope)
    : openGcm(envelope);
