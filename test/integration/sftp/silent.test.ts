/** Kinds of requests that a server never answers, and that can be done without: whether it is that, or the connection, a question tells that all answer. */
import type { Socket } from "node:net";
import test, { type ExecutionContext } from "ava";
import type { Quirks } from "../../helpers/sftp/adversary.ts";
import { type BridgeOptions, createBridge, type TestBridge } from "../../servers/bridge.ts";
import { startTrait } from "../../servers/traits.ts";

const exclusive = 0x20;
const impatient = { operationTimeoutSeconds: 2 };

const start = async (t: ExecutionContext, quirks: Quirks, options: BridgeOptions = {}) => {
  const server = await startTrait({ name: "", remark: "", quirks: () => quirks });
  t.teardown(() => server.stop());
  const bridge = await createBridge(t, server, "/x", { sftp: impatient, ...options });
  return { server, bridge };
};

const isDone = (bridge: TestBridge) => bridge.entries().every(({ state }) => state === "delivered");
/** How many runs it takes tells of the machine as well. */
const untilDone = async (t: ExecutionContext, bridge: TestBridge, run: () => Promise<unknown>) => {
  let count = 0;
  for (; count < 8 && !(bridge.entries().length > 0 && isDone(bridge)); count++) {
    await run();
    bridge.skip(1_200_000);
  }
  t.true(isDone(bridge), JSON.stringify(bridge.entries().map(({ last_error }) => last_error?.message)));
  return count;
};

test.serial("FSTAT is never answered, of several files at one time: files are read without", async (t) => {
  const { server, bridge } = await start(t, { silent: new Set(["FSTAT"]) });
  for (const name of ["a", "b", "c"]) await server.files.write(`x/out/${name}`, Buffer.from(name));
  await untilDone(t, bridge, () => bridge.poll());
  t.deepEqual(
    ["a", "b", "c"].map((name) => bridge.pulled(name)?.toString()),
    ["a", "b", "c"],
  );
  t.like(bridge.learned()?.fstat, { value: false });
});

for (const look of ["STAT", "LSTAT"])
  test.serial(
    `${look} is never answered, while nothing else is asked: a file is replaced, and another is moved`,
    async (t) => {
      let looks = 0;
      const { server, bridge } = await start(t, {
        refuse: (request) => {
          if (request !== look) return undefined;
          looks += 1;
          return "ignore";
        },
        rename: "refuses-existing",
      });
      await server.files.write("x/in/f", Buffer.from("old"));
      await server.files.write("x/out/g", Buffer.from("pulled"));
      await bridge.put("f", "new");
      await untilDone(t, bridge, () => bridge.drain());
      t.is((await server.files.read("x/in/f"))?.toString(), "new");
      looks = 0;
      await bridge.poll();
      const runs = 1 + (await untilDone(t, bridge, () => bridge.poll()));
      t.true(looks <= runs, `${looks} in ${runs} runs: each costs the whole time`);
      t.is(bridge.pulled("g")?.toString(), "pulled");
      t.is(await server.files.read("x/out/g"), undefined);
    },
  );

test.serial("CREAT|EXCL is never answered: the next attempt does without", async (t) => {
  const { server, bridge } = await start(t, {
    refuse: (request, _path, { flags }) => (request === "OPEN" && (flags & exclusive) !== 0 ? "ignore" : undefined),
  });
  await server.files.mkdir("x/in");
  await bridge.put("f", "content");
  await untilDone(t, bridge, () => bridge.drain());
  t.is((await server.files.read("x/in/f"))?.toString(), "content");
  t.like(bridge.learned()?.exclusive_open, { value: false });
});

test.serial("nothing is answered any more: it is the connection, and nothing is learned of looks", async (t) => {
  let die = () => {};
  const { server, bridge } = await start(t, {
    meets: (client) => {
      const { _sock: socket } = client as unknown as { readonly _sock: Socket };
      die = () => socket.pause();
    },
    refuse: (request) => {
      if (request !== "STAT") return undefined;
      die();
      return "ignore";
    },
  });
  await server.files.mkdir("x/in");
  await bridge.put("f", "content");
  await bridge.drain();
  t.is(bridge.entries()[0]?.state, "pending");
  t.is(bridge.learned()?.stat, undefined);
});
