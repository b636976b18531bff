/** RENAME, REMOVE and MKDIR that are never answered, whether or not they are done: the next run finds out, and nothing is moved twice. */
import test from "ava";
import type { Quirks } from "../../helpers/sftp/adversary.ts";
import { type BridgeOptions, createBridge } from "../../servers/bridge.ts";
import { startTrait } from "../../servers/traits.ts";

const content = Buffer.from("content ".repeat(1000));
/** Some are asked for more than once. */
const enoughRuns = 8;

interface Case {
  readonly request: "RENAME" | "REMOVE" | "MKDIR";
  readonly options: BridgeOptions;
  readonly quirks?: Quirks;
}
const cases: Readonly<Record<string, Case>> = {
  "a push gets its name": { request: "RENAME", options: { push: { upload: "atomic" } } },
  "a push replaces a file": {
    request: "REMOVE",
    options: { push: { upload: "atomic" } },
    quirks: { rename: "refuses-existing" },
  },
  "a push makes a directory": { request: "MKDIR", options: { push: { upload: "direct" } } },
  "a pulled file is moved": { request: "RENAME", options: { pull: { after: "move" } } },
  "a pulled file is deleted": { request: "REMOVE", options: { pull: { after: "delete" } } },
};

for (const [name, { request, options, quirks }] of Object.entries(cases))
  for (const [how, fate, often] of [
    ["is done each time", "mute", Number.POSITIVE_INFINITY],
    ["isn't done the first time", "ignore", 1],
  ] as const)
    test(`${name}: ${request} is never answered, and ${how}`, async (t) => {
      let unanswered = 0;
      let movedSince = 0;
      const server = await startTrait({
        name: "",
        remark: "",
        quirks: () => ({
          ...quirks,
          refuse(asked, path, { flags }) {
            // A copy of the bytes, in either direction: an upload that is opened, or a pulled file.
            const isCopy = asked === "OPEN" && (options.pull ? path === "/x/out/sub/f" : (flags & 2) !== 0);
            if (isCopy && unanswered > 0 && request !== "MKDIR") movedSince += 1;
            return asked === request && unanswered++ < often ? fate : undefined;
          },
        }),
      });
      t.teardown(() => server.stop());
      await server.files.mkdir("x/in");
      if (quirks !== undefined) await server.files.write("x/in/sub/f", Buffer.from("old"));
      else if (request !== "MKDIR") await server.files.mkdir("x/in/sub");
      const bridge = await createBridge(t, server, "/x", { ...options, sftp: { operationTimeoutSeconds: 3 } });
      if (options.pull) await server.files.write("x/out/sub/f", content);
      else await bridge.put("sub/f", content);

      const isDone = () => bridge.entries().some(({ state, progress }) => state === "delivered" && !progress);
      for (let run = 0; run < enoughRuns && !isDone(); run++) {
        await (options.pull ? bridge.poll() : bridge.drain());
        bridge.skip(20 * 60_000);
      }
      t.true(isDone(), bridge.entries()[0]?.last_error?.message);
      t.true(unanswered > 0);
      t.is(movedSince, 0);
      t.true((options.pull ? bridge.pulled("sub/f") : await server.files.read("x/in/sub/f"))?.equals(content));
      const there = [...(await server.files.list("x/in")), ...(await server.files.list("x/out"))];
      t.is(there.filter((path) => !path.startsWith("sub/.done/")).length, options.pull ? 0 : 1, there.join());
      // That a file has gone is seen at once, by the look that goes along with REMOVE.
      const errors = bridge.telemetry.lines
        .filter(({ level }) => level === "error")
        .map(({ fields }) => String(fields["error"]));
      if (options.pull?.after !== "delete" || fate === "ignore")
        t.regex(errors.join(), /no answer within 3 s to: (rename|remove|make)/);
    });
