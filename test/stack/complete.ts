// What `examples/complete` needs to be applied: two partners of different make and their secrets.

import type { Stack } from "./emulator.ts";
import { type PasswordServer, startPasswordServer } from "./password-server.ts";
import { createSecret } from "./secrets.ts";
import { type Sshd, type SshdOptions, startSshd } from "./sshd.ts";
import type { Variables } from "./terraform.ts";

/** acme lets in by key (OpenSSH), globex by password (asyncssh); the example's directories exist. */
export type Partners = { readonly acme: Sshd; readonly globex: PasswordServer; readonly stop: () => Promise<void> };

/** Starts both partners; `password` is the one that globex asks for, `sshd` are acme's options. */
export async function startPartners(password?: string, sshd: SshdOptions = {}): Promise<Partners> {
  const [acme, globex] = await Promise.all([
    startSshd(sshd),
    startPasswordServer(password === undefined ? {} : { password }),
  ]);
  for (const folder of ["inbox", "outbox"]) acme.files.mkdir(folder);
  for (const folder of ["incoming", "outgoing"]) globex.files.mkdir(folder);
  return {
    acme,
    globex,
    stop: async () => {
      await Promise.all([acme.stop(), globex.stop()]);
    },
  };
}

/** Creates the partners' secrets and returns the example's variables. */
export async function completeVariables(stack: Stack, { acme, globex }: Partners) {
  return {
    force_destroy: true,
    schedule: "rate(1 minute)",
    acme: {
      host: acme.host,
      port: acme.port,
      username: acme.username,
      host_keys: acme.fingerprints,
      private_key_secret_arn: await createSecret(stack, "sftp/acme", acme.key.privateKey),
    },
    globex: {
      host: globex.host,
      port: globex.port,
      username: globex.username,
      host_keys: [globex.fingerprint],
      credentials_secret_arn: await createSecret(stack, "sftp/globex", JSON.stringify({ password: globex.password })),
    },
  } satisfies Variables;
}
