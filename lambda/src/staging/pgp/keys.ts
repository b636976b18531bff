/** OpenPGP keys of a stream, from where its secrets are. */
import { createHash } from "node:crypto";
import { decryptKey, type Key, type PrivateKey, readKeys } from "openpgp";
import type { Clock } from "../../clock.ts";
import type { PullPgp, PushPgp, SecretSource } from "../../config/types.ts";
import { secretError, UnusableSecret } from "../../secrets/failure.ts";
import { placeOf } from "../../secrets/fetch.ts";
import type { ReadSecret } from "../../secrets/types.ts";
import { passwordFrom, selected } from "../../secrets/value.ts";
import type { Log } from "../../telemetry/types.ts";

export interface KeyContext {
  readonly stream: string;
  readonly readSecret: ReadSecret;
  readonly clock: Clock;
  readonly log: Log;
}

/** As GnuPG prints it. */
const begin = /-----BEGIN PGP (PUBLIC|PRIVATE) KEY BLOCK-----/;

/** A key's text, out of what secret stores make of it: written line breaks, or base64 of the whole. */
const armored = (text: string): string | undefined => {
  const plain = text.replace(/\\r\\n|\\n|\r\n?/g, "\n").trim();
  if (begin.test(plain)) return plain.slice(plain.search(begin));
  if (!/^[A-Za-z0-9+/\s]{40,}={0,2}\s*$/.test(plain)) return undefined;
  const inside = Buffer.from(plain, "base64");
  return begin.test(inside.toString("latin1")) ? armored(inside.toString("latin1")) : undefined;
};

const parse = async (text: string): Promise<Key[]> => {
  const armoredKeys = armored(text);
  if (armoredKeys === undefined)
    throw new UnusableSecret(
      "isn't an OpenPGP key: it has no line -----BEGIN PGP … KEY BLOCK-----",
      "Store what `gpg --armor --export` (of a private key: --export-secret-keys) prints",
    );
  try {
    return await readKeys({ armoredKeys });
  } catch (error) {
    throw new UnusableSecret(
      "holds an OpenPGP key that can't be read: it is damaged, cut off, or of a kind that isn't supported",
      "Export and store it once more",
      { cause: error },
    );
  }
};

// By their text and passphrase: to open one costs a tenth of a second, on purpose.
const opened = new Map<string, Promise<PrivateKey[]>>();
const maxOpened = 32;

const open = async (text: string, passphrase: string | undefined): Promise<PrivateKey[]> => {
  const keys = (await parse(text)).filter((key): key is PrivateKey => key.isPrivate());
  if (keys.length === 0)
    throw new UnusableSecret("is a public key", "Store the private one (gpg --armor --export-secret-keys)");
  return Promise.all(
    keys.map(async (key) => {
      if (key.isDecrypted()) return key;
      if (passphrase === undefined)
        throw new UnusableSecret(
          "is a private key with a passphrase",
          "Name the passphrase's secret beside it, in pgp.passphrase",
        );
      try {
        return await decryptKey({ privateKey: key, passphrase });
      } catch (error) {
        throw new UnusableSecret("can't be opened by the passphrase in pgp.passphrase", "Correct one of the two", {
          cause: error,
        });
      }
    }),
  );
};

/** The keys at one place, with the stream, the field and the place in every error. Throws a SecretError. */
const at = async <T>(
  field: string,
  source: SecretSource,
  { stream, readSecret }: KeyContext,
  make: (text: string) => Promise<T>,
): Promise<T> => {
  const text = (await readSecret(field, source, selected)) ?? "";
  try {
    return await make(text);
  } catch (error) {
    throw secretError({ stream, field, place: placeOf(source) }, error);
  }
};

/** Public keys of others. */
const publicKeysAt = (field: string, source: SecretSource, context: KeyContext): Promise<Key[]> =>
  at(field, source, context, async (text) => {
    const keys = await parse(text);
    if (keys.some((key) => key.isPrivate()))
      throw new UnusableSecret("is a private key", "Store the public one (gpg --armor --export)");
    return keys;
  });

/** Private keys of ours, opened. */
const privateKeysAt = async (
  field: string,
  source: SecretSource,
  passphrase: { readonly field: string; readonly source: SecretSource | undefined },
  context: KeyContext,
): Promise<PrivateKey[]> => {
  const words = await context.readSecret(passphrase.field, passphrase.source, passwordFrom);
  return at(field, source, context, async (text) => {
    const id = createHash("sha256")
      .update(JSON.stringify([text, words]))
      .digest("hex");
    const known = opened.get(id);
    if (known) return known;
    const opening = open(text, words);
    if (opened.size >= maxOpened) opened.clear();
    opened.set(id, opening);
    opening.catch(() => opened.delete(id));
    return opening;
  });
};

/** A key, and where it is kept. */
export interface Known<K extends Key> {
  readonly field: string;
  readonly key: K;
}

/** What a push's keys are for. */
export interface PushKeys {
  readonly encrypt: readonly Known<Key>[];
  readonly sign: readonly Known<PrivateKey>[];
}

/** What a pull's keys are for. */
export interface PullKeys {
  readonly decrypt: readonly Known<PrivateKey>[];
  readonly verify: readonly Known<Key>[];
}

/** The keys at each place of a list. */
const each = async <K extends Key>(
  field: string,
  sources: readonly SecretSource[],
  read: (field: string, source: SecretSource) => Promise<readonly K[]>,
): Promise<Known<K>[]> => {
  const lists = sources.map(async (source, n) => {
    const place = `${field}[${n}]`;
    return (await read(place, source)).map((key) => ({ field: place, key }));
  });
  return (await Promise.all(lists)).flat();
};

/** All keys of a pull, whether they can be used or not. Throws a SecretError where one can't be read. */
export const pullKeys = async (
  { decryptWith, verifyFrom, passphrase }: PullPgp,
  context: KeyContext,
): Promise<PullKeys> => {
  const words = { field: "pull.pgp.passphrase", source: passphrase };
  const [decrypt, verify] = await Promise.all([
    each("pull.pgp.decrypt_with", decryptWith, (field, source) => privateKeysAt(field, source, words, context)),
    each("pull.pgp.verify_from", verifyFrom, (field, source) => publicKeysAt(field, source, context)),
  ]);
  return { decrypt, verify };
};

/** All keys of a push, whether they can be used or not. Throws a SecretError where one can't be read. */
export const pushKeys = async (
  { encryptTo, signWith, passphrase }: PushPgp,
  context: KeyContext,
): Promise<PushKeys> => {
  const own = "push.pgp.sign_with";
  const [encrypt, sign] = await Promise.all([
    each("push.pgp.encrypt_to", encryptTo, (field, source) => publicKeysAt(field, source, context)),
    signWith ? privateKeysAt(own, signWith, { field: "push.pgp.passphrase", source: passphrase }, context) : [],
  ]);
  return { encrypt, sign: sign.map((key) => ({ field: own, key })) };
};

/** When a key's part for `use` expires: milliseconds since the epoch, infinite for never; the reason in words where it can't be used now. */
export const usableUntil = async (
  key: Key,
  use: "encrypt" | "sign",
  now: number,
): Promise<{ readonly until: number } | { readonly fault: string }> => {
  const date = new Date(now);
  const id = key.getFingerprint().toUpperCase();
  const expires = await key.getExpirationTime();
  const end = expires instanceof Date ? expires.getTime() : expires === null ? now : Number.POSITIVE_INFINITY;
  if (end <= now) return { fault: `${id} has expired (${new Date(end).toISOString().slice(0, 10)}), or was revoked` };
  try {
    const part =
      use === "encrypt" ? await key.getEncryptionKey(undefined, date) : await key.getSigningKey(undefined, date);
    const own = await part.getExpirationTime();
    return { until: Math.min(end, own instanceof Date ? own.getTime() : Number.POSITIVE_INFINITY) };
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    return { fault: `${id} has no part to ${use} with that is valid (${why})` };
  }
};
