/** `push.pgp`: a file encrypted to the partner's keys, and signed with ours (RFC 9580; RFC 4880 for keys of that kind). */
import { ReadableStream } from "node:stream/web";
import { createMessage, encrypt, type Key, type PrivateKey } from "openpgp";
import type { PushPgp } from "../../config/types.ts";
import { SecretError } from "../../secrets/types.ts";
import type { Hop } from "../transform.ts";
import { type KeyContext, privateKeysAt, publicKeysAt, usableUntil } from "./keys.ts";

const mebibyte = 1024 * 1024;
const day = 86_400_000;

/** How long before a key expires the log says so. Days. */
const warnedDays = 30;

/** Those of the keys that can be used now; one that soon can't be is told of. Throws a SecretError where none can. */
const usable = async <K extends Key>(
  keys: readonly K[],
  use: "encrypt" | "sign",
  field: string,
  { stream, clock, log }: KeyContext,
): Promise<K[]> => {
  const now = clock.wall();
  const good: K[] = [];
  const faults: string[] = [];
  for (const key of keys) {
    const found = await usableUntil(key, use, now);
    if ("fault" in found) {
      faults.push(found.fault);
      continue;
    }
    good.push(key);
    const days = Math.floor((found.until - now) / day);
    if (days < warnedDays)
      log.warn(`An OpenPGP key (${field}) expires in ${days} days; put its successor beside it`, {
        key: key.getFingerprint().toUpperCase(),
      });
  }
  if (good.length === 0)
    throw new SecretError(
      "unusable",
      stream,
      `Stream ${stream}: ${field}: ${faults.join("; ")}. Nothing is sent. Store a key that is valid.`,
    );
  for (const fault of faults) log.warn(`An OpenPGP key (${field}) is left out: ${fault}`);
  return good;
};

/** All keys that a push encrypts to and signs with. Throws a SecretError. */
export const keysOf = async (
  { encryptTo, signWith, passphrase }: PushPgp,
  context: KeyContext,
): Promise<{ readonly encryptionKeys: Key[]; readonly signingKeys: PrivateKey[] }> => {
  const field = "push.pgp.encrypt_to";
  const known = await Promise.all(encryptTo.map((source, n) => publicKeysAt(`${field}[${n}]`, source, context)));
  const own = "push.pgp.sign_with";
  const signing = signWith
    ? await privateKeysAt(own, signWith, { field: "push.pgp.passphrase", source: passphrase }, context)
    : [];
  return {
    encryptionKeys: await usable(known.flat(), "encrypt", field, context),
    signingKeys: signing.length > 0 ? await usable(signing, "sign", own, context) : [],
  };
};

async function* copies(source: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  for await (const chunk of source) yield Uint8Array.from(chunk);
}

/** Throws a SecretError where a key can't be read or used. */
export const encryptWith = async (pgp: PushPgp, context: KeyContext): Promise<Hop> => {
  const { encryptionKeys, signingKeys } = await keysOf(pgp, context);
  return {
    name: "OpenPGP",
    pace: 32 * mebibyte,
    async *transform(source, signal) {
      const message = await createMessage({ binary: ReadableStream.from(copies(source)) as never });
      const encrypted = await encrypt({
        message,
        encryptionKeys,
        signingKeys,
        format: pgp.armor ? "armored" : "binary",
        date: new Date(context.clock.wall()),
      } as never);
      // Text comes in pieces of an armored message, bytes in those of a binary one.
      for await (const chunk of encrypted as unknown as AsyncIterable<Uint8Array | string>) {
        signal.throwIfAborted();
        yield typeof chunk === "string" ? Buffer.from(chunk) : chunk;
      }
    },
  };
};
