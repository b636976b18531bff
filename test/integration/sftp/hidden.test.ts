/** Servers whose looks find nothing, whatever is there: that isn't believed of a file which can be opened. */
import test, { type ExecutionContext } from "ava";
import type { Quirks } from "../../helpers/sftp/adversary.ts";
import { type BridgeOptions, createBridge, type TestBridge } from "../../servers/bridge.ts";
import { startTrait } from "../../servers/traits.ts";

const hour = 3_600_000;
const unseen: Quirks = { refuse: (request) => (request === "STAT" || request === "LSTAT" ? 2 : undefined) };

const start = async (t: ExecutionContext, quirks: Quirks, options: BridgeOptions = {}) => {
  const server = await startTrait({ name: "", remark: "", quirks: () => quirks });
  t.teardown(() => server.stop());
  const bridge = await createBridge(t, server, "/x", options);
  return { server, bridge };
};

const warnings = ({ telemetry }: TestBridge) => telemetry.lines.filter(({ level }) => level === "error");

for (const after of ["move", "delete"] as const)
  test(`a file that looks don't show is no file that was taken: it is pulled once, and after = "${after}"`, async (t) => {
    const { server, bridge } = await start(t, unseen, { pull: { after } });
    await server.files.write("x/out/f", Buffer.from("content"));
    for (let run = 0; run < 3; run++) {
      await bridge.poll();
      bridge.skip(2 * hour);
    }
    t.is(bridge.pulled("f")?.toString(), "content");
    t.is(bridge.entries()[0]?.state, "delivered");
    t.is(bridge.entries()[0]?.deliveries.length, 1, "not again with each poll");
    t.is((await server.files.list("x/out")).filter((path) => !path.startsWith(".done/")).length, 0);
    t.like(bridge.learned()?.stat, { value: false });
    t.deepEqual(warnings(bridge), []);
  });

test("a file that was taken once it was read isn't looked for in vain: one OPEN tells", async (t) => {
  const { server, bridge } = await start(t, { deletesOnRead: "with-handle" });
  await server.files.write("x/out/f", Buffer.from("content"));
  await bridge.poll();
  t.is(bridge.entries()[0]?.state, "delivered");
  t.is(bridge.learned()?.stat, undefined);
});

for (const fstat of ["answered", "refused"] as const)
  for (const upload of ["atomic", "direct"] as const)
    test(`an upload that looks don't show wasn't taken when it was closed: ${upload}, FSTAT is ${fstat}`, async (t) => {
      const refuse: Quirks["refuse"] = (request) =>
        /^L?STAT$/.test(request) || (fstat === "refused" && request === "FSTAT") ? 2 : undefined;
      const { server, bridge } = await start(t, { refuse, rename: "refuses-existing" }, { push: { upload } });
      await server.files.mkdir("x/in");
      for (const content of ["the first version", "the second, a longer one"]) {
        await bridge.put("f", content);
        await bridge.drain();
        t.is((await server.files.read("x/in/f"))?.toString(), content);
        t.is(bridge.entries()[0]?.state, "delivered");
        t.deepEqual(await server.files.list("x/in"), ["f"]);
      }
      t.is(bridge.learned()?.keeps_temporary, undefined);
      t.deepEqual(warnings(bridge), []);
    });
