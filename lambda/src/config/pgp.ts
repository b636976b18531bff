import * as v from "valibot";
import { flag, maxObject, object, present, secretSource, whole } from "./fields.ts";
import type { PullPgp, PushPgp } from "./types.ts";

const keys = v.pipe(v.array(secretSource, "has to be a list of keys"), v.nonEmpty("may not be empty"));

/** The end of a name. */
const suffix = v.pipe(
  v.string("has to be a string"),
  v.check(
    (text) => text.length <= 32 && !/[/\\\p{Cc}]/u.test(text),
    "has to be the end of a name: 32 characters at most, without a slash",
  ),
);

/** `push.pgp`: who can read what is sent, and who it is from. */
export const pushPgp = v.pipe(
  object({
    encrypt_to: keys,
    sign_with: v.nullish(secretSource),
    passphrase: v.nullish(secretSource),
    armor: flag,
    suffix,
  }),
  v.check(
    ({ passphrase, sign_with }) => passphrase == null || sign_with != null,
    "has a passphrase, which is of no use without sign_with",
  ),
  v.transform(
    ({ encrypt_to, sign_with, passphrase, armor, ...value }): PushPgp => ({
      encryptTo: encrypt_to,
      armor,
      suffix: value.suffix,
      ...present("signWith", sign_with),
      ...present("passphrase", passphrase),
    }),
  ),
);

/** `pull.pgp`: what opens what is fetched, and who it has to be from. */
export const pullPgp = v.pipe(
  object({
    decrypt_with: keys,
    passphrase: v.nullish(secretSource),
    verify_from: v.nullish(v.array(secretSource, "has to be a list of keys"), []),
    require_signature: flag,
    strip_suffix: suffix,
    // Configurations of earlier versions have none of the two.
    max_bytes: v.nullish(whole(1, maxObject), 10_737_418_240),
    max_ratio: v.nullish(whole(1, 100_000), 200),
  }),
  v.check(
    ({ require_signature, verify_from }) => !require_signature || verify_from.length > 0,
    "has require_signature, and nobody in verify_from whose signature it could be",
  ),
  v.transform(
    ({ decrypt_with, passphrase, verify_from, require_signature, strip_suffix, max_bytes, max_ratio }): PullPgp => ({
      decryptWith: decrypt_with,
      ...present("passphrase", passphrase),
      verifyFrom: verify_from,
      requireSignature: require_signature,
      stripSuffix: strip_suffix,
      maxBytes: max_bytes ?? 10_737_418_240,
      maxRatio: max_ratio ?? 200,
    }),
  ),
);
