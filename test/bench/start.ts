/**
 * `npm run bench:start`: what there is before the first byte: size of the package and of the bundle, Node's start, the bundle's
 * load, the first byte of a file each way, and an invocation that polls and finds nothing, in a fresh process and in a warm one.
 * Medians of `--runs 5`; about twenty seconds.
 */
import { statSync } from "node:fs";
import { loadavg } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { bundle } from "../../lambda/build/bundle.ts";
import { bytesAtStart } from "../../lambda/build/optional.ts";
import type { BridgeResult } from "./bridge.ts";
import { firstByte } from "./first-byte.ts";
import { median } from "./report.ts";
import { withGeneratedServers } from "./with-generated-servers.ts";

const { values } = parseArgs({ options: { runs: { type: "string", default: "5" } } });
const runs = Number(values.runs);
const bytes = 8 * 1024;
const root = join(import.meta.dirname, "../..");
const kilobytes = (size: number) => `${(size / 1000).toFixed(0)} KB`;

const built = await bundle(root);
const files = [...built.files];
const unpacked = files.reduce((sum, [, content]) => sum + Buffer.byteLength(content), 0);
console.log(
  `package: ${kilobytes(statSync(join(root, "lambda/dist/bridge.zip")).size)}, of at most 1,000 KB with all that is optional; ${kilobytes(unpacked)} unpacked, of which ${kilobytes(bytesAtStart(built.metafile))} are loaded at the start`,
);

await withGeneratedServers(bytes, async ({ run, at }) => {
  const results: BridgeResult[] = [];
  for (let turn = 0; turn < runs; turn++)
    results.push(
      await run({
        direction: "pull",
        set: { name: "huge", files: new Map() },
        partner: { roundTrip: 0, host: "127.0.0.1", port: at.sftpPort, pipe: "" },
        maxConnections: 1,
        target: "to",
        root: "/",
        listOnly: true,
        repeat: 2,
        timeout: 60,
      }),
    );
  const of = (value: (result: BridgeResult) => number) => median(results.map(value)).toFixed(0);
  const poll = (index: number) => of(({ invocations }) => invocations[index]?.milliseconds ?? 0);
  console.log(
    `Node's start: ${of(({ startMs }) => startMs)} ms; the bundle's load: ${of(({ loadMs }) => loadMs)} ms; CPU of both: ${of(({ startCpuMs }) => startCpuMs)} ms`,
  );
  for (const direction of ["pull", "push"] as const) {
    const { fresh, warm, freshCpu } = await firstByte({ run, at }, { direction, bytes, runs });
    console.log(
      `first byte of a ${direction}, read from ${direction === "pull" ? "the partner" : "S3"}: ${fresh.toFixed(0)} ms after the process's start (CPU of the whole ${freshCpu.toFixed(0)} ms), ${warm.toFixed(0)} ms after the event in a warm one, over loopback`,
    );
  }
  console.log(
    `poll that finds nothing: ${poll(0)} ms in a fresh process, ${poll(1)} ms in a warm one, over loopback; memory ${of(({ memory }) => memory / 1e6)} MB`,
  );
  const { journal } = results[0] ?? {};
  console.log(
    `journal, for each of the two: ${(journal?.requests ?? 0) / 2} requests, ${(journal?.writeUnits ?? 0) / 2} write units, ${(journal?.readUnits ?? 0) / 2} read units`,
  );
});
console.log(`load of the machine: ${loadavg()[0]?.toFixed(1)}`);
