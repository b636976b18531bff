import type { SecretClients } from "../../lambda/src/secrets/types.ts";
import { serviceError } from "./secret-services.ts";

interface Version {
  readonly value: string;
  readonly stages: Set<string>;
}

interface Input {
  readonly SecretId: string;
  readonly VersionId?: string;
  readonly ClientRequestToken: string;
  readonly SecretString: string;
  readonly VersionStages?: readonly string[];
  readonly VersionStage: string;
  readonly RemoveFromVersionId: string;
  readonly MoveToVersionId?: string;
}

/** A secret of Secrets Manager with its versions, as the function and `bridge rotate-key` see it. */
export const memorySecret = (arn: string, first: string) => {
  const versions = new Map<string, Version>([["v1", { value: first, stages: new Set(["AWSCURRENT"]) }]]);
  const state = { rotates: false, denied: "", calls: [] as string[] };
  const having = (stage: string) => [...versions].find(([, { stages }]) => stages.has(stage));
  const give = (stage: string, to: string) => {
    having(stage)?.[1].stages.delete(stage);
    versions.get(to)?.stages.add(stage);
  };
  const answers: Record<string, (input: Input) => unknown> = {
    DescribeSecretCommand: () => ({
      RotationEnabled: state.rotates,
      VersionIdsToStages: Object.fromEntries([...versions].map(([id, { stages }]) => [id, [...stages]])),
    }),
    GetSecretValueCommand: ({ VersionId }) => {
      const version = VersionId === undefined ? having("AWSCURRENT")?.[1] : versions.get(VersionId);
      if (version === undefined) throw serviceError("ResourceNotFoundException");
      return { SecretString: version.value };
    },
    PutSecretValueCommand: ({ ClientRequestToken, SecretString, VersionStages = ["AWSCURRENT"] }) => {
      versions.set(ClientRequestToken, { value: SecretString, stages: new Set() });
      for (const stage of VersionStages) give(stage, ClientRequestToken);
      return { VersionId: ClientRequestToken };
    },
    UpdateSecretVersionStageCommand: ({ VersionStage, RemoveFromVersionId, MoveToVersionId }) => {
      if (having(VersionStage)?.[0] !== RemoveFromVersionId) throw serviceError("InvalidParameterException");
      versions.get(RemoveFromVersionId)?.stages.delete(VersionStage);
      if (MoveToVersionId !== undefined) give(VersionStage, MoveToVersionId);
      if (VersionStage === "AWSCURRENT") give("AWSPREVIOUS", RemoveFromVersionId);
      return {};
    },
  };
  const send = async (command: { readonly constructor: { readonly name: string }; readonly input: Input }) => {
    const { name } = command.constructor;
    state.calls.push(name);
    if (name.startsWith(state.denied || "-")) throw serviceError("AccessDeniedException");
    if (command.input.SecretId !== arn) throw serviceError("ResourceNotFoundException");
    const answer = answers[name];
    if (answer === undefined) throw new Error(`unexpected ${name}`);
    return answer(command.input);
  };
  const other = () => Promise.reject(new Error("only Secrets Manager is asked"));
  const clients: SecretClients = { secretsManager: async () => ({ send }) as never, ssm: other, s3: other, kms: other };
  const change = (value: string) => {
    versions.set("changed", { value, stages: new Set() });
    give("AWSCURRENT", "changed");
  };
  return { clients, state, change, client: { send } as never, valueOf: (stage: string) => having(stage)?.[1].value };
};
