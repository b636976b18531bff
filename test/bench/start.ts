/**
 * `npm run bench:start`: what there is before the first byte: size of the package, Node's start, the bundle's load, and an
 * invocation that polls and finds nothing, in a fresh process and in a warm one. Medians of five; about ten seconds.
 */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync, statSync } from "node:fs";
import { loadavg, tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { setDefaultCACertificates } from "node:tls";
import { parseConfig } from "../../lambda/src/config/parse.ts";
import { makeCertificates } from "../stack/certificates.ts";
import { streamDocument } from "../unit/config/document.ts";
import { type BridgeResult, prepareBridge } from "./bridge.ts";
import type { FileSet } from "./data.ts";
import { stopServers } from "./processes.ts";
import { median } from "./report.ts";
import type { Servers } from "./servers.ts";
import { setup } from "./setup.mjs";

const runs = 5;
const programs = await setup();
const folder = mkdtempSync(join(tmpdir(), "bridge-start-"));
const { authority, authorityPem, certificate, key } = makeCertificates(folder);
setDefaultCACertificates([authorityPem]);
process.env["NODE_EXTRA_CA_CERTS"] = authority;
const servers = spawn(process.execPath, [join(import.meta.dirname, "generated-servers.ts"), "1000", certificate, key], {
  stdio: ["pipe", "pipe", "inherit"],
});
try {
  const [line] = (await once(createInterface({ input: servers.stdout }), "line")) as [string];
  const at = JSON.parse(line) as { s3: string; sftpPort: number; hostKey: string };
  const run = await prepareBridge(
    programs,
    { s3: at.s3, hostKey: at.hostKey } as Pick<Servers, "s3" | "hostKey"> as Servers,
    folder,
    {},
  );
  const set: FileSet = { name: "huge", files: new Map() };
  const results: BridgeResult[] = [];
  for (let turn = 0; turn < runs; turn++)
    results.push(
      await run({
        direction: "pull",
        set,
        partner: { roundTrip: 0, host: "127.0.0.1", port: at.sftpPort, pipe: "" },
        maxConnections: 1,
        target: "to",
        root: "/",
        listOnly: true,
        repeat: 2,
        timeout: 60,
      }),
    );
  const of = (value: (result: BridgeResult) => number) => median(results.map(value));
  const zip = statSync(join(import.meta.dirname, "../../lambda/dist/bridge.zip")).size;
  console.log(`package: ${(zip / 1000).toFixed(0)} KB`);
  console.log(
    `Node's start: ${of(({ startMs }) => startMs).toFixed(0)} ms; the bundle's load: ${of(({ loadMs }) => loadMs).toFixed(0)} ms`,
  );
  console.log(
    `poll that finds nothing: ${of(({ invocations }) => invocations[0]?.milliseconds ?? 0).toFixed(0)} ms in a fresh process, ${of(({ invocations }) => invocations[1]?.milliseconds ?? 0).toFixed(0)} ms in a warm one, over loopback; memory ${(of(({ memory }) => memory) / 1e6).toFixed(0)} MB`,
  );
  const { journal } = results[0] ?? {};
  console.log(
    `journal, for each of the two: ${(journal?.requests ?? 0) / 2} requests, ${(journal?.writeUnits ?? 0) / 2} write units`,
  );
  for (const count of [1, 500, 1_000]) {
    const streams = Object.fromEntries(
      Array.from({ length: count }, (_, index) => [`stream-${index}`, streamDocument()]),
    );
    const text = JSON.stringify({ version: 1, streams });
    const began = performance.now();
    parseConfig(text);
    console.log(
      `${count} streams: ${(text.length / 1000).toFixed(0)} KB of configuration, read in ${(performance.now() - began).toFixed(0)} ms`,
    );
  }
  console.log(`load of the machine: ${loadavg()[0]?.toFixed(1)}`);
} finally {
  servers.kill();
  await stopServers();
  rmSync(folder, { recursive: true, force: true });
}
