import type { S3Client } from "@aws-sdk/client-s3";
import type { SSMClient } from "@aws-sdk/client-ssm";
import type { SecretsManager } from "./secret-versions.ts";

/** The services that keep keys, with the caller's own permissions; those of an ARN's region where there is one. */
export interface KeyServices {
  readonly secretsManager: (arn: string) => Promise<SecretsManager>;
  readonly ssm: (nameOrArn: string) => Promise<Pick<SSMClient, "send">>;
  readonly s3: () => Promise<Pick<S3Client, "send">>;
}

/** Where a key, its passphrase or its certificate is kept. All of it throws RotationError. */
export interface KeyPlace {
  /** Whether a key waits beside the one in use. */
  waits(): Promise<boolean>;
  /** Puts a key beside the one in use, which nobody but `trial` and `promote` looks at. */
  put(privateKey: string): Promise<void>;
  /** Drops what waits. */
  drop(): Promise<void>;
  /** What the function is to be sent, so that it tries what waits. */
  trial(): Promise<Readonly<Record<string, string>>>;
  /** What was tried comes into use. Fails where the one in use has changed since. */
  promote(): Promise<void>;
  /** Puts another value in the place of the one in use. */
  replace(value: string): Promise<void>;
  /** The value in use, without a line break at its end. */
  read(): Promise<string>;
  /** Where the old key stays, as a sentence. */
  readonly kept: string;
}
