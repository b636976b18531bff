// The partner: a Transfer Family server of the account's own, whose files are objects of a bucket. It is made by the aws CLI
// and not by Terraform, so that what is destroyed is the bridge alone, and the partner whatever becomes of that.
import {
  DeleteObjectsCommand,
  GetObjectCommand,
  ListObjectVersionsCommand,
  NoSuchKey,
  PutObjectCommand,
  S3Client,
} from "@aws-sdk/client-s3";
import { makeKey } from "../stack/keys.ts";
import { until } from "../stack/temporary.ts";
import type { Account } from "./account.ts";

export type Partner = {
  readonly host: string;
  readonly port: number;
  readonly username: string;
  readonly fingerprint: string;
  readonly privateKey: string;
  readonly write: (path: string, content: Uint8Array | string) => Promise<void>;
  readonly read: (path: string) => Promise<Buffer | undefined>;
  /** Lets nobody in, until `admit`. */
  readonly lockOut: () => Promise<unknown>;
  readonly admit: () => Promise<unknown>;
  /** Removes everything of the partner's; says what is left where something can't be removed. */
  readonly remove: () => Promise<void>;
};

/** Makes the partner; what was made by then is removed where it fails. */
export async function createPartner(account: Account, name: string): Promise<Partner> {
  const bucket = `${name}-partner-${account.accountId}`;
  const s3 = new S3Client({ ...account.config, forcePathStyle: !account.isReal });
  const undo: (() => Promise<unknown>)[] = [];
  const remove = async () => {
    const errors: unknown[] = [];
    for (const step of undo.splice(0).reverse()) await step().catch((error: unknown) => errors.push(error));
    s3.destroy();
    if (errors.length > 0)
      throw new AggregateError(errors, `the partner ${name} is not removed whole: ${errors.join("; ")}`);
  };
  try {
    const location =
      account.region === "us-east-1" ? [] : ["--create-bucket-configuration", `LocationConstraint=${account.region}`];
    await account.aws("s3api", "create-bucket", "--bucket", bucket, ...location);
    undo.push(() => account.aws("s3api", "delete-bucket", "--bucket", bucket));
    undo.push(() => empty(s3, bucket));
    const role = await createRole(account, name, bucket, undo);
    const { ServerId } = (await account.aws(
      "transfer",
      "create-server",
      "--protocols",
      "SFTP",
      "--endpoint-type",
      "PUBLIC",
    )) as {
      ServerId: string;
    };
    // Its users go with it.
    undo.push(() => account.aws("transfer", "delete-server", "--server-id", ServerId));
    await until(
      "the Transfer Family server to be online",
      900,
      async () => {
        const { Server } = (await account.aws("transfer", "describe-server", "--server-id", ServerId)) as {
          Server: { State: string };
        };
        return Server.State === "ONLINE" ? true : undefined;
      },
      account.pause,
    );
    const key = makeKey(account.folder, "partner");
    const user = {
      ServerId,
      UserName: "partner",
      Role: role,
      HomeDirectoryType: "LOGICAL",
      HomeDirectoryMappings: [{ Entry: "/", Target: `/${bucket}` }],
      SshPublicKeyBody: key.publicKey,
    };
    const admit = () => account.aws("transfer", "create-user", "--cli-input-json", JSON.stringify(user));
    const lockOut = () => account.aws("transfer", "delete-user", "--server-id", ServerId, "--user-name", "partner");
    await admit();
    const put = async (Key: string, body: Uint8Array | string) =>
      void (await s3.send(new PutObjectCommand({ Bucket: bucket, Key, Body: Buffer.from(body) })));
    for (const folder of ["inbox/", "outbox/"]) await put(folder, Buffer.alloc(0));
    return {
      ...(await account.reach(ServerId)),
      username: "partner",
      privateKey: key.privateKey,
      write: put,
      admit,
      lockOut,
      read: async (Key) => {
        try {
          const { Body } = await s3.send(new GetObjectCommand({ Bucket: bucket, Key }));
          return Buffer.from((await Body?.transformToByteArray()) ?? []);
        } catch (error) {
          if (error instanceof NoSuchKey) return undefined;
          throw error;
        }
      },
      remove,
    };
  } catch (error) {
    await remove();
    throw error;
  }
}

/** What Transfer Family reads and writes the bucket with. */
async function createRole(
  account: Account,
  name: string,
  bucket: string,
  undo: (() => Promise<unknown>)[],
): Promise<string> {
  const role = `${name}-partner`;
  const text = (Statement: readonly object[]) => JSON.stringify({ Version: "2012-10-17", Statement });
  const trust = text([{ Effect: "Allow", Principal: { Service: "transfer.amazonaws.com" }, Action: "sts:AssumeRole" }]);
  const { Role } = (await account.aws(
    "iam",
    "create-role",
    "--role-name",
    role,
    "--assume-role-policy-document",
    trust,
  )) as {
    Role: { Arn: string };
  };
  undo.push(() => account.aws("iam", "delete-role", "--role-name", role));
  const policy = text([
    { Effect: "Allow", Action: "s3:ListBucket", Resource: `arn:aws:s3:::${bucket}` },
    {
      Effect: "Allow",
      Action: ["s3:GetObject", "s3:PutObject", "s3:DeleteObject"],
      Resource: `arn:aws:s3:::${bucket}/*`,
    },
  ]);
  await account.aws(
    "iam",
    "put-role-policy",
    "--role-name",
    role,
    "--policy-name",
    "files",
    "--policy-document",
    policy,
  );
  undo.push(() => account.aws("iam", "delete-role-policy", "--role-name", role, "--policy-name", "files"));
  return Role.Arn;
}

/** Removes all objects, in all their versions. */
async function empty(s3: S3Client, Bucket: string): Promise<void> {
  for (;;) {
    const { Versions = [], DeleteMarkers = [] } = await s3.send(new ListObjectVersionsCommand({ Bucket }));
    const Objects = [...Versions, ...DeleteMarkers].map(({ Key, VersionId }) => ({ Key, VersionId }));
    if (Objects.length === 0) return;
    await s3.send(new DeleteObjectsCommand({ Bucket, Delete: { Objects } }));
  }
}
