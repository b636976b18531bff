import { parseConfig } from "../../lambda/src/config/parse.ts";
import type { StreamConfig } from "../../lambda/src/config/types.ts";
import type { SecretClients } from "../../lambda/src/secrets/types.ts";
import { documentWith } from "./config-document.ts";

type Answer = (input: Record<string, unknown>, region: string | undefined) => unknown;

/** An error as the SDK throws it for a service's answer. */
export const serviceError = (name: string, message = `${name} from the service`): Error =>
  Object.assign(new Error(message), { name });

/** Secrets Manager, SSM, S3 and KMS that answer by the functions given, and count what they are asked. */
export const servicesWith = (answers: { secret?: Answer; parameter?: Answer; object?: Answer; decrypt?: Answer }) => {
  const calls: string[] = [];
  const client = (command: string, answer: Answer | undefined) => async (region?: string) =>
    ({
      send: async (sent: { input: Record<string, unknown>; constructor: { name: string } }) => {
        calls.push(sent.constructor.name);
        if (sent.constructor.name !== command || answer === undefined)
          throw new Error(`unexpected ${sent.constructor.name}`);
        return answer(sent.input, region);
      },
    }) as never;
  const clients: SecretClients = {
    secretsManager: client("GetSecretValueCommand", answers.secret),
    ssm: client("GetParameterCommand", answers.parameter),
    s3: client("GetObjectCommand", answers.object),
    kms: client("DecryptCommand", answers.decrypt),
  };
  return { clients, calls };
};

/** An S3 object, as GetObject answers. */
export const objectOf = (body: string | Uint8Array, metadata: Readonly<Record<string, string>> = {}) => ({
  Body: { transformToByteArray: async () => (typeof body === "string" ? new TextEncoder().encode(body) : body) },
  Metadata: metadata,
});

interface Login {
  readonly password?: unknown;
  readonly private_key?: unknown;
  readonly passphrase?: unknown;
  readonly via?: unknown;
}

/** The stream `acme` with these credentials and no others. */
export const streamWith = ({
  password = null,
  private_key = null,
  passphrase = null,
  via = null,
}: Login): StreamConfig => {
  const change = {
    "sftp.password": password,
    "sftp.private_key": private_key,
    "sftp.passphrase": passphrase,
    "sftp.via": via,
  };
  const stream = parseConfig(documentWith(change)).streams.get("acme");
  if (stream === undefined) throw new Error("no stream");
  return stream;
};

export const pem =
  "-----BEGIN OPENSSH PRIVATE KEY-----\nb3BlbnNzaC1rZXktdjEAAAAABG5vbmUAAAAEbm9uZQAAAAAAAAABAAAA\n-----END OPENSSH PRIVATE KEY-----\n";
