/** Markers, permissions, times and pace with an OpenSSH server: both ways over a real connection. */
import { createHash, randomBytes } from "node:crypto";
import test, { type ExecutionContext } from "ava";
import { type BridgeOptions, createBridge } from "../../servers/bridge.ts";
import { servers } from "../../servers/facts.ts";

const sum = (algorithm: string, content: Uint8Array | string) => createHash(algorithm).update(content).digest("hex");

const start = async (t: ExecutionContext, options: BridgeOptions) => {
  const server = await servers.find(({ name }) => name === "OpenSSH")?.start();
  if (!server) throw new Error("there is an OpenSSH server");
  t.teardown(() => server.stop());
  await server.files.mkdir("x/in");
  await server.files.mkdir("x/out");
  return { server, bridge: await createBridge(t, server, "x", options) };
};
const minute = 60_000;

test("a file waits for its marker, is compared with the sum in it, and both are taken", async (t) => {
  const ready = { marker: "{name}.done", scope: "file", after: "delete", checksum: "md5", deliver: false } as const;
  const { server, bridge } = await start(t, { pull: { after: "delete", ready } });
  const content = randomBytes(6 * 1024 * 1024);
  await server.files.write("x/out/a/data.bin", content);
  await bridge.poll();
  t.deepEqual(bridge.allPulled(), []);

  await server.files.write("x/out/a/data.bin.done", Buffer.from(`${sum("md5", "another")}  data.bin\n`));
  await bridge.poll();
  t.deepEqual(bridge.allPulled(), []);
  t.is(bridge.uploads(), 0, "nothing of it is left in S3");
  t.deepEqual(await server.files.list("x/out"), ["a/data.bin", "a/data.bin.done"]);

  await server.files.write("x/out/a/data.bin.done", Buffer.from(`${sum("md5", content)}  data.bin\n`));
  bridge.skip(10 * minute);
  await bridge.poll();
  t.true(bridge.pulled("a/data.bin")?.equals(content)); // deepEqual takes half a minute for it
  t.deepEqual(bridge.allPulled(), ["a/data.bin"]);
  bridge.skip(minute);
  await bridge.drain();
  t.deepEqual(await server.files.list("x/out"), []);
});

test("a push is followed by its marker, with the permissions and the time of its source", async (t) => {
  const marker = { name: "{stem}.ok", content: "sha256" } as const;
  const { server, bridge } = await start(t, { push: { marker, mode: 0o604, keepMtime: true } });
  for (const content of ["the first version", "the second, a longer one"]) {
    await bridge.put("sub/file.txt", content);
    bridge.skip(minute);
    await bridge.drain();
    t.is((await server.files.read("x/in/sub/file.txt"))?.toString(), content);
    t.is((await server.files.read("x/in/sub/file.ok"))?.toString(), sum("sha256", content));
  }
  t.deepEqual(await server.files.list("x/in"), ["sub/file.ok", "sub/file.txt"]);
  const remote = await bridge.connect();
  const stat = await remote.stat("x/in/sub/file.txt");
  await remote.close();
  t.is(stat?.mode, 0o604);
  t.true(Math.abs((stat?.mtime ?? 0) - Date.now() / 1000 - 60) < 50, "when it was put, by the clock of the bridge");
});

test("a rate bounds what moves, both ways", async (t) => {
  const { server, bridge } = await start(t, { sftp: { maxBytesPerSecond: 100_000 }, pull: { after: "delete" } });
  const content = randomBytes(150_000);
  await bridge.put("file", content);
  const began = performance.now();
  await bridge.drain();
  t.true((await server.files.read("x/in/file"))?.equals(content));
  await server.files.write("x/out/file", content);
  await bridge.poll();
  t.true(bridge.pulled("file")?.equals(content));
  // The last chunk is free: it is what comes next that waits for it.
  t.true(performance.now() - began >= 1_000, `${performance.now() - began} ms`);
});
