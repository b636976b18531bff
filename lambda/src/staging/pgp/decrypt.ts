/** `pull.pgp`: an encrypted file in the clear (RFC 9580, RFC 4880), protected against changes, and from whom it says. */
import { ReadableStream } from "node:stream/web";
import { type Config, decrypt, type KeyID, type Message, type PrivateKey, type PublicKey, readMessage } from "openpgp";
import type { PullPgp } from "../../config/types.ts";
import { UnfitError } from "../../transfer/errors.ts";
import { createBounds, unfitOf } from "../bounds.ts";
import { copies, type Hop, lookAhead, watched } from "../transform.ts";
import { type KeyContext, type Known, pullKeys } from "./keys.ts";

const mebibyte = 1024 * 1024;

/** A partner's clock may be ahead by this much, before what it has signed is of the future. Milliseconds. */
const allowedSkew = 3_600_000;

/**
 * Chunks come out before all of them are known to be sound; who takes them shows nothing before the end. Without integrity
 * protection nothing comes out.
 */
const settings = { allowUnauthenticatedStream: true, allowUnauthenticatedMessages: false } satisfies Partial<Config>;

type Chunks = AsyncIterable<Uint8Array>;

const armorBegins = "-----BEGIN PGP ";
const encryptedArmor = "-----BEGIN PGP MESSAGE-----";

async function* asText(chunks: Chunks): AsyncGenerator<string> {
  for await (const chunk of chunks) yield Buffer.from(chunk).toString("latin1");
}

const shownIds = (ids: readonly KeyID[]): string => ids.map((id) => id.toHex().toUpperCase()).join(", ");

const wordsOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));

/** What an error of OpenPGP.js means for the partner. */
const meaningOf = (error: unknown, message: Message<never> | undefined, keys: readonly Known<PrivateKey>[]): string => {
  const words = wordsOf(error);
  if (/Message is not authenticated/.test(words))
    return "is encrypted in an old way without protection against changes, so nobody can tell whether it is what was sent. Have the partner encrypt it with integrity protection (MDC or AEAD), which all programs do for keys that say they can";
  if (/Modification detected|Authentication tag mismatch|unable to authenticate/i.test(words))
    return "was changed or damaged since it was encrypted. Have the partner send it again";
  if (/No (public key )?encrypted (session key|data)|No encrypted data found/i.test(words))
    return "isn't encrypted to a key. Have the partner encrypt it to ours";
  if (/Trailing junk/.test(words))
    return "has bytes behind what is compressed in it, as Sequoia's sq pads its messages. Have the partner encrypt it without that (sq encrypt --compression none)";
  if (message !== undefined && /session key|decryption key|key packet|Decryption error/i.test(words))
    return `is encrypted to ${shownIds(message.getEncryptionKeyIDs()) || "nobody's key"}, and none of pull.pgp.decrypt_with opens it (${keys.map(({ key }) => key.getFingerprint().toUpperCase()).join(", ")}). Store the key that it is for beside them, or have the partner encrypt it to one of these; then bridge redrive`;
  return `can't be decrypted: it is cut off, damaged, or no OpenPGP message (${words}). Have the partner send it again`;
};

interface Signed {
  readonly keyID: KeyID;
  readonly verified: Promise<true>;
}

/** Throws the words for a file that isn't signed by one of these. A signature that is wrong is never accepted. */
const assertSigned = async (
  signatures: readonly Signed[],
  verifiers: readonly Known<PublicKey>[],
  isRequired: boolean,
): Promise<void> => {
  const faults: string[] = [];
  let good = 0;
  for (const { keyID, verified } of signatures) {
    const isKnown = verifiers.some(({ key }) => key.getKeys(keyID).length > 0);
    try {
      await verified;
      good++;
    } catch (error) {
      const words = `its signature by ${shownIds([keyID])} isn't good (${wordsOf(error)})`;
      if (isKnown)
        throw new Error(`${words}: it was changed since, or isn't from whom it says. Have the partner send it again`);
      faults.push(words);
    }
  }
  if (good > 0 || !isRequired) return;
  const known = verifiers.map(({ key }) => key.getFingerprint().toUpperCase()).join(", ");
  throw new Error(
    `${signatures.length === 0 ? "isn't signed" : `isn't signed by a key of pull.pgp.verify_from: ${faults.join("; ")}`}. Known are ${known}. Ask the partner who has sent it; where it is theirs, have them sign it with one of these keys, or store the key's public part beside them and use bridge redrive`,
  );
};

/** Throws a SecretError where a key can't be read. */
export const decryptWith = async (what: string, pgp: PullPgp, context: KeyContext): Promise<Hop> => {
  const { decrypt: own, verify: theirs } = await pullKeys(pgp, context);
  const decryptionKeys = own.map(({ key }) => key);
  const verificationKeys = theirs.map(({ key }) => key);
  const unfit = unfitOf(what);

  return {
    name: "OpenPGP",
    pace: 12 * mebibyte,
    async *transform(source, signal) {
      const { seen, chunks } = watched(source);
      let message: Message<never> | undefined;
      const told = (error: unknown): unknown => {
        signal.throwIfAborted();
        if (seen.failure !== undefined) return seen.failure.reason;
        return error instanceof UnfitError ? error : unfit(meaningOf(error, message, own), { cause: error });
      };
      try {
        const { beginning, all } = await lookAhead(copies(chunks), 64);
        const text = beginning.toString("latin1").replace(/^(\xef\xbb\xbf)?\s*/, "");
        const isArmored = text.startsWith(armorBegins);
        if (isArmored && !text.startsWith(encryptedArmor))
          throw unfit(
            `is ${JSON.stringify(text.split(/\r?\n/)[0])}, and no encrypted message (pull.pgp). Have the partner encrypt it`,
          );
        // https://www.rfc-editor.org/rfc/rfc9580#section-4.2: the first bit of a packet is set.
        if (!isArmored && ((beginning[0] ?? 0) & 0x80) === 0)
          throw unfit(
            `is in the clear, or something else: it is no OpenPGP message (pull.pgp). Have the partner encrypt it; files that come in the clear on purpose belong to another stream`,
          );
        message = (await readMessage({
          ...(isArmored
            ? { armoredMessage: ReadableStream.from(asText(all())) }
            : { binaryMessage: ReadableStream.from(all()) }),
          config: settings,
        } as never)) as Message<never>;
        const { data, signatures } = await decrypt({
          message,
          decryptionKeys,
          verificationKeys,
          format: "binary",
          date: new Date(context.clock.wall() + allowedSkew),
          config: settings,
        } as never);
        const bounds = createBounds({ ...pgp, field: "pull.pgp", unfit });
        // Its types have what a message in memory gives; one that is read from a stream gives a stream.
        for await (const chunk of data as unknown as Chunks) {
          signal.throwIfAborted();
          bounds.grow(chunk.byteLength, seen.bytes);
          yield chunk;
        }
        // Of what isn't to be verified, the signatures aren't looked at.
        if (theirs.length === 0) return;
        try {
          // Of each signature only what is looked at has a type here.
          await assertSigned(signatures as unknown as Signed[], theirs, pgp.requireSignature);
        } catch (error) {
          throw unfit(wordsOf(error), { cause: error });
        }
      } catch (error) {
        throw told(error);
      }
    },
  };
};
