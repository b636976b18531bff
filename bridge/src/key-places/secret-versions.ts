/** The versions of a secret that a private key is kept in, with the caller's own permissions: the function may only read it. */
import { randomUUID } from "node:crypto";
import { isDeepStrictEqual } from "node:util";
import {
  DescribeSecretCommand,
  GetSecretValueCommand,
  PutSecretValueCommand,
  type SecretsManagerClient,
  UpdateSecretVersionStageCommand,
} from "@aws-sdk/client-secrets-manager";
import { explaining, RotationError } from "./error.ts";
import { objectIn, valueIn, withField } from "./json-field.ts";

export type SecretsManager = Pick<SecretsManagerClient, "send">;

export interface Place {
  readonly secret_arn: string;
  readonly json_key: string | null;
}

export interface Versions {
  readonly current: string;
  /** What waits beside it. */
  readonly pending: string | undefined;
}

const stage = { current: "AWSCURRENT", pending: "AWSPENDING" } as const;

const whatOf = ({ secret_arn }: Place): string => `The secret ${secret_arn}`;

const explained = <T>(action: string, place: Place, act: Promise<T>): Promise<T> =>
  explaining(whatOf(place), `secretsmanager:${action}`, act);

/** Which versions there are. Throws RotationError for a secret that somebody else rotates, or that can't be looked at. */
export const versionsOf = async (client: SecretsManager, place: Place): Promise<Versions> => {
  const answer = await explained(
    "DescribeSecret",
    place,
    client.send(new DescribeSecretCommand({ SecretId: place.secret_arn })),
  );
  if (answer.RotationEnabled === true)
    throw new RotationError(
      `The secret ${place.secret_arn} is rotated by a function of its own (rotation is on), which would be in the way: turn that off, or let it make the keys.`,
    );
  const versions = Object.entries(answer.VersionIdsToStages ?? {});
  const having = (name: string) => versions.find(([, stages]) => stages.includes(name))?.[0];
  const [current, pending] = [having(stage.current), having(stage.pending)];
  if (current === undefined) throw new RotationError(`The secret ${place.secret_arn} has no value yet.`);
  return { current, pending: pending === current ? undefined : pending };
};

const textOf = async (client: SecretsManager, place: Place, version?: string): Promise<string> => {
  const { SecretString } = await explained(
    "GetSecretValue",
    place,
    client.send(
      new GetSecretValueCommand({ SecretId: place.secret_arn, ...(version !== undefined && { VersionId: version }) }),
    ),
  );
  if (SecretString === undefined) throw new RotationError(`The secret ${place.secret_arn} is binary.`);
  return SecretString;
};

/** The value at a place, without a line break at its end. */
export const readSecret = async (client: SecretsManager, place: Place): Promise<string> =>
  valueIn(await textOf(client, place), place.json_key, whatOf(place));

const textWith = async (client: SecretsManager, place: Place, value: string): Promise<string> =>
  place.json_key === null ? value : withField(await textOf(client, place), place.json_key, whatOf(place), value);

/** Puts a value in the place of the one in use: what else is in a JSON object stays as it is. */
export const putCurrent = async (client: SecretsManager, place: Place, value: string): Promise<void> => {
  const SecretString = await textWith(client, place, value);
  await explained(
    "PutSecretValue",
    place,
    client.send(
      new PutSecretValueCommand({ SecretId: place.secret_arn, ClientRequestToken: randomUUID(), SecretString }),
    ),
  );
};

/** Puts a value beside the one in use: what else is in a JSON object stays as it is. Returns the new version. */
export const putPending = async (client: SecretsManager, place: Place, value: string): Promise<string> => {
  const SecretString = await textWith(client, place, value);
  const ClientRequestToken = randomUUID();
  await explained(
    "PutSecretValue",
    place,
    client.send(
      new PutSecretValueCommand({
        SecretId: place.secret_arn,
        ClientRequestToken,
        SecretString,
        VersionStages: [stage.pending],
      }),
    ),
  );
  return ClientRequestToken;
};

/**
 * What waits, with the other fields of a JSON object as they are now: somebody may have changed a password since, which switching
 * would undo. Returns its version.
 */
export const freshPending = async (client: SecretsManager, place: Place, pending: string): Promise<string> => {
  const { json_key } = place;
  if (json_key === null) return pending;
  const [now, waiting] = await Promise.all([textOf(client, place), textOf(client, place, pending)]);
  const { [json_key]: _, ...others } = objectIn(now, json_key, whatOf(place));
  const { [json_key]: value, ...before } = objectIn(waiting, json_key, whatOf(place));
  return isDeepStrictEqual(others, before) ? pending : await putPending(client, place, String(value));
};

const move = (client: SecretsManager, place: Place, VersionStage: string, from: string, to?: string) =>
  explained(
    "UpdateSecretVersionStage",
    place,
    client.send(
      new UpdateSecretVersionStageCommand({
        SecretId: place.secret_arn,
        VersionStage,
        RemoveFromVersionId: from,
        ...(to !== undefined && { MoveToVersionId: to }),
      }),
    ),
  );

/** Drops what waits: Secrets Manager deletes a version that has no stage. */
export const dropPending = async (client: SecretsManager, place: Place, pending: string): Promise<void> => {
  await move(client, place, stage.pending, pending);
};

/** Makes what waits the version in use; the one before stays as AWSPREVIOUS. Fails where another one came into use meanwhile. */
export const promote = async (
  client: SecretsManager,
  place: Place,
  { current, pending }: { readonly current: string; readonly pending: string },
): Promise<void> => {
  await move(client, place, stage.current, current, pending);
  await dropPending(client, place, pending);
};
