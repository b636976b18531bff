// `npm run encrypt-key -- --key <KMS key ARN> --to bucket/key [--context name=value …] < private_key`: encrypts a private key
// and puts it into S3, for `private_key = { s3 = "bucket/key", kms_key_arn = … }`. The key itself is in no argument and no file.
import { text } from "node:stream/consumers";
import { parseArgs } from "node:util";
import { KMSClient } from "@aws-sdk/client-kms";
import { PutObjectCommand, S3Client } from "@aws-sdk/client-s3";
import { seal } from "./encrypt-key/envelope.ts";

const usage = "usage: npm run encrypt-key -- --key KMS_KEY_ARN --to BUCKET/KEY [--context NAME=VALUE] < private_key";

const run = async (): Promise<void> => {
  const { values } = parseArgs({
    options: {
      key: { type: "string" },
      to: { type: "string" },
      context: { type: "string", multiple: true, default: [] },
    },
  });
  const [, bucket, key] = /^([a-z0-9][a-z0-9.-]+)\/(.+)$/s.exec(values.to ?? "") ?? [];
  if (values.key === undefined || bucket === undefined || key === undefined) throw new Error(usage);
  const context = Object.fromEntries(
    values.context.map((pair) => {
      const [, name, value] = /^([^=]+)=(.*)$/s.exec(pair) ?? [];
      if (name === undefined || value === undefined) throw new Error(`--context "${pair}": write NAME=VALUE`);
      return [name, value];
    }),
  );
  const privateKey = await text(process.stdin);
  if (!/PRIVATE KEY-----|^PuTTY-User-Key-File-/.test(privateKey))
    throw new Error(`standard input holds no private key. ${usage}`);
  const { body, metadata } = await seal(privateKey, values.key, context, new KMSClient());
  const s3 = new S3Client({ forcePathStyle: process.env["AWS_ENDPOINT_URL"] !== undefined });
  const put = await s3.send(new PutObjectCommand({ Bucket: bucket, Key: key, Body: body, Metadata: metadata }));
  const fields = [`s3 = ${JSON.stringify(values.to)}`, `kms_key_arn = ${JSON.stringify(values.key)}`];
  // The bucket encrypts it once more, with a key that the function's role needs as well.
  if (put.SSEKMSKeyId && put.SSEKMSKeyId !== values.key)
    fields.push(`bucket_kms_key_arn = ${JSON.stringify(put.SSEKMSKeyId)}`);
  console.log(`private_key = { ${fields.join(", ")} }`);
};

run().catch((error: unknown) => {
  console.error(error instanceof Error ? error.message : String(error));
  process.exitCode = 1;
});
