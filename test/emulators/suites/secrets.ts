/** What streams log in with: from Secrets Manager, Parameter Store and S3, sealed with KMS or not. */
import { CreateKeyCommand, KMSClient } from "@aws-sdk/client-kms";
import { PutObjectCommand } from "@aws-sdk/client-s3";
import { CreateSecretCommand, PutSecretValueCommand, SecretsManagerClient } from "@aws-sdk/client-secrets-manager";
import { PutParameterCommand, SSMClient } from "@aws-sdk/client-ssm";
import { createClients } from "../../../lambda/src/aws/clients.ts";
import { awsSecretClients } from "../../../lambda/src/secrets/clients.ts";
import { forgetCredentials, readCredentials } from "../../../lambda/src/secrets/read.ts";
import { seal } from "../../../scripts/encrypt-key/envelope.ts";
import { pem, streamWith } from "../../helpers/secret-services.ts";
import { freshName, openFreshBucket } from "../clients.ts";
import type { Suite } from "../suite.ts";

const clientsOf = () => awsSecretClients(createClients().s3);
const read = (login: Parameters<typeof streamWith>[0], clients = clientsOf()) =>
  readCredentials(streamWith(login), clients, Date.now);

export function secretsSuite({ test }: Suite): void {
  test("a secret is read as text or by its key, and as it is after a rotation", async (t) => {
    const manager = new SecretsManagerClient({});
    const create = async (SecretString: string) =>
      (await manager.send(new CreateSecretCommand({ Name: freshName("sftp"), SecretString }))).ARN ?? "";
    const plain = await create("pä$$wörd");
    const json = await create(JSON.stringify({ password: "one", key: pem }));
    t.is((await read({ password: { secret_arn: plain } })).password, "pä$$wörd");
    const login = {
      password: { secret_arn: json, json_key: "password" },
      private_key: { secret_arn: json, json_key: "key" },
    };
    const clients = clientsOf();
    const credentials = await read(login, clients);
    t.is(credentials.password, "one");
    t.is(credentials.privateKey?.trim(), pem.trim());
    await manager.send(
      new PutSecretValueCommand({ SecretId: json, SecretString: JSON.stringify({ password: "two", key: pem }) }),
    );
    t.is((await read(login, clients)).password, "one", "cached");
    forgetCredentials(streamWith(login), clients);
    t.is((await read(login, clients)).password, "two");
  });

  test("a secret that is binary, or isn't there, is told by name and remedy", async (t) => {
    const manager = new SecretsManagerClient({});
    const { ARN = "" } = await manager.send(
      new CreateSecretCommand({ Name: freshName("sftp"), SecretBinary: Buffer.from("x") }),
    );
    await t.throwsAsync(read({ password: { secret_arn: ARN } }), {
      name: "SecretError",
      message: /is binary.*--secret-string/s,
    });
    const gone = `${ARN.slice(0, -10)}gone-AbCdEf`;
    const error = await t.throwsAsync(read({ password: { secret_arn: gone } }), { name: "SecretError" });
    t.is((error as { kind?: string } | undefined)?.kind, "missing");
    t.true(error?.message.includes(gone));
  });

  test("a parameter is read decrypted, and one that isn't there is told as missing", async (t) => {
    const ssm = new SSMClient({});
    const Name = `/sftp/${freshName("acme")}`;
    await ssm.send(new PutParameterCommand({ Name, Value: "secret", Type: "SecureString" }));
    t.is((await read({ password: { ssm_parameter: Name } })).password, "secret");
    const error = await t.throwsAsync(read({ password: { ssm_parameter: "/sftp/nobody" } }), { name: "SecretError" });
    t.is((error as { kind?: string } | undefined)?.kind, "missing");
  });

  test("a key in S3 is read as it is, or opened with its data key and its context alone", async (t, emulator) => {
    const { name: bucket, s3 } = await openFreshBucket(emulator);
    const put = (Key: string, Body: string | Buffer, Metadata: Readonly<Record<string, string>> = {}) =>
      s3.send(new PutObjectCommand({ Bucket: bucket, Key, Body, Metadata }));
    await put("plain.pem", pem);
    t.is((await read({ private_key: { s3: `${bucket}/plain.pem` } })).privateKey?.trim(), pem.trim());
    const kms = new KMSClient({});
    const { KeyMetadata } = await kms.send(new CreateKeyCommand({}));
    const { body, metadata } = await seal(pem, KeyMetadata?.Arn ?? "", { partner: "acme" }, kms);
    await put("sealed", body, metadata);
    const sealed = { s3: `${bucket}/sealed`, kms_key_arn: KeyMetadata?.Arn, encryption_context: { partner: "acme" } };
    t.is((await read({ private_key: sealed })).privateKey?.trim(), pem.trim());
    const swapped = {
      ...metadata,
      "x-amz-matdesc": JSON.stringify({ partner: "globex", "aws:x-amz-cek-alg": "AES/GCM/NoPadding" }),
    };
    await put("swapped", body, swapped);
    const wrong = { s3: `${bucket}/swapped`, kms_key_arn: KeyMetadata?.Arn, encryption_context: { partner: "globex" } };
    await t.throwsAsync(read({ private_key: wrong }), { name: "SecretError", message: /encryption.context/ });
  });
}
