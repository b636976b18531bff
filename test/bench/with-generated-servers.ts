/** The handler between servers that make their file up, with TLS to S3, as S3 has it; a folder and everything else go at the end. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { rmSync } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { setDefaultCACertificates } from "node:tls";
import { makeCertificates } from "../stack/certificates.ts";
import { type BridgeResult, type BridgeRun, prepareBridge } from "./bridge.ts";
import { stopServers } from "./processes.ts";
import { scratchFolder } from "./scratch.ts";
import type { Servers } from "./servers.ts";
import { setup } from "./setup.mjs";

/** What generated-servers.ts prints of itself. */
export interface GeneratedServers {
  readonly s3: string;
  readonly sftpPort: number;
  readonly hostKey: string;
}

/** What generated-servers.ts prints at its end. `wrong`: pieces that weren't what they should be. */
export interface Received {
  readonly uploaded: { readonly bytes: number; readonly wrong: number; readonly completed: number };
  readonly sent: readonly { readonly path: string; readonly bytes: number }[];
  readonly wrong: number;
}

/** Servers, and the bridge between them. */
export interface Generated {
  readonly run: (run: BridgeRun) => Promise<BridgeResult>;
  readonly at: GeneratedServers;
  /** Ends the servers, and returns what came to them. */
  readonly finish: () => Promise<Received>;
}

/** Runs `work` with a bridge whose partner and S3 have one file of `bytes`. `environment` is added to the function's own. */
export const withGeneratedServers = async (
  bytes: number,
  work: (generated: Generated) => Promise<void>,
  environment: Record<string, string> = {},
): Promise<void> => {
  const programs = await setup();
  const folder = scratchFolder("generated");
  const { authority, authorityPem, certificate, key } = makeCertificates(folder);
  setDefaultCACertificates([authorityPem]);
  process.env["NODE_EXTRA_CA_CERTS"] = authority;
  const script = join(import.meta.dirname, "generated-servers.ts");
  const servers = spawn(process.execPath, [script, String(bytes), certificate, key], {
    stdio: ["pipe", "pipe", "inherit"],
  });
  const lines = createInterface({ input: servers.stdout })[Symbol.asyncIterator]();
  const told = async <T>(): Promise<T> => {
    const { value, done } = await lines.next();
    if (done) throw new Error("the servers ended");
    return JSON.parse(value) as T;
  };
  try {
    const at = await told<GeneratedServers>();
    const reached = { s3: at.s3, hostKey: at.hostKey } as Pick<Servers, "s3" | "hostKey"> as Servers;
    const run = await prepareBridge(programs, reached, folder, environment);
    const finish = () => {
      servers.stdin.end();
      return told<Received>();
    };
    await work({ run, at, finish });
  } finally {
    if (servers.exitCode === null && servers.signalCode === null) {
      servers.kill();
      await once(servers, "exit");
    }
    await stopServers();
    rmSync(folder, { recursive: true, force: true });
  }
};
