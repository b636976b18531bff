import { RemoteError } from "../errors.ts";

/** What becomes of a key that can't be used: why, and what to do. Neither may hold any of the key's text. */
export const refused = (reason: string, remedy: string): RemoteError =>
  new RemoteError("authentication", `The private key can't be used: ${reason}. ${remedy}.`);

export const noPassphrase = (): RemoteError =>
  refused("it is encrypted and there is no passphrase", "Name the passphrase's secret in `passphrase`");

export const wrongPassphrase = (): RemoteError =>
  refused("the passphrase is wrong, or the key is damaged", "Check the secret that `passphrase` names");

export const damaged = (): RemoteError => refused("it is damaged", "Store the key file as it is, all its lines");

/** The one command that makes a key of PuTTY's or Tectia's formats readable; it keeps the passphrase. */
export const convertWithPuttygen =
  "Convert a copy with `puttygen copy-of-the-key -O private-openssh-new -o new-key` (PuTTY's own program, on Debian in putty-tools; it asks for the passphrase and keeps it), and store new-key";
