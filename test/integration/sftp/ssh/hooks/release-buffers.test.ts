import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { duplexPair } from "node:stream";
import { buffer } from "node:stream/consumers";
import test from "ava";
import ssh2 from "ssh2";
import { openRemote } from "../../../../../lambda/src/sftp/open.ts";
import { releaseBuffers } from "../../../../../lambda/src/sftp/ssh/hooks/release-buffers.ts";
import type { Wire } from "../../../../../lambda/src/sftp/ssh/transport.ts";
import { contentOf, writeWhole } from "../../../../helpers/sftp/connected.ts";
import { makeKey } from "../../../../helpers/sftp/keys.ts";
import { sshdConfig } from "../../../../helpers/sftp/sshd-config.ts";
import { startSshd } from "../../../../stack/sshd.ts";

const mebibyte = 1024 * 1024;
const content = randomBytes(24 * mebibyte);

/** Bytes whose memory was given back while this ran. */
const releasedBy = async (work: () => Promise<void>): Promise<number> => {
  const { transfer } = ArrayBuffer.prototype;
  let released = 0;
  ArrayBuffer.prototype.transfer = function (this: ArrayBuffer, bytes?: number) {
    const before = this.byteLength;
    const result = transfer.call(this, bytes);
    released += before;
    return result;
  };
  try {
    await work();
  } finally {
    ArrayBuffer.prototype.transfer = transfer;
  }
  return released;
};

for (const compress of ["none", "zlib@openssh.com"])
  test.serial(
    `what ssh2 makes of a file's bytes is given back, and the file is what it was; compression: ${compress}`,
    async (t) => {
      const sshd = await startSshd({ config: { Compression: "yes" } });
      t.teardown(() => sshd.stop());
      const remote = await openRemote(
        { ...sshdConfig(sshd), options: { algorithms: { compress: [compress] } } },
        { privateKey: sshd.key.privateKey },
      );
      t.teardown(() => remote.close());

      const sent = await releasedBy(async () => void (await writeWhole(remote, "large", content, mebibyte)));
      t.true(sshd.files.read("large").equals(content));
      t.true(sent > 0.9 * content.length, `packets, and some requests: ${sent} of ${content.length}`);

      const received = await releasedBy(async () => {
        t.true((await contentOf(await remote.openRead("large"))).equals(content));
      });
      // What is inflated has memory of zlib's.
      const least = compress === "none" ? 0.9 * content.length : -1;
      t.true(received > least, `packets: ${received} of ${content.length}`);
    },
  );

for (const cipher of ["chacha20-poly1305@openssh.com", "aes128-gcm@openssh.com", "aes256-ctr"] as const)
  test(`packets may come in pieces that end where a MAC begins: ${cipher}`, async (t) => {
    const [ours, near] = duplexPair();
    const [theirs, far] = duplexPair();
    t.teardown(() => {
      for (const side of [ours, near, far, theirs]) side.destroy();
    });
    // Each piece that ssh2 writes comes as one, in a turn of its own: a packet, then its MAC.
    near.on("data", (piece) => setImmediate(() => far.write(piece)));
    far.on("data", (piece) => setImmediate(() => near.write(piece)));
    const bytes = randomBytes(200_000);
    const server = new ssh2.Server({ hostKeys: [makeKey("ed25519").privateKey] }, (connection) => {
      connection.on("error", () => {});
      connection.on("authentication", (context) => context.accept());
      connection.on("session", (accept) =>
        accept().on("exec", (acceptExec) => {
          const stream = acceptExec();
          stream.end(bytes, () => stream.exit(0));
        }),
      );
    });
    server.injectSocket(theirs as never);
    const client = new ssh2.Client();
    client.connect({ sock: ours as never, username: "us", password: "secret", algorithms: { cipher: [cipher] } });
    await once(client, "ready");
    releaseBuffers(client, ours as unknown as Wire);
    const came = new Promise<Buffer>((resolve, reject) => {
      client.on("error", reject);
      client.exec("read", (error, stream) => (error ? reject(error) : resolve(buffer(stream))));
    });
    t.true((await came).equals(bytes));
  });
