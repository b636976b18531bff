import * as v from "valibot";
import { flag, object, present, secretSource } from "./fields.ts";
import type { PushPgp } from "./types.ts";

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
