/** `push.pgp`: a file encrypted to the partner's keys, and signed with ours (RFC 9580; RFC 4880 for keys of that kind). */
import { ReadableStream } from "node:stream/web";
import { createMessage, encrypt, type Key, type PrivateKey } from "openpgp";
import type { PushPgp } from "../../config/types.ts";
import { SecretError } from "../../secrets/types.ts";
import { copies, type Hop } from "../transform.ts";
import { type KeyContext, pushKeys, usableUntil } from "./keys.ts";

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

/** Those that a push can encrypt to and sign with now. Throws a SecretError. */
const usableKeys = async (
  pgp: PushPgp,
  context: KeyContext,
): Promise<{ readonly encryptionKeys: Key[]; readonly signingKeys: PrivateKey[] }> => {
  const { encrypt: theirs, sign: own } = await pushKeys(pgp, context);
  const keysOf = <K extends Key>(known: readonly { readonly key: K }[]) => known.map(({ key }) => key);
  return {
    encryptionKeys: await usable(keysOf(theirs), "encrypt", "push.pgp.encrypt_to", context),
    signingKeys: own.length > 0 ? await usable(keysOf(own), "sign", "push.pgp.sign_with", context) : [],
  };
};

/** Throws a SecretError where a key can't be read or used. */
export const encryptWith = async (pgp: PushPgp, context: KeyContext): Promise<Hop> => {
  const { encryptionKeys, signingKeys } = await usableKeys(pgp, context);
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
