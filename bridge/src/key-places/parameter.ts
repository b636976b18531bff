import {
  DeleteParameterCommand,
  DescribeParametersCommand,
  GetParameterCommand,
  type Parameter,
  type ParameterMetadata,
  PutParameterCommand,
  type SSMClient,
} from "@aws-sdk/client-ssm";
import { explaining, ifThere, RotationError } from "./error.ts";
import { valueIn, withField } from "./json-field.ts";
import type { KeyPlace } from "./types.ts";

interface Current {
  readonly parameter: Parameter & { readonly Name: string };
  readonly about: ParameterMetadata;
}

/**
 * A parameter of Systems Manager. A new version of it would be in use at once, so the new key waits in a parameter of its own
 * (`….new`, a SecureString under the same KMS key), which the function needn't read: it is sent the key to try.
 */
export const parameterPlace = (
  client: Pick<SSMClient, "send">,
  place: { readonly ssm_parameter: string; readonly json_key: string | null },
): KeyPlace => {
  const { ssm_parameter: given, json_key } = place;
  const what = `The parameter ${given}`;
  let tried: { readonly key: string; readonly version: number | undefined } | undefined;

  const look = async (): Promise<Current> => {
    const { Parameter } = await explaining(
      what,
      "ssm:GetParameter",
      client.send(new GetParameterCommand({ Name: given, WithDecryption: true })),
    );
    const Name = Parameter?.Name ?? "";
    if (Name === "" || Name.startsWith("arn:"))
      throw new RotationError(`${what} is shared by another account: its owner has to change the key.`);
    const { Parameters } = await explaining(
      what,
      "ssm:DescribeParameters",
      client.send(
        new DescribeParametersCommand({ ParameterFilters: [{ Key: "Name", Option: "Equals", Values: [Name] }] }),
      ),
    );
    const about = Parameters?.find((one) => one.Name === Name) ?? {};
    if ((about.Policies ?? []).length > 0)
      throw new RotationError(
        `${what} has policies (an expiration, say), which a new version has to be given again: change it by hand, as docs/keys.md says.`,
      );
    return { parameter: { ...Parameter, Name }, about };
  };
  const nameOfNew = async () => `${(await look()).parameter.Name}.new`;
  const waiting = async (): Promise<string | undefined> => {
    const Name = await nameOfNew();
    const answer = await explaining(
      `The parameter ${Name}`,
      "ssm:GetParameter",
      ifThere(client.send(new GetParameterCommand({ Name, WithDecryption: true }))),
    );
    return answer?.Parameter?.Value;
  };
  const write = async ({ parameter, about }: Current, value: string) => {
    const { Description, AllowedPattern, KeyId, Tier, DataType } = about;
    const Value = json_key === null ? value : withField(parameter.Value ?? "", json_key, what, value);
    await explaining(
      what,
      "ssm:PutParameter",
      client.send(
        new PutParameterCommand({
          ...{ Name: parameter.Name, Value, Type: parameter.Type, Overwrite: true },
          ...{ Description, AllowedPattern, KeyId, Tier, DataType },
        }),
      ),
    );
  };
  const drop = async () => {
    const Name = await nameOfNew();
    await explaining(
      `The parameter ${Name}`,
      "ssm:DeleteParameter",
      ifThere(client.send(new DeleteParameterCommand({ Name }))),
    );
  };
  return {
    waits: async () => (await waiting()) !== undefined,
    put: async (privateKey) => {
      const { parameter, about } = await look();
      const Name = `${parameter.Name}.new`;
      await explaining(
        `The parameter ${Name}`,
        "ssm:PutParameter",
        client.send(
          new PutParameterCommand({
            ...{ Name, Value: privateKey, Type: "SecureString", KeyId: about.KeyId, Overwrite: false },
            Description: `A new key for ${parameter.Name}, which waits: bridge rotate-key`,
          }),
        ),
      );
    },
    drop,
    trial: async () => {
      const { parameter } = await look();
      tried = { key: (await waiting()) ?? "", version: parameter.Version };
      return { private_key: tried.key };
    },
    promote: async () => {
      const now = await look();
      if (tried === undefined || now.parameter.Version !== tried.version)
        throw new RotationError(
          `${what} has been changed meanwhile by somebody else: nothing was switched. Try again.`,
        );
      await write(now, tried.key);
      await drop();
    },
    replace: async (value) => await write(await look(), value),
    read: async () => valueIn((await look()).parameter.Value ?? "", json_key, what),
    kept: "The old key stays as the parameter's version before this one (aws ssm get-parameter-history), of 100.",
  };
};
