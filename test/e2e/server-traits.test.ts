/** The bridge against a server of ours with one bad habit at a time: what works, with which setting, and what the error says. */
import test, { type ExecutionContext } from "ava";
import { type BridgeOptions, createBridge, type TestBridge } from "../servers/bridge.ts";
import type { TestedServer } from "../servers/server.ts";
import { startTrait, traits } from "../servers/traits.ts";

/** Long enough for every pause after a failure. Milliseconds. */
const pause = 20 * 60_000;

/** For a server that takes some: how many tells of the machine as well, on which a second is short at times. */
const enoughRuns = 12;

const errorsOf = (bridge: TestBridge): string =>
  bridge.telemetry.lines.map(({ message, fields }) => `${message} ${fields["error"] ?? ""}`).join("\n");

const start = async (t: ExecutionContext, trait: (typeof traits)[number]) => {
  const server = await startTrait(trait);
  t.teardown(() => server.stop());
  return server;
};

/** Each run ends once the server has seen the end of its connection: the relay ends ours before, and the next run is a minute later. */
const bridgeTo = async (t: ExecutionContext, server: TestedServer, settings: BridgeOptions = {}) => {
  const bridge = await createBridge(t, server, "/x", settings);
  const untilIdle =
    <A extends unknown[], R>(run: (...given: A) => Promise<R>) =>
    async (...given: A): Promise<R> => {
      const result = await run(...given);
      await server.idle?.();
      return result;
    };
  return { ...bridge, drain: untilIdle(bridge.drain), poll: untilIdle(bridge.poll.bind(bridge)) };
};

for (const trait of traits) {
  const { fails = {}, settings } = trait;

  const uploads = settings?.push?.upload ? [settings.push.upload] : (["atomic", "direct"] as const);
  for (const upload of uploads) {
    test.serial(`push, upload = "${upload}": a server that ${trait.name}`, async (t) => {
      const server = await start(t, trait);
      await server.files.mkdir("x");
      const bridge = await bridgeTo(t, server, { ...settings, push: { ...settings?.push, upload } });
      for (const content of ["the first version", "the second, a longer one", "the third"]) {
        await bridge.put("sub/f", content);
        await bridge.drain();
        for (let run = 1; trait.isSlow && run < enoughRuns && bridge.entries()[0]?.state !== "delivered"; run++) {
          bridge.skip(pause);
          await bridge.drain();
        }
        if (fails.push) {
          t.regex(errorsOf(bridge), fails.push);
          // A direct upload has the file's own name from the start.
          if (upload === "atomic") t.is(await server.files.read("x/in/sub/f"), undefined, "nothing is shown");
          t.not(bridge.entries()[0]?.state, "delivered");
          return;
        }
        t.is((await server.files.read("x/in/sub/f"))?.toString(), content, errorsOf(bridge));
        t.is(bridge.entries()[0]?.state, "delivered");
      }
      t.deepEqual(await server.files.list("x/in"), ["sub/f"]);
    });
  }

  const afters = settings?.pull?.after ? [settings.pull.after] : (["move", "delete", "keep"] as const);
  for (const after of afters) {
    test.serial(`pull, after = "${after}": a server that ${trait.name}`, async (t) => {
      const server = await start(t, trait);
      const bridge = await bridgeTo(t, server, { ...settings, pull: { ...settings?.pull, after } });
      // Large enough for several reads.
      const content = Buffer.alloc(300_000, "content ");
      const names = ["a", ...Array.from({ length: 12 }, (_, index) => `sub/${String.fromCharCode(98 + index)}`)];
      for (const name of names) await server.files.write(`x/out/${name}`, content);
      await bridge.poll();
      if (fails.pull) {
        t.regex(errorsOf(bridge), fails.pull);
        t.deepEqual(bridge.allPulled(), []);
        t.deepEqual(await server.files.list("x/out"), names, "and nothing is removed");
        return;
      }
      // What is there is taken once, and not again by one more run.
      const again = async () => {
        bridge.skip(pause);
        await bridge.poll();
      };
      for (let run = 1; trait.isSlow && run < enoughRuns && bridge.allPulled().length < names.length; run++)
        await again();
      await again();
      t.deepEqual(bridge.allPulled(), names, errorsOf(bridge));
      // Not deepEqual, which takes half a second for a third of a megabyte.
      for (const name of names) t.true(bridge.pulled(name)?.equals(content), name);
      const left = await server.files.list("x/out");
      if (trait.leaves === "nothing" || after === "delete") t.deepEqual(left, []);
      else if (after === "keep") t.deepEqual(left, names);
      else t.true(left.length === names.length && left.every((path) => path.includes(".done/")), left.join(", "));
      for (const entry of bridge.entries()) {
        // A directory that was told to be a file.
        if (entry.path === "sub" && entry.state === "gone") continue;
        t.is(entry.state, "delivered", entry.last_error?.message);
        t.is(entry.deliveries.length, 1, "and not again");
      }
    });
  }

  if (trait.without !== undefined) {
    const { without } = trait;
    test.serial(`without the setting, the error says what to do: a server that ${trait.name}`, async (t) => {
      const server = await start(t, trait);
      await server.files.mkdir("x");
      const bridge = await bridgeTo(t, server);
      await bridge.put("f", "content");
      await bridge.drain();
      t.regex(errorsOf(bridge), without);
      t.is(await server.files.read("x/in/f"), undefined, "nothing is shown");
    });
  }
}

test.serial(
  "without keep-alives, what a server's dropping of idle connections interrupts is done by the next run",
  async (t) => {
    const trait = traits.find(({ name }) => name.startsWith("drops connections"));
    if (!trait) throw new Error("there is such a trait");
    const server = await start(t, trait);
    const bridge = await bridgeTo(t, server);
    // Younger than the two looks need: the run waits for it, and the server doesn't.
    await server.files.write("x/out/f", Buffer.from("content"), 0);
    await bridge.poll();
    t.deepEqual(bridge.allPulled(), []);
    for (let turn = 0; turn < 3 && bridge.allPulled().length === 0; turn++) {
      bridge.skip(pause);
      await bridge.drain();
    }
    t.deepEqual(bridge.allPulled(), ["f"]);
  },
);
