/** One file over several connections: disjoint ranges of it on each. */
import { createHash, randomBytes } from "node:crypto";
import test, { type ExecutionContext } from "ava";
import type { SftpConfig } from "../../../lambda/src/config/types.ts";
import { type OpenOptions, openRemote } from "../../../lambda/src/sftp/open.ts";
import type { Remote } from "../../../lambda/src/sftp/remote.ts";
import { adversary, remoteErrorOf } from "../../helpers/sftp/connected.ts";
import { generatedFile, patternAt } from "../../helpers/sftp/files.ts";
import { sshdConfig } from "../../helpers/sftp/sshd-config.ts";
import { startSshd } from "../../stack/sshd.ts";

const limits: OpenOptions = { spreadRoundTripMs: 0, spreadBytes: 1e6, fileWindowBytes: 2e6, channels: 1 };

/** Three connections, of which the first may use the others; `lose` drops the second one. */
const team = async (t: ExecutionContext, open: () => Promise<Remote>) => {
  const [main, second, third] = await Promise.all([open(), open(), open()]);
  t.teardown(() => Promise.all([main, second, third].map((remote) => remote.close())));
  main.reinforce?.((_, join) => {
    join(second);
    join(third);
  });
  return { main, lose: () => second.destroy(new Error("cut")) };
};

test("OpenSSH gets a file over three connections, byte for byte, and gives it back", async (t) => {
  const sshd = await startSshd();
  t.teardown(() => sshd.stop());
  const config = { ...sshdConfig(sshd), maxConnections: 3 };
  const { main } = await team(t, () => openRemote(config, { privateKey: sshd.key.privateKey }, limits));
  const content = randomBytes(30_000_001);
  const writer = await main.openWrite("large", { mode: "create", size: content.length });
  for (let at = 0; at < content.length; at += 500_000) await writer.write(content.subarray(at, at + 500_000));
  await writer.flush();
  t.is(writer.acknowledged, content.length);
  t.like(await writer.close(), { size: content.length });
  t.true(sshd.files.read("large").equals(content));
  const reader = await main.openRead("large");
  const hash = createHash("sha256");
  for await (const chunk of reader?.chunks(0, { reuse: true }) ?? []) hash.update(chunk);
  t.is(hash.digest("hex"), createHash("sha256").update(content).digest("hex"));
  await reader?.close();
});

/** A server that is said to see one file through all handles: no proof takes its time. */
const sure = (config: SftpConfig): SftpConfig => ({ ...config, server: { several_handles: true } });

const size = 12 * 1024 * 1024 + 123;

test("each connection opens the file once and closes it, and none with mode `replace`", async (t) => {
  const server = await adversary(t, { delay: (request) => (request === "WRITE" ? 10 : 0) });
  const { main } = await team(t, () => openRemote(server.config, { password: "secret" }, limits));
  for (const [mode, count] of [
    ["resume", 3],
    ["replace", 1],
  ] as const) {
    const file = generatedFile();
    server.files.set("/f", file);
    server.requests.length = 0;
    const writer = await main.openWrite("/f", { mode, size });
    for (let at = 0; at < size; at += 100_000) await writer.write(patternAt(at, Math.min(100_000, size - at)));
    t.like(await writer.close(), { size });
    t.is(file.wrong, 0);
    for (const request of ["OPEN", "CLOSE"])
      t.is(server.requests.filter((one) => one === `${request} /f`).length, count, `${mode}: ${request}`);
  }
});

test("a connection that is lost in the middle of a read costs nothing: the others are asked for what it owed", async (t) => {
  const server = await adversary(t, { delay: (request) => (request === "READ" ? 5 : 0) });
  const { main, lose } = await team(t, () => openRemote(server.config, { password: "secret" }, limits));
  server.files.set("/f", generatedFile(size));
  const reader = await main.openRead("/f");
  let at = 0;
  for await (const chunk of reader?.chunks(0) ?? []) {
    if (!patternAt(at, chunk.length).equals(Buffer.from(chunk))) t.fail(`wrong at ${at}`);
    at += chunk.length;
    if (at > size / 3) lose();
  }
  t.is(at, size);
  t.false(main.lost.aborted);
});

test("a connection that is lost in the middle of a write fails it, and what is acknowledged can be gone on from", async (t) => {
  const server = await adversary(t, { delay: (request) => (request === "WRITE" ? 5 : 0) });
  const { main, lose } = await team(t, () => openRemote(sure(server.config), { password: "secret" }, limits));
  const file = generatedFile();
  server.files.set("/f", file);
  const writer = await main.openWrite("/f", { mode: "resume", size });
  const whole = (async () => {
    for (let at = 0; at < size; at += 100_000) {
      await writer.write(patternAt(at, Math.min(100_000, size - at)));
      if (at > size / 3) lose();
    }
    await writer.close();
  })();
  await remoteErrorOf(t, "lost", whole);
  await writer.close().catch(() => {});
  t.false(main.lost.aborted);
  const { acknowledged } = writer;
  t.true(acknowledged > 0 && acknowledged < size, `${acknowledged}`);

  const again = await main.openWrite("/f", { mode: "resume", offset: acknowledged, size });
  for (let at = acknowledged; at < size; at += 100_000) await again.write(patternAt(at, Math.min(100_000, size - at)));
  t.like(await again.close(), { size });
  t.is(file.wrong, 0);
});

test("a refused CLOSE on any of the connections fails the file, unless its content is right", async (t) => {
  let closes = 0;
  const server = await adversary(t, {
    refuse: (request, path) => (request === "CLOSE" && path === "/f" && ++closes === 3 ? 4 : undefined),
  });
  const { main } = await team(t, () => openRemote(server.config, { password: "secret" }, limits));
  const file = generatedFile();
  server.files.set("/f", file);
  const writer = await main.openWrite("/f", { mode: "resume", size });
  for (let at = 0; at < size; at += 100_000) await writer.write(patternAt(at, Math.min(100_000, size - at)));
  await writer.close();
  t.is(closes, 3);
  t.is(writer.doubt?.unless?.kind, "failure");
});
