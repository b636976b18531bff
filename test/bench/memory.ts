/**
 * `npm run bench:memory`: peak resident memory of the function with a file of 5 GB each way, generated and not stored, and
 * with many files at one time. Fails above the ceiling. `--gigabytes N`; `--env NAME=VALUE`. Two to five minutes; not part of `npm test`.
 */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { loadavg, tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { setDefaultCACertificates } from "node:tls";
import { parseArgs } from "node:util";
import { makeCertificates } from "../stack/certificates.ts";
import { prepareBridge } from "./bridge.ts";
import type { FileSet } from "./data.ts";
import { stopServers } from "./processes.ts";
import type { Servers } from "./servers.ts";
import { setup } from "./setup.mjs";

/** What issue and README promise. Bytes. */
const ceiling = 160e6;

const { values } = parseArgs({
  options: {
    gigabytes: { type: "string", default: "5" },
    env: { type: "string", multiple: true, default: [] },
    connections: { type: "string", default: "1" },
  },
});
const bytes = Number(values.gigabytes) * 1e9;
const programs = await setup();
const folder = mkdtempSync(join(existsSync("/dev/shm") ? "/dev/shm" : tmpdir(), "bridge-memory-"));
// With TLS, as S3 has it: it takes memory as well.
const { authority, authorityPem, certificate, key } = makeCertificates(folder);
setDefaultCACertificates([authorityPem]);
process.env["NODE_EXTRA_CA_CERTS"] = authority;
const servers = spawn(
  process.execPath,
  [join(import.meta.dirname, "generated-servers.ts"), String(bytes), certificate, key],
  { stdio: ["pipe", "pipe", "inherit"] },
);
const lines = createInterface({ input: servers.stdout })[Symbol.asyncIterator]();
const nextLine = async <T>(): Promise<T> => {
  const { value, done } = await lines.next();
  if (done) throw new Error("the servers ended");
  return JSON.parse(value) as T;
};
let failed = false;
try {
  const at = await nextLine<{ s3: string; sftpPort: number; hostKey: string }>();
  const environment = Object.fromEntries(
    values.env.map((pair) => pair.split(/=(.*)/s).slice(0, 2) as [string, string]),
  );
  const run = await prepareBridge(
    programs,
    { s3: at.s3, hostKey: at.hostKey } as Pick<Servers, "s3" | "hostKey"> as Servers,
    folder,
    environment,
  );
  const set: FileSet = { name: "huge", files: new Map([["huge.dat", bytes]]) };
  const partner = { roundTrip: 0, host: "127.0.0.1", port: at.sftpPort, pipe: "" };
  for (const direction of ["push", "pull"] as const) {
    const target = direction === "push" ? "to-push" : "to-pull";
    const { wall, cpu, memory } = await run({
      direction,
      set,
      partner,
      maxConnections: Number(values.connections),
      target,
      root: "/",
      timeout: 800,
    });
    const isOver = memory > ceiling;
    failed ||= isOver;
    console.log(
      `${direction} ${values.gigabytes} GB: peak ${(memory / 1e6).toFixed(0)} MB${isOver ? `, and ${ceiling / 1e6} MB are allowed` : ""}; ${wall.toFixed(0)} s, CPU ${cpu.toFixed(0)} s, load ${loadavg()[0]?.toFixed(1)}`,
    );
  }
  servers.stdin.end();
  const told = await nextLine<{
    uploaded: { bytes: number; wrong: number; completed: number };
    sent: { path: string; bytes: number }[];
    wrong: number;
  }>();
  const whole =
    told.uploaded.bytes === bytes &&
    told.uploaded.completed === 1 &&
    told.uploaded.wrong === 0 &&
    told.wrong === 0 &&
    told.sent.length === 1 &&
    told.sent[0]?.bytes === bytes;
  console.log(whole ? "Every byte of both was the right one." : `Not what was sent: ${JSON.stringify(told)}`);
  failed ||= !whole;
} finally {
  if (servers.exitCode === null) {
    servers.kill();
    await once(servers, "exit");
  }
  await stopServers();
  rmSync(folder, { recursive: true, force: true });
}
if (failed) process.exitCode = 1;
