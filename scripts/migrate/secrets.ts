/** Secrets in the original's file: where they go, and the command that brings them there without showing them. */
import type { Body } from "./hcl.ts";
import type { SftpConfig } from "./original.ts";

/** What ARNs of the account are made of; a capital placeholder, which the plan refuses, stands for what isn't known. */
export interface Account {
  readonly partition: string;
  readonly region: string;
  readonly account: string;
}

export interface Secrets {
  /** Fields of `sftp`, each a reference. */
  readonly fields: Body;
  /** By field of `sftpConfig`, the name of the Secrets Manager secret. */
  readonly stored: ReadonlyMap<SecretField, string>;
  readonly left: readonly string[];
  readonly wrong: readonly string[];
}

/** Fields of sftpConfig that hold a secret, and what a secret is called after. */
const kinds = { password: "password", passphrase: "passphrase", privateKey: "private-key" } as const;

export type SecretField = keyof typeof kinds;

const arnOf = ({ partition, region, account }: Account, name: string): string =>
  // Without the six characters that Secrets Manager adds: the module's policy allows for them.
  `arn:${partition}:secretsmanager:${region}:${account}:secret:${name}`;

export interface SecretOptions {
  readonly bridge: string;
  readonly account: Account;
  /** ARNs of secrets that are stored, by name. */
  readonly arns: ReadonlyMap<string, string>;
  readonly kmsKeyArn: string | undefined;
  readonly encryptionContext: Readonly<Record<string, string>>;
}

/** References for a stream's secrets. */
export const secretsOf = (stream: string, given: SftpConfig, options: SecretOptions): Secrets => {
  const [left, wrong] = [[] as string[], [] as string[]];
  const stored = new Map<SecretField, string>();
  const reference = (field: SecretField): Body | undefined => {
    const value = given[field];
    if (value === undefined) return undefined;
    if (value === "") {
      left.push(`sftpConfig.${field}: it is empty.`);
      return undefined;
    }
    const name = `${options.bridge}/${stream}/${kinds[field]}`;
    stored.set(field, name);
    return { secret_arn: options.arns.get(name) ?? arnOf(options.account, name) };
  };
  const context = Object.keys(options.encryptionContext).length > 0 ? options.encryptionContext : undefined;
  const inS3: Body | undefined =
    given.s3PrivateKey === undefined
      ? undefined
      : { s3: given.s3PrivateKey, kms_key_arn: options.kmsKeyArn, encryption_context: context };
  if (inS3 !== undefined && given.privateKey !== undefined)
    left.push("sftpConfig.privateKey: s3PrivateKey is there too, and that was used.");
  if (inS3 === undefined && (context !== undefined || options.kmsKeyArn !== undefined))
    left.push("--kms-key, --encryption-context: the stream has no s3PrivateKey.");
  const privateKey = inS3 ?? reference("privateKey");
  const passphrase = privateKey === undefined ? undefined : reference("passphrase");
  const password = reference("password");
  if (privateKey === undefined && given.passphrase !== undefined)
    left.push("sftpConfig.passphrase: there is no private key that it opens.");
  if (privateKey === undefined && password === undefined)
    wrong.push(
      "sftpConfig has no password, privateKey or s3PrivateKey, and the bridge logs in by one of these. Add it.",
    );
  return { fields: { private_key: privateKey, passphrase, password }, stored, left, wrong };
};

const shell = (text: string): string =>
  /^[A-Za-z0-9_./:=@%+-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`;

/** Stores one secret by standard input: no argument, no file and no screen holds it. */
export const storeCommand = (
  source: string,
  stream: string,
  field: string,
  secret: string,
  { region }: Account,
): string => {
  const [read, file] = source.startsWith("s3://") ? [`aws s3 cp ${shell(source)} - | `, ""] : ["", ` ${shell(source)}`];
  const where = /^[a-z]/.test(region) ? ` --region ${region}` : "";
  return `${read}jq -j --arg stream ${shell(stream)} '.[$stream].sftpConfig.${field}'${file} | aws secretsmanager create-secret${where} --name ${secret} --secret-string file:///dev/stdin`;
};
