/** What a stream's OpenPGP keys are good for, without a file: for `bridge check`, and for the alarm before they expire. */
import { createMessage, decrypt, encrypt, type Key, readMessage } from "openpgp";
import type { PullPgp, PushPgp } from "../../config/types.ts";
import { type KeyContext, type PullKeys, type PushKeys, pullKeys, pushKeys, usableUntil } from "./keys.ts";

interface Known {
  readonly field: string;
  readonly use: "encrypt" | "sign";
  readonly key: Key;
}

const withUse = ({ encrypt: theirs, sign: own }: PushKeys): Known[] => [
  ...theirs.map((one) => ({ ...one, use: "encrypt" as const })),
  ...own.map((one) => ({ ...one, use: "sign" as const })),
];

/** Who sends to us encrypts to ours, and signs with theirs. */
const withUseOfPull = ({ decrypt: own, verify: theirs }: PullKeys): Known[] => [
  ...own.map((one) => ({ ...one, use: "encrypt" as const })),
  ...theirs.map((one) => ({ ...one, use: "sign" as const })),
];

const probe = "s3-sftp-bridge: probe of the check\n";

const shown = (until: number): string =>
  until === Number.POSITIVE_INFINITY ? "without an end" : `until ${new Date(until).toISOString().slice(0, 10)}`;

/** Which keys there are, and until when each is good. Throws an Error that names those that can't be used. */
const allGood = async (keys: readonly Known[], now: number): Promise<string> => {
  const good: string[] = [];
  const faults: string[] = [];
  for (const { field, use, key } of keys) {
    const found = await usableUntil(key, use, now);
    if ("fault" in found) faults.push(`${field}: ${found.fault}`);
    else good.push(`${field}: ${key.getFingerprint().toUpperCase()}, ${shown(found.until)}`);
  }
  if (faults.length > 0)
    throw new Error(`${faults.join("; ")}. Store its successor there. Good: ${good.join("; ") || "none"}.`);
  return good.join("; ");
};

/**
 * Encrypts a few bytes to each key by itself, signed where files are; says which keys there are, and until when each is good. Throws
 * a SecretError where one can't be read, and an Error that names those that can't be used.
 */
export const tryKeys = async (pgp: PushPgp, context: KeyContext): Promise<string> => {
  const now = context.clock.wall();
  const keys = await pushKeys(pgp, context);
  const signingKeys = keys.sign.map(({ key }) => key);
  const good = await allGood(withUse(keys), now);
  for (const { key } of keys.encrypt)
    await encrypt({
      message: await createMessage({ text: probe }),
      encryptionKeys: key,
      signingKeys,
      date: new Date(now),
    });
  return good;
};

/** The same of a pull: what is encrypted to each of our keys by itself is decrypted with it. */
export const tryPullKeys = async (pgp: PullPgp, context: KeyContext): Promise<string> => {
  const now = context.clock.wall();
  const keys = await pullKeys(pgp, context);
  const good = await allGood(withUseOfPull(keys), now);
  for (const { key } of keys.decrypt) {
    const date = new Date(now);
    const armoredMessage = await encrypt({
      message: await createMessage({ text: probe }),
      encryptionKeys: key.toPublic(),
      date,
    });
    await decrypt({ message: await readMessage({ armoredMessage }), decryptionKeys: key, date });
  }
  return good;
};

/**
 * Milliseconds until nothing could be sent any more, for lack of a key: the last key to encrypt to counts, and the last one to sign
 * with; negative once one is missing, infinite for never. Throws a SecretError where one can't be read.
 */
export const keysLast = async (pgp: PushPgp, context: KeyContext): Promise<number> => {
  const sign = pgp.signWith ? -1 : Number.POSITIVE_INFINITY;
  return lastOf(withUse(await pushKeys(pgp, context)), sign, context.clock.wall());
};

/** The same of a pull: until nobody could encrypt to ours any more, or sign what has to be signed. */
export const pullKeysLast = async (pgp: PullPgp, context: KeyContext): Promise<number> => {
  const sign = pgp.requireSignature ? -1 : Number.POSITIVE_INFINITY;
  return lastOf(withUseOfPull(await pullKeys(pgp, context)), sign, context.clock.wall());
};

const lastOf = async (keys: readonly Known[], sign: number, now: number): Promise<number> => {
  const last = { encrypt: -1, sign };
  for (const { key, use } of keys) {
    const found = await usableUntil(key, use, now);
    if ("until" in found) last[use] = Math.max(last[use], found.until - now);
  }
  return Math.min(last.encrypt, last.sign);
};
