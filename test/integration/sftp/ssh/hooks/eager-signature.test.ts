import { once } from "node:events";
import { appendFileSync } from "node:fs";
import { dirname, join } from "node:path";
import test from "ava";
import { Client } from "ssh2";
import { signAtOnce } from "../../../../../lambda/src/sftp/ssh/hooks/eager-signature.ts";
import { makeKey } from "../../../../stack/keys.ts";
import { startSshd } from "../../../../stack/sshd.ts";

for (const type of ["ed25519", "ecdsa", "rsa"] as const)
  test(`the server isn't asked first whether it would take a key: ${type}`, async (t) => {
    const sshd = await startSshd();
    t.teardown(() => sshd.stop());
    const folder = dirname(sshd.root);
    const key = makeKey(folder, `mine-${type}`, { type });
    appendFileSync(join(folder, "authorized_keys"), `${key.publicKey}\n`);
    const client = new Client();
    signAtOnce(client);
    const { host, port, username } = sshd;
    client.connect({
      host,
      port,
      username,
      authHandler: [{ type: "publickey", username, key: key.privateKey }] as never,
    });
    t.teardown(() => client.end());
    await once(client, "ready");
    // The server may be gone first when all is taken down.
    client.on("error", () => {});
    t.regex(sshd.log(), /Accepted publickey for /);
    t.notRegex(sshd.log(), /Postponed publickey for /);
  });

test("a key that the server doesn't know is refused, and the next method is tried", async (t) => {
  const sshd = await startSshd();
  t.teardown(() => sshd.stop());
  const client = new Client();
  signAtOnce(client);
  const { host, port, username } = sshd;
  const methods = [sshd.strangerKey, sshd.key].map(
    ({ privateKey: key }) => ({ type: "publickey", username, key }) as const,
  );
  client.connect({ host, port, username, authHandler: [...methods] as never });
  t.teardown(() => client.end());
  await once(client, "ready");
  client.on("error", () => {});
  t.regex(sshd.log(), /Failed publickey for [\s\S]*Accepted publickey for /);
});

test("an ssh2 that looks different is left as it is", (t) => {
  const client = new Client();
  signAtOnce(client);
  const protocol = { authPK: () => {} };
  Object.assign(client, { _protocol: protocol });
  const { authPK } = protocol;
  client.emit("handshake", {} as never);
  t.is(protocol.authPK, authPK);
});
