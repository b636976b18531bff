// AWS Transfer Family as ministack has it: an SFTP server whose files are objects of a bucket.
import {
  CreateBucketCommand,
  GetObjectCommand,
  ListObjectsV2Command,
  NoSuchKey,
  PutObjectCommand,
  S3Client,
} from "@aws-sdk/client-s3";
import ssh2 from "ssh2";
import { fingerprintOf } from "../../lambda/src/sftp/ssh/host-keys.ts";
import { aws } from "../stack/aws-cli.ts";
import { awsConfig } from "../stack/clients.ts";
import { startStack } from "../stack/emulator.ts";
import { makeKey } from "../stack/keys.ts";
import { freePort } from "../stack/temporary.ts";
import type { ServerFiles, TestedServer } from "./server.ts";

const bucket = "transfer-family";

/** Whom the emulator made a host key for, it doesn't tell: it is asked. */
export const hostKeyAt = (port: number): Promise<string> =>
  new Promise((resolve, reject) => {
    const client = new ssh2.Client();
    client.on("error", reject);
    client.connect({
      host: "127.0.0.1",
      port,
      username: "nobody",
      hostVerifier: (key: Buffer) => {
        resolve(fingerprintOf(key));
        client.removeListener("error", reject).on("error", () => {});
        return false;
      },
    });
  });

const objectsOf = (s3: S3Client): ServerFiles => ({
  write: async (path, content) =>
    void (await s3.send(new PutObjectCommand({ Bucket: bucket, Key: path, Body: content }))),
  read: async (path) => {
    try {
      const { Body } = await s3.send(new GetObjectCommand({ Bucket: bucket, Key: path }));
      return Buffer.from((await Body?.transformToByteArray()) ?? []);
    } catch (error) {
      if (error instanceof NoSuchKey) return undefined;
      throw error;
    }
  },
  list: async (folder) => {
    const keys: string[] = [];
    for (let token: string | undefined; ; ) {
      const page = await s3.send(
        new ListObjectsV2Command({ Bucket: bucket, Prefix: `${folder}/`, ContinuationToken: token }),
      );
      keys.push(...(page.Contents ?? []).flatMap(({ Key }) => (Key && !Key.endsWith("/") ? [Key] : [])));
      token = page.NextContinuationToken;
      if (token === undefined) return keys.map((key) => key.slice(folder.length + 1)).sort();
    }
  },
  mkdir: async (folder) => void (await s3.send(new PutObjectCommand({ Bucket: bucket, Key: `${folder}/`, Body: "" }))),
});

/** Starts a stack with one Transfer Family server and a user with a key. */
export const startTransferFamily = async (): Promise<TestedServer> => {
  const port = await freePort();
  const env = { SFTP_ENABLED: "1", SFTP_PORT: String(port), SFTP_HOST: "127.0.0.1" };
  const stack = await startStack({ env });
  try {
    const s3 = new S3Client(awsConfig(stack));
    await s3.send(new CreateBucketCommand({ Bucket: bucket }));
    const key = makeKey(stack.folder, "transfer-user");
    const { ServerId } = (await aws(stack, "transfer", "create-server")) as { ServerId: string };
    const user = {
      ServerId,
      UserName: "partner",
      Role: `arn:aws:iam::${stack.accountId}:role/transfer`,
      HomeDirectoryType: "LOGICAL",
      HomeDirectoryMappings: [{ Entry: "/", Target: `/${bucket}` }],
      SshPublicKeyBody: key.publicKey,
    };
    await aws(stack, "transfer", "create-user", "--cli-input-json", JSON.stringify(user));
    return {
      port,
      username: "partner",
      privateKey: key.privateKey,
      fingerprint: await hostKeyAt(port),
      files: objectsOf(s3),
      stop: async () => {
        s3.destroy();
        await stack.stop();
      },
    };
  } catch (error) {
    await stack.stop();
    throw error;
  }
};
