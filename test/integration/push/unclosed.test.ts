/** A file's CLOSE is refused or never answered, or the server ends the session there: its content tells. */
import test from "ava";
import type { Quirks } from "../../helpers/sftp/adversary.ts";
import type { BridgeOptions, TestBridge } from "../../servers/bridge.ts";
import { startSending } from "../../servers/sending.ts";

const endings = [
  ["ends the connection", () => ({ endsAtClose: "connection-unanswered" })],
  ["ends the session", () => ({ endsAtClose: "session-unanswered" })],
  ["isn't answered", () => ({ silent: new Set(["CLOSE"]) })],
  ["is refused", () => ({ refuse: (request: string) => (request === "CLOSE" ? 4 : undefined) })],
] as const satisfies readonly (readonly [string, () => Quirks])[];

for (const upload of ["atomic", "direct"] as const)
  for (const [what, quirks] of endings) {
    const options: BridgeOptions = {
      push: { upload },
      // Only what isn't answered is waited for.
      ...(what === "isn't answered" && { sftp: { operationTimeoutSeconds: 1 } }),
    };
    const runs = async (bridge: TestBridge, most = 5) => {
      for (let run = 0; run < most && bridge.entries().some(({ state }) => state !== "delivered"); run++) {
        await bridge.drain();
        bridge.skip(20 * 60_000);
      }
    };
    test.serial(`a file's CLOSE ${what}: what is there is read back, and is the file: ${upload}`, async (t) => {
      const { server, bridge, said } = await startSending(t, quirks(), options);
      const contents = { f: "content", g: "another one", empty: "" };
      for (const [name, content] of Object.entries(contents)) await bridge.put(name, content);
      await runs(bridge);
      for (const [name, content] of Object.entries(contents)) {
        const entry = bridge.entries().find(({ path }) => path === name);
        t.is(entry?.state, "delivered", entry?.last_error?.message);
        t.is((await server.files.read(`x/in/${name}`))?.toString(), content);
      }
      t.regex(said(), /its content was read back, and is right/);
      t.is(bridge.learned()?.keeps_temporary, undefined);
      t.deepEqual(await server.files.list("x/in"), Object.keys(contents).sort());
    });

    // Each of many attempts would wait for it.
    if (what === "isn't answered") continue;
    test.serial(`a file's CLOSE ${what}, and it is gone, or has other bytes: no delivery: ${upload}`, async (t) => {
      for (const makes of ["nothing", "another"] as const) {
        const { server, bridge, said } = await startSending(
          t,
          { ...quirks(), ...(makes === "nothing" ? { losesUnclosed: true } : { garbles: true }) },
          options,
        );
        await bridge.put("f", "content");
        await runs(bridge, 2);
        t.not(bridge.entries()[0]?.state, "delivered", makes);
        if (upload === "atomic") t.is(await server.files.read("x/in/f"), undefined);
        t.is(bridge.learned()?.keeps_temporary, undefined, "it isn't taken for a server that takes files at CLOSE");
        t.notRegex(said(), /takes files the moment they are closed/);
      }
    });
  }
