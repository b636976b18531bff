import { randomBytes } from "node:crypto";
import test from "ava";
import { openRemote } from "../../../../../lambda/src/sftp/open.ts";
import { contentOf, writeWhole } from "../../../../helpers/sftp/connected.ts";
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
      const least = compress === "none" ? 1.8 : 0.8;
      t.true(received > least * content.length, `what came, and packets: ${received} of ${content.length}`);
    },
  );
