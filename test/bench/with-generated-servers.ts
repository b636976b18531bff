/** The handler between servers that make their file up, with TLS to S3; a folder and everything else go at the end. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { setDefaultCACertificates } from "node:tls";
import { makeCertificates } from "../stack/certificates.ts";
import { type BridgeResult, type BridgeRun, prepareBridge } from "./bridge.ts";
import type { GeneratedServers } from "./first-byte.ts";
import { stopServers } from "./processes.ts";
import type { Servers } from "./servers.ts";
import { setup } from "./setup.mjs";

/** Runs `work` with a bridge whose partner and S3 have one file of `bytes`. */
export const withGeneratedServers = async (
  bytes: number,
  work: (run: (run: BridgeRun) => Promise<BridgeResult>, at: GeneratedServers) => Promise<void>,
): Promise<void> => {
  const programs = await setup();
  const folder = mkdtempSync(join(tmpdir(), "bridge-start-"));
  const { authority, authorityPem, certificate, key } = makeCertificates(folder);
  setDefaultCACertificates([authorityPem]);
  process.env["NODE_EXTRA_CA_CERTS"] = authority;
  const script = join(import.meta.dirname, "generated-servers.ts");
  const servers = spawn(process.execPath, [script, String(bytes), certificate, key], {
    stdio: ["pipe", "pipe", "inherit"],
  });
  try {
    const [line] = (await once(createInterface({ input: servers.stdout }), "line")) as [string];
    const at = JSON.parse(line) as GeneratedServers;
    const reached = { s3: at.s3, hostKey: at.hostKey } as Pick<Servers, "s3" | "hostKey"> as Servers;
    await work(await prepareBridge(programs, reached, folder, {}), at);
  } finally {
    servers.kill();
    await stopServers();
    rmSync(folder, { recursive: true, force: true });
  }
};
