/** Names that differ in case only, on servers that take them for one, and on others. */
import test from "ava";
import type { Quirks } from "../../helpers/sftp/adversary.ts";
import { startSending } from "../../servers/sending.ts";

const refuseLooks: Quirks["refuse"] = (request) => (/STAT$/.test(request) ? 4 : undefined);

test("names that differ in case only, on a server that takes them for one: the second is refused, and never replaces the first", async (t) => {
  const { server, bridge } = await startSending(t, { oneFile: (path) => path.toLowerCase() });
  await bridge.put("A.csv", "the first");
  await bridge.put("a.csv", "the second");
  await bridge.put("b.csv", "another one");
  for (let run = 0; run < 3; run++) {
    await bridge.drain();
    bridge.skip(3_700_000);
  }
  const states = bridge.entries().map(({ path, state }) => [path, state === "delivered"] as const);
  const [sent] = states.filter(([path, isSent]) => isSent && path !== "b.csv");
  t.is(states.filter(([, isSent]) => isSent).length, 2, JSON.stringify(states));
  const content = (await server.files.read("x/in/a.csv"))?.toString();
  t.is(content, sent?.[0] === "A.csv" ? "the first" : "the second");
  t.like(bridge.learned()?.letter_case, { value: false });
  // Another run, another process: it is known by now.
  await bridge.put("B.csv", "replaces nothing");
  await bridge.drain();
  t.is((await server.files.read("x/in/b.csv"))?.toString(), "another one");
  const refused = bridge.entries().find(({ path }) => path === "B.csv");
  t.regex(refused?.last_error?.message ?? "", /under another spelling/);
  await bridge.put("b.csv", "its newer version");
  await bridge.drain();
  t.is((await server.files.read("x/in/b.csv"))?.toString(), "its newer version");
});

test("names that differ in case only are two files on other servers", async (t) => {
  const { server, bridge } = await startSending(t, {});
  for (const name of ["A.csv", "a.csv"]) await bridge.put(name, name);
  await bridge.drain();
  for (const name of ["A.csv", "a.csv"]) t.is((await server.files.read(`x/in/${name}`))?.toString(), name);
});

for (const [what, settings] of [
  ["under temporary names", {}],
  ["under their own", { upload: "direct" }],
  ["by way of a work directory", { workDirectory: "/x/work" }],
] as const)
  test(`names that differ in case only and come in different runs, on a server that takes them for one: files that are sent ${what}`, async (t) => {
    const { server, bridge } = await startSending(t, { oneFile: (path) => path.toLowerCase() }, { push: settings });
    await bridge.put("A.csv", "the first");
    await bridge.drain();
    t.like(bridge.learned()?.letter_case, { value: false }, "one file is enough");
    bridge.skip(3_700_000);
    await bridge.put("a.csv", "the second");
    await bridge.drain();
    t.is((await server.files.read("x/in/a.csv"))?.toString(), "the first");
    // Whatever was learned is forgotten after a week, and nothing was sent before.
    bridge.forgetTraits();
    bridge.skip(3_700_000);
    await bridge.put("a.CSV", "the third");
    await bridge.drain();
    t.is((await server.files.read("x/in/a.csv"))?.toString(), "the first");
    for (const path of ["a.csv", "a.CSV"])
      t.regex(bridge.entries().find((entry) => entry.path === path)?.last_error?.message ?? "", /another spelling/);
    await bridge.put("A.csv", "its newer version");
    await bridge.drain();
    t.is((await server.files.read("x/in/a.csv"))?.toString(), "its newer version");
    // The same in a directory, of which the name may differ as well.
    for (const path of ["Sub/a", "sub/a", "sub/b"]) {
      await bridge.put(path, `content of ${path}`);
      await bridge.drain();
    }
    t.is((await server.files.read("x/in/Sub/a"))?.toString(), "content of Sub/a");
    t.is((await server.files.read("x/in/sub/b"))?.toString(), "content of sub/b");
  });

test("a server that tells names in different case apart is asked once, however many files there are", async (t) => {
  const { bridge, requests } = await startSending(t, {});
  const asked = () => requests.filter((one) => /^LSTAT .*BRIDGE/.test(one)).length;
  const names = Array.from({ length: 20 }, (_, index) => `f${index}`);
  for (const name of names) await bridge.put(name, name);
  await bridge.drain();
  t.like(bridge.learned()?.letter_case, { value: true });
  t.is(asked(), 1);
  for (const name of names) await bridge.put(name.toUpperCase(), name);
  await bridge.drain();
  t.is(asked(), 1, "and no more in the next run");
  t.deepEqual([...new Set(bridge.entries().map(({ state }) => state))], ["delivered"]);
});

test("a server that shows something under each name, or nothing under any, has said nothing of case", async (t) => {
  for (const quirks of [{ looksAlways: true }, { refuse: refuseLooks }] satisfies Quirks[]) {
    const { bridge, requests } = await startSending(t, quirks, { push: { verify: "tolerant" } });
    const names = Array.from({ length: 20 }, (_, index) => `f${index}`);
    for (const name of names) await bridge.put(name, name);
    await bridge.drain();
    t.is(bridge.learned()?.letter_case, undefined);
    t.deepEqual([...new Set(bridge.entries().map(({ state }) => state))], ["delivered"]);
    t.deepEqual(
      requests.filter((one) => one.startsWith("READDIR")),
      [],
      "no directory is listed for it",
    );
  }
});
