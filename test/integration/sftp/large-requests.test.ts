/** Servers that refuse READs and WRITEs of more than some KB. */
import { randomBytes } from "node:crypto";
import test, { type ExecutionContext } from "ava";
import { type BridgeOptions, createBridge } from "../../servers/bridge.ts";
import { startTrait } from "../../servers/traits.ts";

const content = randomBytes(300_000);

const start = async (t: ExecutionContext, options: BridgeOptions = {}) => {
  const server = await startTrait({ name: "", remark: "", quirks: () => ({ largest: 8192 }) });
  t.teardown(() => server.stop());
  await server.files.mkdir("x/in");
  return { server, bridge: await createBridge(t, server, "/x", options) };
};

for (const upload of ["atomic", "direct"] as const)
  test(`large WRITEs are refused: small ones are sent in the same run, and at once the next time: ${upload}`, async (t) => {
    const { server, bridge } = await start(t, { push: { upload } });
    for (const name of ["f", "g"]) {
      await bridge.put(name, content);
      const before = bridge.telemetry.lines.filter(({ level }) => level === "warn").length;
      await bridge.drain();
      t.true((await server.files.read(`x/in/${name}`))?.equals(content));
      if (name === "g") t.is(bridge.telemetry.lines.filter(({ level }) => level === "warn").length, before);
    }
    t.like(bridge.learned()?.large_requests, { value: false });
    t.is(bridge.learned()?.pipelined_writes, undefined);
  });

test("large READs are refused: small ones are sent in the same run", async (t) => {
  const { server, bridge } = await start(t);
  for (const size of [31_000, 300_000]) await server.files.write(`x/out/${size}`, content.subarray(0, size));
  await bridge.poll();
  for (const size of [31_000, 300_000])
    t.true(bridge.pulled(`${size}`)?.equals(content.subarray(0, size)), bridge.entries()[0]?.last_error?.message);
  t.like(bridge.learned()?.large_requests, { value: false });
});
