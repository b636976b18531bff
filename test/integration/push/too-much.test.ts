/** Servers that refuse, or end the connection, when there are too many files or requests, or after a while. */
import { randomBytes } from "node:crypto";
import test from "ava";
import { startSending } from "../../servers/sending.ts";

/** A WRITE takes so long that others come meanwhile, on a busy machine as well. */
const crowding = (request: string) => (request === "WRITE" ? 150 : 5);

test("a server that ends each connection at the third file gets fewer at one time, until they get through", async (t) => {
  let closes = 0;
  const { server, bridge } = await startSending(t, {
    refuse: (request) => (request === "CLOSE" && ++closes % 3 === 0 ? "drop" : undefined),
  });
  const names = ["a", "b", "c", "d", "e", "f"];
  for (const name of names) await bridge.put(name, `content of ${name}`);
  for (let run = 0; run < 10 && bridge.entries().some(({ state }) => state !== "delivered"); run++) {
    await bridge.drain();
    bridge.skip(3_700_000);
  }
  for (const name of names) t.is((await server.files.read(`x/in/${name}`))?.toString(), `content of ${name}`);
  t.true(bridge.entries().every(({ state }) => state === "delivered"));
  // Either helps, and which of the two it is, the answers tell that still came.
  const { open_files, goes_on_after_close } = bridge.learned() ?? {};
  t.true(goes_on_after_close !== undefined || Number(open_files?.value) < names.length);
});

test("a server that ends each connection after a while: every run gets further than the one before", async (t) => {
  let writes = 0;
  const { server, bridge } = await startSending(t, {
    refuse: (request) => (request === "WRITE" && ++writes % 120 === 0 ? "drop" : undefined),
  });
  const content = randomBytes(9 * 1024 * 1024);
  await bridge.put("f", content);
  for (let run = 0; run < 8 && bridge.entries()[0]?.state !== "delivered"; run++) {
    await bridge.drain();
    bridge.skip(20 * 60_000);
  }
  t.is(bridge.entries()[0]?.state, "delivered", bridge.entries()[0]?.last_error?.message);
  t.true((await server.files.read("x/in/f"))?.equals(content));
});

test("files that are refused for themselves don't make the others slow, nor teach a limit", async (t) => {
  const { bridge } = await startSending(t, {
    delay: 3,
    refuse: (request, path) => (request === "OPEN" && path.includes("/locked/") ? 3 : undefined),
  });
  for (let count = 0; count < 20; count++) {
    await bridge.put(`locked/f${count}`, "content");
    await bridge.put(`open/f${count}`, "content");
  }
  await bridge.drain();
  for (const { path, state } of bridge.entries()) t.is(state, path.startsWith("open/") ? "delivered" : "pending", path);
  t.is(bridge.learned()?.open_files, undefined);
});

test.serial("a crowd of small files is more than the server bears: each arrives, in the same run", async (t) => {
  const { server, bridge } = await startSending(t, {
    delay: crowding,
    refuse: (request, _path, { waiting }) => (request === "WRITE" && waiting > 12 ? 3 : undefined),
  });
  const names = Array.from({ length: 60 }, (_, index) => `f${index}`);
  for (const name of names) await bridge.put(name, `content of ${name}`);
  await bridge.drain();
  t.deepEqual([...new Set(bridge.entries().map(({ state }) => state))], ["delivered"]);
  for (const name of names) t.is((await server.files.read(`x/in/${name}`))?.toString(), `content of ${name}`);
  t.true(Number(bridge.learned()?.requests?.value) <= 12);
});

test.serial(
  "a server that ends the connection when too much waits gets less each time, until it bears it",
  async (t) => {
    const { server, bridge } = await startSending(t, {
      delay: crowding,
      refuse: (request, _path, { waiting }) => (request === "WRITE" && waiting > 12 ? "drop" : undefined),
    });
    const content = randomBytes(8_000_000);
    await bridge.put("large", content);
    for (let run = 0; run < 5 && bridge.entries()[0]?.state !== "delivered"; run++) {
      await bridge.drain();
      bridge.skip(20 * 60_000);
    }
    t.is(bridge.entries()[0]?.state, "delivered");
    t.true((await server.files.read("x/in/large"))?.equals(content));
    t.true(Number(bridge.learned()?.requests?.value) <= 12);
  },
);

// By itself: a refused file waits ten seconds for others to be closed, which is short beside all other tests.
for (const refusal of [
  [4, "Too many open handles"],
  [3, "Maximum number of open files exceeded"],
  [4, "Failure"],
  [3, "Permission denied"],
] as const)
  test.serial(
    `five files may be open at one time (${refusal.join(" ")}): all are sent in one run, and no error is told`,
    async (t) => {
      const { bridge } = await startSending(t, {
        delay: crowding,
        refuse: (request, _path, { open }) => (request === "OPEN" && open >= 5 ? refusal : undefined),
      });
      for (let count = 0; count < 40; count++) await bridge.put(`f${count}`, "content");
      await bridge.drain();
      t.true(bridge.entries().every(({ state }) => state === "delivered"));
      t.deepEqual(
        bridge.telemetry.lines.filter(({ level }) => level === "error"),
        [],
      );
      const learned = bridge.learned()?.open_files?.value;
      t.true(typeof learned === "number" && learned >= 1 && learned <= 5, String(learned));
    },
  );
