/** Servers that end the connection at a READ or WRITE for its size, or at a READ across a file's end, and connections that are cut by chance. */
import { randomBytes } from "node:crypto";
import test, { type ExecutionContext } from "ava";
import type { Quirks, Refusal, RequestDetails } from "../../helpers/sftp/adversary.ts";
import { type BridgeOptions, createBridge } from "../../servers/bridge.ts";
import { startTrait } from "../../servers/traits.ts";

const content = randomBytes(300_000);
const sizes = [0, 1, 2, 31_000, 300_000];

type Judge = (request: string, details: RequestDetails) => Refusal | undefined;
const start = async (t: ExecutionContext, judge: Judge, options: BridgeOptions = {}) => {
  const quirks: Quirks = { refuse: (request, _path, details) => judge(request, details) };
  const server = await startTrait({ name: "", remark: "", quirks: () => quirks });
  t.teardown(() => server.stop());
  await server.files.mkdir("x/in");
  const bridge = await createBridge(t, server, "/x", options);
  /** Runs until nothing is open any more; tells how many it took. */
  const untilDone = async (run: () => Promise<unknown>): Promise<number> => {
    for (let runs = 1; runs < 12; runs++) {
      await run();
      const open = bridge.entries().filter(({ state }) => state !== "delivered");
      if (open.length === 0 && bridge.entries().length > 0) return runs;
      bridge.skip(20 * 60_000);
    }
    const [left] = bridge.entries().filter(({ state }) => state !== "delivered");
    return t.fail(
      `never done: ${left?.path ?? "nothing listed"}: ${left?.last_error?.message} ${JSON.stringify(bridge.learned())}`,
    ) as never;
  };
  return { server, bridge, untilDone };
};

for (const end of ["drop", "end"] as const) {
  for (const upload of ["atomic", "direct"] as const)
    test(`${end} at a large WRITE: small ones are sent from the third time on, and at once from then on: ${upload}`, async (t) => {
      const { server, bridge, untilDone } = await start(t, (_, { bytes }) => (bytes > 16_384 ? end : undefined), {
        push: { upload },
      });
      for (const size of sizes) await bridge.put(`f${size}`, content.subarray(0, size));
      t.true((await untilDone(() => bridge.drain())) <= 4);
      t.like(bridge.learned()?.large_requests, { value: false });
      await bridge.put("g", content);
      t.is(await untilDone(() => bridge.drain()), 1);
      for (const size of sizes)
        t.true((await server.files.read(`x/in/f${size}`))?.equals(content.subarray(0, size)), `${size}`);
    });

  for (const after of ["move", "delete", "keep"] as const)
    test(`${end} at a large READ: small ones are sent from the third time on, and at once from then on: ${after}`, async (t) => {
      const { server, bridge, untilDone } = await start(t, (_, { bytes }) => (bytes > 16_384 ? end : undefined), {
        pull: { after },
      });
      for (const size of sizes.slice(1)) await server.files.write(`x/out/${size}`, content.subarray(0, size));
      t.true((await untilDone(() => bridge.poll())) <= 4);
      t.like(bridge.learned()?.large_requests, { value: false });
      t.is(bridge.learned()?.reads_past_end, undefined);
      await server.files.write("x/out/g", content);
      await bridge.poll();
      for (const size of sizes.slice(1)) t.true(bridge.pulled(`${size}`)?.equals(content.subarray(0, size)), `${size}`);
      t.true(bridge.pulled("g")?.equals(content));
    });

  test(`${end} at a READ across the end: files are read to their end exactly from the third time on`, async (t) => {
    const { server, bridge, untilDone } = await start(t, (_, { isAcross }) => (isAcross ? end : undefined));
    for (const size of sizes.slice(1)) await server.files.write(`x/out/${size}`, content.subarray(0, size));
    t.true((await untilDone(() => bridge.poll())) <= 4);
    t.like(bridge.learned()?.reads_past_end, { value: false });
    t.is(bridge.learned()?.large_requests, undefined);
    for (const size of sizes.slice(1)) t.true(bridge.pulled(`${size}`)?.equals(content.subarray(0, size)), `${size}`);
  });
}

test("both at once are told apart", async (t) => {
  const { server, bridge, untilDone } = await start(t, (_, { isAcross, bytes }) =>
    isAcross || bytes > 16_384 ? "drop" : undefined,
  );
  for (const size of sizes.slice(1)) await server.files.write(`x/out/${size}`, content.subarray(0, size));
  t.true((await untilDone(() => bridge.poll())) <= 6);
  t.like(bridge.learned(), { reads_past_end: { value: false }, large_requests: { value: false } });
});

for (const deed of ["READ", "WRITE"] as const)
  test(`connections that are cut by chance at the first ${deed} teach nothing that lasts`, async (t) => {
    let cuts = 3;
    const { server, bridge, untilDone } = await start(t, (request) =>
      request === deed && cuts-- > 0 ? "drop" : undefined,
    );
    if (deed === "READ") await server.files.write("x/out/f", content);
    else await bridge.put("f", content);
    await untilDone(() => (deed === "READ" ? bridge.poll() : bridge.drain()));
    t.true((deed === "READ" ? bridge.pulled("f") : await server.files.read("x/in/f"))?.equals(content));
    t.is(bridge.learned()?.large_requests, undefined);
    t.is(bridge.learned()?.reads_past_end, undefined);
    const { bold_reads, bold_writes } = bridge.learned() ?? {};
    // Once all that was under suspicion was answered, it isn't any more.
    t.like(deed === "READ" ? bold_reads : bold_writes, { value: true });
    t.is(deed === "READ" ? bold_writes : bold_reads, undefined);
  });

test("connections that are cut while much is under way, and large ones were answered, teach nothing", async (t) => {
  const file = randomBytes(3_000_000);
  let reads = 0;
  const { server, bridge, untilDone } = await start(t, (request) =>
    request === "READ" && ++reads % 9 === 8 && reads < 40 ? "drop" : undefined,
  );
  await server.files.write("x/out/f", file);
  await untilDone(() => bridge.poll());
  t.true(bridge.pulled("f")?.equals(file));
  t.is(bridge.learned()?.bold_reads, undefined);
  t.is(bridge.learned()?.large_requests, undefined);
});
