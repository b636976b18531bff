/** What goes into a migration, and what comes out. */

export interface Options {
  /** What the configuration is called in messages and commands: a file, or `s3://bucket/key`. */
  readonly source: string;
  /** Name of the bridge, which the names of its secrets begin with. */
  readonly bridge: string;
  readonly rules?: { readonly text: string; readonly name: string } | undefined;
  /** `stream1.stream2=rate(5 minutes)`. */
  readonly schedules: readonly string[];
  /** Streams that are polled, and whose bucket calls the function as well. */
  readonly pushed: readonly string[];
  /** By stream, the key and the encryption context of its s3PrivateKey. */
  readonly kmsKeys: ReadonlyMap<string, string>;
  readonly encryptionContexts: ReadonlyMap<string, Readonly<Record<string, string>>>;
  /** Whether the configuration is encrypted on the client, so that no other command can read its secrets. */
  readonly encrypted?: boolean | undefined;
  /** ARNs of secrets that are stored, by name. */
  readonly arns?: ReadonlyMap<string, string> | undefined;
  readonly account?: string | undefined;
  readonly region?: string | undefined;
}

export interface Migration {
  readonly hcl: string;
  /** What can't be carried over. */
  readonly left: readonly string[];
  /** What is carried over, and is to be known. */
  readonly remarks: readonly string[];
  /** What a person has to do, in this order. */
  readonly steps: readonly string[];
  /** What belongs into Secrets Manager. Not for printing. */
  readonly secrets: readonly { readonly name: string; readonly value: string }[];
}
