import type { KMSClient } from "@aws-sdk/client-kms";
import type { S3Client } from "@aws-sdk/client-s3";
import type { SecretsManagerClient } from "@aws-sdk/client-secrets-manager";
import type { SSMClient } from "@aws-sdk/client-ssm";
import type { QuickS3 } from "../aws/s3.ts";
import type { SecretSource } from "../config/types.ts";

/** What it takes to log in, as it is at this moment. */
export interface LogInSecrets {
  readonly password?: string;
  /** PEM or OpenSSH text. */
  readonly privateKey?: string;
  readonly passphrase?: string;
  /** The line of an OpenSSH certificate of the private key. */
  readonly certificate?: string;
}

/** The partner's, and those of the proxy or jump host that it is reached through. */
export interface Credentials extends LogInSecrets {
  readonly via?: LogInSecrets;
}

/** S3, for objects that hold secrets. */
export type Objects = Pick<S3Client, "send"> & {
  /** Asked first; what it can't do for certain is the SDK's. */
  readonly quick?: Pick<QuickS3, "get"> | undefined;
};

/**
 * The clients that secrets are read with, each made when it is first needed: most invocations find what they need in the
 * cache, and no bridge uses all four. A secret or parameter ARN of another region asks for a client of that region.
 */
export interface SecretClients {
  secretsManager(region?: string): Promise<Pick<SecretsManagerClient, "send">>;
  ssm(region?: string): Promise<Pick<SSMClient, "send">>;
  s3(): Promise<Objects>;
  kms(region?: string): Promise<Pick<KMSClient, "send">>;
}

/** Reads one value of a stream, cached for five minutes, and makes of its text what is wanted. Throws a SecretError. */
export type ReadSecret = (
  field: string,
  source: SecretSource | undefined,
  interpret: (text: string, source: SecretSource) => string,
) => Promise<string | undefined>;

export type SecretErrorKind =
  /** No such secret, version, parameter, object or bucket (S3 says "denied" for a missing object without s3:ListBucket). */
  | "missing"
  /** IAM, a resource policy or KMS says no. */
  | "denied"
  /** It could be read, but isn't what the stream says it is. */
  | "unusable"
  /** The service didn't answer, or throttled: try later. */
  | "unavailable";

/** A credential that couldn't be read. The message names stream, secret and remedy, never a value. */
export class SecretError extends Error {
  override readonly name = "SecretError";
  readonly kind: SecretErrorKind;
  readonly stream: string;

  constructor(kind: SecretErrorKind, stream: string, message: string, options: { cause?: unknown } = {}) {
    super(message, options);
    this.kind = kind;
    this.stream = stream;
  }
}

/** An object's user-defined metadata, names in lower case and without `x-amz-meta-`. */
export type Metadata = Readonly<Record<string, string>>;

export interface Envelope {
  readonly metadata: Metadata;
  readonly body: Uint8Array;
  readonly source: SecretSource;
  readonly clients: Pick<SecretClients, "kms">;
}
