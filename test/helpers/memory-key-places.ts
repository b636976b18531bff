import { objectOf, serviceError } from "./secret-services.ts";

interface Sent {
  readonly constructor: { readonly name: string };
  // biome-ignore lint/suspicious/noExplicitAny: each command's input is its own.
  readonly input: any;
}

/** Answers by the names of commands, and what was asked; `denied` is the start of a command that isn't allowed. */
const service = (answers: Record<string, (input: Sent["input"]) => unknown>) => {
  const state = { denied: "", calls: [] as string[] };
  const send = async ({ constructor: { name }, input }: Sent) => {
    state.calls.push(name);
    if (name.startsWith(state.denied || "-")) throw serviceError("AccessDeniedException");
    const answer = answers[name];
    if (answer === undefined) throw new Error(`unexpected ${name}`);
    return answer(input);
  };
  return { state, client: { send } as never };
};

interface StoredParameter {
  readonly Name: string;
  readonly Value: string;
  readonly Type: string;
  readonly KeyId?: string;
  readonly Description?: string;
}

/** Systems Manager's parameters, each with its versions, newest last. */
export const memoryParameters = (first: StoredParameter) => {
  const versions = new Map([[first.Name, [first]]]);
  const policies: unknown[] = [];
  const newest = (name: string) => {
    const found = versions.get(name);
    if (found === undefined) throw serviceError("ParameterNotFound");
    return { ...found.at(-1), Version: found.length };
  };
  const { state, client } = service({
    GetParameterCommand: ({ Name }) => {
      const { KeyId: _, Description: __, ...Parameter } = newest(Name);
      return { Parameter };
    },
    DescribeParametersCommand: ({ ParameterFilters: [{ Values }] }) => {
      const { Value: _, ...about } = newest(Values[0]);
      return { Parameters: [{ ...about, Policies: policies }] };
    },
    PutParameterCommand: ({ Overwrite, ...put }) => {
      const there = versions.get(put.Name);
      if (there !== undefined && !Overwrite) throw serviceError("ParameterAlreadyExists");
      versions.set(put.Name, [...(there ?? []), put]);
      return {};
    },
    DeleteParameterCommand: ({ Name }) => {
      newest(Name);
      versions.delete(Name);
      return {};
    },
  });
  return { state, client, policies, versionsOf: (name: string) => versions.get(name) ?? [] };
};

interface StoredObject {
  readonly Body: string;
  readonly Metadata?: Readonly<Record<string, string>>;
  readonly ServerSideEncryption?: string;
  readonly SSEKMSKeyId?: string;
  readonly BucketKeyEnabled?: boolean;
}

/** A bucket's objects by key, each with its versions, newest last. */
export const memoryObjects = (key: string, first: StoredObject, versioned = true) => {
  const versions = new Map([[key, [first]]]);
  const newest = (Key: string, missing: string) => {
    const found = versions.get(Key);
    const last = found?.at(-1);
    if (found === undefined || last === undefined) throw serviceError(missing);
    return { last, id: `v${found.length}` };
  };
  const { state, client } = service({
    HeadObjectCommand: ({ Key }) => {
      const { last, id } = newest(Key, "NotFound");
      const { Body: _, ...head } = last;
      return { ...head, ETag: `"${id}"`, ...(versioned && { VersionId: id }) };
    },
    GetObjectCommand: ({ Key }) => {
      const { last } = newest(Key, "NoSuchKey");
      const { Body } = objectOf(last.Body, last.Metadata);
      return { ...last, Body: { ...Body, transformToString: async () => last.Body } };
    },
    PutObjectCommand: ({ Bucket: _, Key, IfMatch, IfNoneMatch, ...put }) => {
      const there = versions.get(Key);
      if (IfNoneMatch !== undefined && there !== undefined) throw serviceError("PreconditionFailed");
      if (IfMatch !== undefined && IfMatch !== `"v${there?.length}"`) throw serviceError("PreconditionFailed");
      versions.set(Key, [...(there ?? []), put]);
      return {};
    },
    DeleteObjectCommand: ({ Key, VersionId }) => {
      if (VersionId !== newest(Key, "NoSuchKey").id) throw new Error("a mark in front of it, and the key stays");
      versions.set(Key, (versions.get(Key) ?? []).slice(0, -1));
      if (versions.get(Key)?.length === 0) versions.delete(Key);
      return {};
    },
  });
  const change = (Key: string, put: StoredObject) => versions.set(Key, [...(versions.get(Key) ?? []), put]);
  return { state, client, change, versionsOf: (name: string) => versions.get(name) ?? [] };
};
