/**
 * `npm run bench:memory`: peak resident memory of the function with a file of 5 GB each way, generated and not stored. Fails above
 * the ceiling. `--gigabytes N`; `--connections N`; `--env NAME=VALUE`. Two to five minutes; not part of `npm test`.
 */
import { loadavg } from "node:os";
import { parseArgs } from "node:util";
import type { FileSet } from "./data.ts";
import { withGeneratedServers } from "./with-generated-servers.ts";

/** What issue and docs/performance.md promise. Bytes. */
const ceiling = 160e6;

const { values } = parseArgs({
  options: {
    gigabytes: { type: "string", default: "5" },
    env: { type: "string", multiple: true, default: [] },
    connections: { type: "string", default: "1" },
  },
});
const bytes = Number(values.gigabytes) * 1e9;
const environment = Object.fromEntries(values.env.map((pair) => pair.split(/=(.*)/s).slice(0, 2) as [string, string]));
const set: FileSet = { name: "huge", files: new Map([["huge.dat", bytes]]) };

let failed = false;
await withGeneratedServers(
  bytes,
  async ({ run, at, finish }) => {
    const partner = { roundTrip: 0, host: "127.0.0.1", port: at.sftpPort, pipe: "" };
    for (const direction of ["push", "pull"] as const) {
      const { wall, cpu, memory } = await run({
        direction,
        set,
        partner,
        maxConnections: Number(values.connections),
        target: direction === "push" ? "to-push" : "to-pull",
        root: "/",
        timeout: 800,
      });
      const isOver = memory > ceiling;
      failed ||= isOver;
      console.log(
        `${direction} ${values.gigabytes} GB: peak ${(memory / 1e6).toFixed(0)} MB${isOver ? `, and ${ceiling / 1e6} MB are allowed` : ""}; ${wall.toFixed(0)} s, CPU ${cpu.toFixed(0)} s, load ${loadavg()[0]?.toFixed(1)}`,
      );
    }
    const received = await finish();
    const whole =
      received.uploaded.bytes === bytes &&
      received.uploaded.completed === 1 &&
      received.uploaded.wrong === 0 &&
      received.wrong === 0 &&
      received.sent.length === 1 &&
      received.sent[0]?.bytes === bytes;
    console.log(whole ? "Every byte of both was the right one." : `Not what was sent: ${JSON.stringify(received)}`);
    failed ||= !whole;
  },
  environment,
);
if (failed) process.exitCode = 1;
