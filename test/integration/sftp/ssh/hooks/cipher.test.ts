import { KeyObject, randomBytes } from "node:crypto";
import { once } from "node:events";
import test from "ava";
import { Client } from "ssh2";
import { openRemote } from "../../../../../lambda/src/sftp/open.ts";
import { improveEncryption } from "../../../../../lambda/src/sftp/ssh/hooks/cipher.ts";
import { contentOf, writeWhole } from "../../../../helpers/sftp/connected.ts";
import { sshdConfig } from "../../../../helpers/sftp/sshd-config.ts";
import { startSshd } from "../../../../stack/sshd.ts";

interface Internals {
  readonly _protocol: {
    rekey(): void;
    readonly _cipher: { readonly _encKey: unknown; allocPacket(bytes: number): Buffer };
    readonly _decipher: { readonly _decipherKey: unknown };
  };
}

test("a key is made an object once, and the buffer of large packets is used again, also after new keys", async (t) => {
  const sshd = await startSshd();
  t.teardown(() => sshd.stop());
  const client = new Client();
  improveEncryption(client);
  const { host, port, username } = sshd;
  client.connect({ host, port, username, privateKey: sshd.key.privateKey });
  t.teardown(() => client.end());
  await once(client, "ready");
  // The server may end first.
  client.on("error", () => {});
  const assertImproved = () => {
    const { _cipher: cipher, _decipher: decipher } = (client as unknown as Internals)._protocol;
    t.true(cipher._encKey instanceof KeyObject);
    t.true(decipher._decipherKey instanceof KeyObject);
    t.is(cipher.allocPacket(30_000), cipher.allocPacket(30_000));
    t.not(cipher.allocPacket(30_000), cipher.allocPacket(30_001));
    t.not(cipher.allocPacket(100), cipher.allocPacket(100));
    for (let length = 20_000; length < 20_010; length++) cipher.allocPacket(length);
    t.is(cipher.allocPacket(32_000), cipher.allocPacket(32_000), "whatever lengths came before");
  };
  assertImproved();
  (client as unknown as Internals)._protocol.rekey();
  await once(client, "handshake");
  assertImproved();
});

for (const cipher of ["aes128-gcm@openssh.com", "chacha20-poly1305@openssh.com", "aes256-ctr"])
  test(`the bytes are the same with ${cipher} and a server that wants new keys all the time`, async (t) => {
    const sshd = await startSshd({ config: { RekeyLimit: "1M" } });
    t.teardown(() => sshd.stop());
    const remote = await openRemote(
      { ...sshdConfig(sshd), options: { algorithms: { cipher: [cipher] } } },
      { privateKey: sshd.key.privateKey },
    );
    t.teardown(() => remote.close());
    const content = randomBytes(12_000_000);
    await writeWhole(remote, "file", content, 100_000);
    t.true(sshd.files.read("file").equals(content));
    t.true((await contentOf(await remote.openRead("file"))).equals(content));
  });
