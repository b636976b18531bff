/** What decides whether a server of another make can be used: every way of pushing and pulling, at round trips short and long. */
import { randomBytes } from "node:crypto";
import type { ExecutionContext } from "ava";
import { createBridge, type TestBridge } from "../bridge.ts";
import type { TestedServer } from "../server.ts";

const mebibyte = 1024 * 1024;
const bulky = randomBytes(24 * mebibyte);
const pause = 20 * 60_000;

/** Everything that was wrong, or is worth knowing, of a bridge's runs. */
const said = (bridge: TestBridge): string =>
  bridge.telemetry.lines
    .filter(({ level, message }) => level !== "info" || message.startsWith("Learned"))
    .map(({ level, message, fields }) => `${level}: ${message} ${fields["error"] ?? fields["reason"] ?? ""}`)
    .join("\n");

const check = (t: ExecutionContext, bridge: TestBridge, count: number) => {
  t.is(bridge.entries().length, count, said(bridge));
  for (const entry of bridge.entries())
    t.is(entry.state, "delivered", `${entry.path}: ${entry.last_error?.message}\n${said(bridge)}`);
  const told = said(bridge);
  if (told !== "") t.log(told);
};

export interface Cell {
  readonly title: string;
  readonly run: (t: ExecutionContext, server: TestedServer) => Promise<void>;
}

/** `runs`: how many a server may need before it is known. */
export const matrix = (runs = 3): readonly Cell[] =>
  [0, 12].flatMap((roundTrip): Cell[] => [
    ...(["atomic", "direct"] as const).map(
      (upload): Cell => ({
        title: `push, ${upload}, ${roundTrip} ms`,
        async run(t, server) {
          const directory = `push-${upload}-${roundTrip}`;
          const options = { roundTrip, sftp: { maxConnections: 2 }, push: { upload } };
          const bridge = await createBridge(t, server, directory, options);
          await bridge.put("sub/empty", "");
          for (const content of [bulky, Buffer.from("a newer version")]) {
            await bridge.put("sub/bulky", content);
            await bridge.put("small", content.subarray(0, 5000));
            for (let run = 0; run < runs && bridge.entries().some(({ state }) => state !== "delivered"); run++) {
              await bridge.drain();
              bridge.skip(pause);
            }
            check(t, bridge, 3);
            t.true((await server.files.read(`${directory}/in/sub/bulky`))?.equals(content), "the same bytes");
          }
          t.is((await server.files.read(`${directory}/in/sub/empty`))?.length, 0);
          t.deepEqual(await server.files.list(`${directory}/in`), ["small", "sub/bulky", "sub/empty"]);
        },
      }),
    ),
    ...(["move", "delete", "keep"] as const).map(
      (after): Cell => ({
        title: `pull, ${after}, ${roundTrip} ms`,
        async run(t, server) {
          const directory = `pull-${after}-${roundTrip}`;
          const options = { roundTrip, sftp: { maxConnections: 2 }, pull: { after } };
          const bridge = await createBridge(t, server, directory, options);
          const names = ["bulky", "small", "sub/empty", "sub/x y"];
          const contentOf = (name: string) =>
            name === "bulky" ? bulky : Buffer.from(name === "sub/empty" ? "" : `content of ${name}`);
          for (const name of names) await server.files.write(`${directory}/out/${name}`, contentOf(name));
          for (let run = 0; run < runs; run++) {
            await bridge.poll();
            bridge.skip(pause);
          }
          check(t, bridge, names.length);
          for (const name of names) t.true(bridge.pulled(name)?.equals(contentOf(name)), name);
          for (const { path, deliveries } of bridge.entries()) t.is(deliveries.length, 1, `${path}: once`);
          const left = await server.files.list(`${directory}/out`);
          if (after === "delete") t.deepEqual(left, []);
          else if (after === "keep") t.deepEqual(left, names);
          else t.true(left.length === names.length && left.every((path) => path.includes(".done/")), left.join());
        },
      }),
    ),
  ]);
