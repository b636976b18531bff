/** The memory of what is written is another file's as soon as `write` has returned, whenever its WRITEs are sent. */
import test from "ava";
import type { SftpConfig } from "../../../lambda/src/config/types.ts";
import { openRemote } from "../../../lambda/src/sftp/open.ts";
import type { Remote } from "../../../lambda/src/sftp/remote.ts";
import { adversary } from "../../helpers/sftp/connected.ts";
import { generatedFile, patternAt } from "../../helpers/sftp/files.ts";

const most = 255 * 1024;
const size = 12 * 1024 * 1024 + 123;
const spread = { spreadRoundTripMs: 0, spreadBytes: 1e6, fileWindowBytes: 2e6, channels: 1 };

/** Writes the pattern through memory that something else lies in as soon as a write has returned. */
const writeLent = async (remote: Remote, path: string, bytes: number): Promise<void> => {
  const writer = await remote.openWrite(path, { mode: "resume", size: bytes });
  const memory = Buffer.alloc(most);
  for (let at = 0; at < bytes; at += most) {
    const chunk = memory.subarray(0, Math.min(most, bytes - at));
    patternAt(at, chunk.length).copy(chunk);
    await writer.write(chunk);
    chunk.fill("another file's");
  }
  await writer.close();
};

const given = (config: SftpConfig, server: NonNullable<SftpConfig["server"]>): SftpConfig => ({ ...config, server });

test("a file's other connection takes less with one WRITE: what is left over is sent later", async (t) => {
  let write = BigInt(most);
  const server = await adversary(t, {
    get limits() {
      return [262_144n, BigInt(most), write, 0n] as const;
    },
    delay: (request) => (request === "WRITE" ? 5 : 0),
  });
  const open = () => openRemote(given(server.config, { several_handles: true }), { password: "secret" }, spread);
  const main = await open();
  write = 100_000n;
  const other = await open();
  t.teardown(() => Promise.all([main.close(), other.close()]));
  main.reinforce?.((_, join) => join(other));
  const file = generatedFile();
  server.files.set("/f", file);
  await writeLent(main, "/f", size);
  t.is(server.requests.filter((one) => one === "OPEN /f").length, 2);
  t.is(file.size, size);
  t.is(file.wrong, 0);
});

test("few requests may wait at one time, and several files have more than that", async (t) => {
  const server = await adversary(t, { delay: (request) => (request === "WRITE" ? 5 : 0) });
  const remote = await openRemote(given(server.config, { requests: 2 }), { password: "secret" });
  t.teardown(() => remote.close());
  const files = Array.from({ length: 6 }, () => generatedFile());
  for (const [index, file] of files.entries()) server.files.set(`/f${index}`, file);
  await Promise.all(files.map((_, index) => writeLent(remote, `/f${index}`, 1_000_000 + index)));
  t.deepEqual(
    files.map((file) => [file.size, file.wrong]),
    files.map((_, index) => [1_000_000 + index, 0]),
  );
});
