import { readBody, readQuickly } from "../aws/read-body.ts";
import type { SecretSource } from "../config/types.ts";
import { openerFor } from "./envelope.ts";
import { UnusableSecret } from "./failure.ts";
import type { Metadata, Objects, SecretClients } from "./types.ts";

/** Larger than any key or secret (Secrets Manager's own limit), small enough for memory. */
const largest = 65_536;

/** `secret arn:…`, `SSM parameter /…` or `object s3://…`. */
export const placeOf = (source: SecretSource): string => {
  if (source.secretArn !== undefined) return `secret ${source.secretArn}`;
  if (source.ssmParameter !== undefined) return `SSM parameter ${source.ssmParameter}`;
  return `object s3://${source.s3}`;
};

/** The region in an ARN; the function's own for a plain name. */
const regionOf = (name: string): string | undefined => (name.startsWith("arn:") ? name.split(":")[3] : undefined);

const fromSecretsManager = async (id: string, clients: SecretClients): Promise<string> => {
  const [client, { GetSecretValueCommand }] = await Promise.all([
    clients.secretsManager(regionOf(id)),
    import("../aws/sdk/secrets-manager.ts"),
  ]);
  const secret = await client.send(new GetSecretValueCommand({ SecretId: id }));
  if (secret.SecretString === undefined)
    throw new UnusableSecret(
      "is binary",
      "Store it as text: `aws secretsmanager put-secret-value --secret-string file://…`",
    );
  return secret.SecretString;
};

const fromParameter = async (name: string, clients: SecretClients): Promise<string> => {
  const [client, { GetParameterCommand }] = await Promise.all([
    clients.ssm(regionOf(name)),
    import("../aws/sdk/ssm.ts"),
  ]);
  const { Parameter } = await client.send(new GetParameterCommand({ Name: name, WithDecryption: true }));
  return Parameter?.Value ?? "";
};

interface Content {
  readonly body: Uint8Array;
  readonly metadata: Metadata;
}

const contentBySdk = async (bucket: string, key: string, client: Objects): Promise<Content> => {
  const { GetObjectCommand } = await import("../aws/sdk/s3.ts");
  // One byte more than is taken, so that a larger object shows without being read.
  const range = `bytes=0-${largest}`;
  return readBody(
    () =>
      client.send(new GetObjectCommand({ Bucket: bucket, Key: key, Range: range })).catch((error) => {
        // An empty object has no first byte.
        if (error instanceof Error && error.name === "InvalidRange") return undefined;
        throw error;
      }),
    async (object) => ({
      body: (await object?.Body?.transformToByteArray()) ?? new Uint8Array(),
      metadata: object?.Metadata ?? {},
    }),
  );
};

const fromObject = async (source: SecretSource, clients: SecretClients): Promise<string> => {
  const [, bucket = "", key = ""] = /^([^/]+)\/(.+)$/s.exec(source.s3 ?? "") ?? [];
  const client = await clients.s3();
  const found = await readQuickly(client.quick, { bucket, key }, largest);
  const { body, metadata } = found
    ? { body: found.bytes, metadata: found.head.Metadata ?? {} }
    : await contentBySdk(bucket, key, client);
  if (body.length > largest)
    throw new UnusableSecret(
      `has more than ${largest} bytes`,
      "Point the stream at the object that holds the secret itself",
    );
  const open = openerFor(metadata);
  if (open !== undefined) return open({ metadata, body, source, clients });
  try {
    // As Windows' own editor and PowerShell write it, in UTF-16.
    const encoding = body[0] === 0xff && body[1] === 0xfe ? "utf-16le" : "utf-8";
    return new TextDecoder(encoding, { fatal: true }).decode(body);
  } catch (error) {
    throw new UnusableSecret(
      "is neither text nor has it the metadata of a client-side encrypted object",
      "Store the key as a text file, or encrypt it again as docs/keys.md says",
      { cause: error },
    );
  }
};

/** Reads the whole value at a secret's place. Throws what the service answered, or an UnusableSecret. */
export const fetchSecret = (source: SecretSource, clients: SecretClients): Promise<string> => {
  if (source.secretArn !== undefined) return fromSecretsManager(source.secretArn, clients);
  if (source.ssmParameter !== undefined) return fromParameter(source.ssmParameter, clients);
  return fromObject(source, clients);
};
