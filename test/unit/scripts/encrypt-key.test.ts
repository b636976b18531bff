import test from "ava";
import { readCredentials } from "../../../lambda/src/secrets/read.ts";
import { seal } from "../../../scripts/encrypt-key/envelope.ts";
import { objectOf, pem, serviceError, servicesWith, streamWith } from "../../helpers/secret-services.ts";

/** KMS with one data key, that it gives back only in the context that it was made in. */
const keyService = () => {
  const plain = Buffer.alloc(32, 7);
  let context = "";
  return {
    sealer: {
      send: async ({ input }: { input: { EncryptionContext?: object } }) => {
        context = JSON.stringify(input.EncryptionContext);
        return { CiphertextBlob: Buffer.from("wrapped"), Plaintext: Buffer.from(plain) };
      },
    } as never,
    decrypt: (input: Record<string, unknown>) => {
      if (JSON.stringify(input["EncryptionContext"]) !== context) throw serviceError("InvalidCiphertextException");
      return { Plaintext: plain };
    },
  };
};

test("what it encrypts, the function reads; changed by one bit, it doesn't", async (t) => {
  const kms = keyService();
  const { body, metadata } = await seal(pem, "key", { partner: "acme" }, kms.sealer);
  t.false(body.includes("PRIVATE KEY"));
  const stream = streamWith({ private_key: { s3: "keys/acme", encryption_context: { partner: "acme" } } });
  const read = (object: Uint8Array) => {
    const { clients } = servicesWith({ object: () => objectOf(object, metadata), decrypt: kms.decrypt });
    return readCredentials(stream, clients, Date.now);
  };
  t.deepEqual(await read(body), { privateKey: pem });
  const damaged = Buffer.from(body);
  damaged[3] = (damaged[3] ?? 0) ^ 1;
  await t.throwsAsync(read(damaged), { message: /was changed since it was encrypted/ });
});

test("another context than the stream's is refused", async (t) => {
  const kms = keyService();
  const { body, metadata } = await seal(pem, "key", { partner: "globex" }, kms.sealer);
  const { clients } = servicesWith({ object: () => objectOf(body, metadata), decrypt: kms.decrypt });
  const stream = streamWith({ private_key: { s3: "keys/acme", encryption_context: { partner: "acme" } } });
  await t.throwsAsync(readCredentials(stream, clients, Date.now), { message: /another encryption context/ });
});
