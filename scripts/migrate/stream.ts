/** One stream of the original as a stream of the module. */
import type { Body } from "./hcl.ts";
import type { OriginalStream } from "./original.ts";
import { placesOf } from "./places.ts";
import type { Rule } from "./rules.ts";
import { type SecretField, type SecretOptions, secretsOf } from "./secrets.ts";
import { connectionOf } from "./sftp.ts";

export interface StreamInput {
  /** Its name here. */
  readonly name: string;
  readonly given: OriginalStream;
  /** The rules that poll it; none for one that only sends. */
  readonly rules: readonly Rule[];
  /** Only of rules that are off. */
  readonly paused: boolean;
  /** Whether the user says that its bucket called the function, although it is polled. */
  readonly alsoPushed: boolean;
  readonly secrets: SecretOptions;
}

export interface Migrated {
  readonly name: string;
  readonly original: string;
  readonly body: Body;
  readonly paused: boolean;
  readonly side: "pull" | "push";
  readonly s3: string;
  readonly sftp: string;
  readonly host: string;
  readonly port: number;
  /** `user@host:port`. */
  readonly partner: string;
  /** By field of sftpConfig, the secret to be stored. */
  readonly stored: ReadonlyMap<SecretField, string>;
  readonly s3PrivateKey: string | undefined;
  readonly left: readonly string[];
  readonly remarks: readonly string[];
  readonly wrong: readonly string[];
}

export const scanCommand = (host: string, port: number): string =>
  `ssh-keyscan${port === 22 ? "" : ` -p ${port}`} ${host}`;

/** Whole days, from 1 to 3650: never fewer than the original's where there is a choice. */
const retentionOf = (given: number | undefined, left: string[]): number | undefined => {
  if (given === undefined) return undefined;
  const days = Math.min(3650, Math.max(1, Math.ceil(given)));
  if (days !== given) left.push(`fileRetentionDays: ${given} is no whole number from 1 to 3650; ${days} is used.`);
  return days;
};

/** Terraform composes the characters of every text (NFC), so that a name written otherwise would be another. */
const recomposed = ({ s3Location, sftpLocation, sftpConfig }: OriginalStream): readonly string[] =>
  Object.entries({
    s3Location,
    sftpLocation,
    "sftpConfig.username": sftpConfig.username,
    "sftpConfig.s3PrivateKey": sftpConfig.s3PrivateKey,
  })
    .filter(([, text]) => text !== undefined && text !== text.normalize("NFC"))
    .map(
      ([field]) =>
        `${field}: it has letters followed by combining marks, which Terraform makes one character of: another name. Rename it, or name a place above it.`,
    );

export const migrateStream = ({ name, given, rules, paused, alsoPushed, secrets: options }: StreamInput): Migrated => {
  const connection = connectionOf(given.sftpConfig);
  const secrets = secretsOf(name, given.sftpConfig, options);
  const places = placesOf(given.s3Location, given.sftpLocation);
  const [left, remarks] = [[...connection.left, ...secrets.left, ...recomposed(given)], [] as string[]];
  const wrong = [...connection.wrong, ...secrets.wrong, ...("wrong" in places ? [places.wrong] : [])];
  const { s3, sftp } = "wrong" in places ? { s3: "", sftp: "" } : places;
  const [rule] = rules;
  const side = rule === undefined ? "push" : "pull";

  if (name !== given.name)
    left.push(`its name can't be that of a rule: it is ${JSON.stringify(name)} here, in log lines and metrics too.`);
  if (rule === undefined) {
    if (given.fileRetentionDays !== undefined)
      remarks.push("fileRetentionDays has no use: no rule polls the stream, so nothing comes into .done.");
  } else {
    const both = `push and pull of one stream can't share a place here, or files would go round. Give it a place of its own: push = { s3 = "bucket/prefix", sftp = "directory" }.`;
    if (alsoPushed) left.push(`objects put to s3Location were sent to the partner too. ${both}`);
    else
      remarks.push(
        `it is polled, so it is taken for a pull. If its bucket called the function as well, give --push ${given.name}.`,
      );
  }
  if (paused)
    left.push(
      `its rule ${rules.map((one) => JSON.stringify(one.name)).join(", ")} is off, and a schedule here is always on. The stream is a comment: uncomment it to poll.`,
    );

  const body: Body = {
    sftp: {
      host: connection.host,
      port: connection.port === 22 ? undefined : connection.port,
      username: connection.username,
      host_keys: [`REPLACE by what \`${scanCommand(connection.host, connection.port)}\` prints`],
      ...secrets.fields,
      connect_timeout_seconds: connection.connectTimeoutSeconds,
      options: connection.options,
    },
    push: rule === undefined ? { s3, sftp: sftp === "" ? undefined : sftp } : undefined,
    pull:
      rule === undefined
        ? undefined
        : {
            s3,
            sftp: sftp === "" ? undefined : sftp,
            schedule: rule.schedule,
            retention_days: retentionOf(given.fileRetentionDays, left),
          },
  };
  return {
    name,
    original: given.name,
    body,
    paused,
    side,
    s3,
    sftp,
    host: connection.host,
    port: connection.port,
    partner: `${connection.username}@${connection.host.toLowerCase()}:${connection.port}`,
    stored: secrets.stored,
    s3PrivateKey: given.sftpConfig.s3PrivateKey,
    left,
    remarks,
    wrong,
  };
};
