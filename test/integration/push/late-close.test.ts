/** Servers that close a file at once, while they still work on what was written to it before. */
import test from "ava";
import { startQuirkyPush } from "../../servers/quirky-push.ts";

const content = Buffer.alloc(200_000, "content ");

for (const closesAtOnce of ["and-refuses", "and-says-ok"] as const)
  for (const upload of ["atomic", "direct"] as const)
    test(`a CLOSE that overtakes WRITEs ${closesAtOnce}: it is sent behind their answers, in the same run: ${upload}`, async (t) => {
      let opens = 0;
      const { server, bridge } = await startQuirkyPush(
        t,
        { closesAtOnce, delay: (request) => (request === "WRITE" ? 100 : 0) },
        { push: { upload } },
        (request, _path, { flags }) => {
          if (request === "OPEN" && flags !== 1) opens += 1;
        },
      );
      await bridge.put("f", content);
      await bridge.drain();
      t.is(bridge.entries()[0]?.state, "delivered", bridge.entries()[0]?.last_error?.message);
      t.true((await server.files.read("x/in/f"))?.equals(content));
      t.like(bridge.learned()?.pipelined_close, { value: false });
      const before = opens;
      await bridge.put("g", content);
      await bridge.drain();
      t.true((await server.files.read("x/in/g"))?.equals(content));
      t.is(opens - before, 1, "at once the next time");
    });

test("a file that comes out short all the same says nothing of CLOSE, and is sent twice in a run", async (t) => {
  const { bridge } = await startQuirkyPush(t, { atClose: (bytes) => bytes.subarray(0, 100) }, {}, () => {});
  await bridge.put("f", content);
  await bridge.drain();
  t.is(bridge.entries()[0]?.state, "pending");
  t.regex(bridge.entries()[0]?.last_error?.message ?? "", /holds 100 bytes/);
  t.is(bridge.learned()?.pipelined_close, undefined);
});
