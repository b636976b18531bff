// `npm run build` writes lambda/dist, which is committed: `terraform apply` needs neither npm nor a download.
// `npm run build:check` (`--check`) builds it again and fails where the committed one is another.
import { createHash } from "node:crypto";
import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { differences } from "./build/compare.ts";
import { buildOutput } from "./build/output.ts";

const root = join(import.meta.dirname, "..");
const dist = join(root, "lambda/dist");

const unknown = process.argv.slice(2).filter((argument) => argument !== "--check");
if (unknown.length > 0) throw new Error(`Unknown argument ${unknown.join(" ")}; there is only --check`);

const output = await buildOutput(root);
if (process.argv.includes("--check")) {
  const found = differences(dist, output);
  if (found.length > 0) {
    console.error(`lambda/dist isn't what the source builds:\n${found.map((line) => `  ${line}`).join("\n")}`);
    console.error("Run `npm ci && npm run build` and commit lambda/dist.");
    process.exitCode = 1;
  } else {
    console.log("lambda/dist is what the source builds.");
  }
} else {
  rmSync(dist, { recursive: true, force: true });
  mkdirSync(dist, { recursive: true });
  for (const [name, content] of output.files) writeFileSync(join(dist, name), content);
  const zip = output.files.get("bridge.zip") ?? new Uint8Array();
  console.log(`lambda/dist/bridge.zip: ${zip.length} bytes, SHA-256 ${createHash("sha256").update(zip).digest("hex")}`);
  console.log(`Without optional features: ${output.core} bytes`);
  console.log("The heaviest parts, bytes before compression:");
  for (const [name, bytes] of output.weights.slice(0, 12)) console.log(`  ${String(bytes).padStart(8)}  ${name}`);
}
