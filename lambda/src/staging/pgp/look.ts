/** What a push's OpenPGP keys are good for, without a file: for `bridge check`, and for the alarm before they expire. */
import { createMessage, encrypt, type Key } from "openpgp";
import type { PushPgp } from "../../config/types.ts";
import { type KeyContext, type PushKeys, pushKeys, usableUntil } from "./keys.ts";

interface Known {
  readonly field: string;
  readonly use: "encrypt" | "sign";
  readonly key: Key;
}

const withUse = ({ encrypt: theirs, sign: own }: PushKeys): Known[] => [
  ...theirs.map((one) => ({ ...one, use: "encrypt" as const })),
  ...own.map((one) => ({ ...one, use: "sign" as const })),
];

const shown = (until: number): string =>
  until === Number.POSITIVE_INFINITY ? "without an end" : `until ${new Date(until).toISOString().slice(0, 10)}`;

/**
 * Encrypts a few bytes to each key by itself, signed where files are; says which keys there are, and until when each is good. Throws
 * a SecretError where one can't be read, and an Error that names those that can't be used.
 */
export const tryKeys = async (pgp: PushPgp, context: KeyContext): Promise<string> => {
  const now = context.clock.wall();
  const keys = await pushKeys(pgp, context);
  const signingKeys = keys.sign.map(({ key }) => key);
  const good: string[] = [];
  const faults: string[] = [];
  for (const { field, use, key } of withUse(keys)) {
    const found = await usableUntil(key, use, now);
    if ("fault" in found) {
      faults.push(`${field}: ${found.fault}`);
      continue;
    }
    good.push(`${field}: ${key.getFingerprint().toUpperCase()}, ${shown(found.until)}`);
  }
  if (faults.length > 0)
    throw new Error(`${faults.join("; ")}. Store its successor there. Good: ${good.join("; ") || "none"}.`);
  for (const { key } of keys.encrypt)
    await encrypt({
      message: await createMessage({ text: "s3-sftp-bridge: probe of the check\n" }),
      encryptionKeys: key,
      signingKeys,
      date: new Date(now),
    });
  return good.join("; ");
};

/**
 * Milliseconds until nothing could be sent any more, for lack of a key: the last key to encrypt to counts, and the last one to sign
 * with; negative once one is missing, infinite for never. Throws a SecretError where one can't be read.
 */
export const keysLast = async (pgp: PushPgp, context: KeyContext): Promise<number> => {
  const now = context.clock.wall();
  const last = { encrypt: -1, sign: pgp.signWith ? -1 : Number.POSITIVE_INFINITY };
  for (const { key, use } of withUse(await pushKeys(pgp, context))) {
    const found = await usableUntil(key, use, now);
    if ("until" in found) last[use] = Math.max(last[use], found.until - now);
  }
  return Math.min(last.encrypt, last.sign);
};
