import { createCipheriv, randomBytes } from "node:crypto";
import { GenerateDataKeyCommand, type KMSClient } from "@aws-sdk/client-kms";

/** What goes into the object: its body, and its user-defined metadata. */
export interface Sealed {
  readonly body: Buffer;
  readonly metadata: Readonly<Record<string, string>>;
}

const algorithm = "AES/GCM/NoPadding";

/**
 * Encrypts a private key for S3 as the AWS S3 encryption clients do in their version 2: AES-256-GCM with a data key that KMS
 * makes and wraps, bound to `context`. Throws what KMS answers.
 * https://docs.aws.amazon.com/amazon-s3-encryption-client/latest/developerguide/
 */
export const seal = async (
  text: string,
  keyId: string,
  context: Readonly<Record<string, string>>,
  kms: Pick<KMSClient, "send">,
): Promise<Sealed> => {
  // KMS vouches for the algorithm as well: nobody can later pass the body off as another one.
  const fullContext = { ...context, "aws:x-amz-cek-alg": algorithm };
  const { CiphertextBlob, Plaintext } = await kms.send(
    new GenerateDataKeyCommand({ KeyId: keyId, KeySpec: "AES_256", EncryptionContext: fullContext }),
  );
  if (CiphertextBlob === undefined || Plaintext === undefined) throw new Error(`KMS gave no data key for ${keyId}`);
  const iv = randomBytes(12);
  const cipher = createCipheriv("aes-256-gcm", Plaintext, iv);
  const body = Buffer.concat([cipher.update(text, "utf8"), cipher.final(), cipher.getAuthTag()]);
  Plaintext.fill(0);
  return {
    body,
    metadata: {
      "x-amz-key-v2": Buffer.from(CiphertextBlob).toString("base64"),
      "x-amz-iv": iv.toString("base64"),
      "x-amz-cek-alg": algorithm,
      "x-amz-wrap-alg": "kms+context",
      "x-amz-matdesc": JSON.stringify(fullContext),
      "x-amz-tag-len": "128",
      "x-amz-unencrypted-content-length": String(Buffer.byteLength(text)),
    },
  };
};
