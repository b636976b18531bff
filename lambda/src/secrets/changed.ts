import type { SecretSource } from "../config/types.ts";
import type { SecretClients } from "./types.ts";
import { withField } from "./value.ts";

interface Client {
  // biome-ignore lint/suspicious/noExplicitAny: each client's overloads are its own; what comes in and out is not looked into.
  send(command: any): Promise<any>;
}

/**
 * The same clients, but that `value` is kept at one place already; where it is a field of a JSON object, the others are as they are.
 * What they read is kept out of logs and cached by itself (`read.ts`), as they are clients of their own.
 */
export const changedAt = (clients: SecretClients, source: SecretSource, value: string): SecretClients => {
  const { jsonKey, secretArn, ssmParameter, s3 } = source;
  const text = (before = "") => (jsonKey === undefined ? value : withField(before, jsonKey, value));
  const changing = <T extends Client>(
    client: T,
    isIt: (input: never) => boolean,
    change: (answer: never) => object,
  ): T => {
    const send = async (command: { readonly input: never }) => {
      const answer = await client.send(command);
      return isIt(command.input) ? change(answer as never) : answer;
    };
    // And nothing else: a quicker way would give the value that is still kept.
    return { send } as T;
  };
  if (secretArn !== undefined)
    return {
      ...clients,
      secretsManager: async (region) =>
        changing(
          await clients.secretsManager(region),
          ({ SecretId }: { SecretId?: string }) => SecretId === secretArn,
          ({ SecretString }: { SecretString?: string }) => ({ SecretString: text(SecretString) }),
        ),
    };
  if (ssmParameter !== undefined)
    return {
      ...clients,
      ssm: async (region) =>
        changing(
          await clients.ssm(region),
          ({ Name }: { Name?: string }) => Name === ssmParameter,
          ({ Parameter }: { Parameter?: { Value?: string } }) => ({ Parameter: { Value: text(Parameter?.Value) } }),
        ),
    };
  const body = { transformToByteArray: async () => Buffer.from(value) };
  return {
    ...clients,
    s3: async () =>
      changing(
        await clients.s3(),
        ({ Bucket, Key }: { Bucket?: string; Key?: string }) => `${Bucket}/${Key}` === s3,
        () => ({ Body: body, Metadata: {} }),
      ),
  };
};
