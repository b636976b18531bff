import { UnusableSecret } from "./failure.ts";
import type { Envelope } from "./types.ts";

const canonicalBase64 = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/;

/** Bytes of base64 text, line breaks allowed; undefined where it isn't that (Buffer.from skips what it doesn't know). */
export const fromBase64 = (text: string): Buffer | undefined => {
  const joined = text.replace(/\s+/g, "");
  return canonicalBase64.test(joined) ? Buffer.from(joined, "base64") : undefined;
};

/** What to do about an envelope that can't be opened. */
export const encryptAgain = "Encrypt the key again as docs/keys.md says, and upload it together with its metadata";

/** The plain data key of an envelope, from KMS. Throws an UnusableSecret, or what KMS answered. */
export const dataKey = async (
  { clients }: Pick<Envelope, "clients">,
  wrapped: { readonly name: string; readonly value: string },
  encryptionContext: Readonly<Record<string, string>> | undefined,
): Promise<Buffer> => {
  const ciphertext = fromBase64(wrapped.value);
  if (ciphertext === undefined || ciphertext.length === 0)
    throw new UnusableSecret(`has damaged metadata: ${wrapped.name} isn't base64`, encryptAgain);
  const [kms, { DecryptCommand }] = await Promise.all([clients.kms(), import("../aws/sdk/kms.ts")]);
  try {
    const { Plaintext } = await kms.send(
      new DecryptCommand({ CiphertextBlob: ciphertext, EncryptionContext: encryptionContext }),
    );
    return Buffer.from(Plaintext ?? []);
  } catch (error) {
    if (!(error instanceof Error) || error.name !== "InvalidCiphertextException") throw error;
    const context = Object.keys(encryptionContext ?? {});
    throw new UnusableSecret(
      `has a data key that KMS can't decrypt with ${
        context.length === 0 ? "no encryption context" : `an encryption context of ${context.join(", ")}`
      }: the context is another one, or ${wrapped.name} is damaged`,
      `Correct encryption_context. If it is right, the metadata is not: ${encryptAgain}`,
      { cause: error },
    );
  }
};
