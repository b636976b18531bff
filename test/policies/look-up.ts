// Policies, looked up in AWS's catalogue (catalogue.py).
import { spawn } from "node:child_process";
import { fileURLToPath } from "node:url";
import { providePolicyCatalogue } from "../../scripts/setup/policies.mjs";
import type { Policy } from "./collect.ts";

/** The mistakes in policies, a sentence each, with the policy's name before it; throws where they couldn't be looked up. */
export async function mistakesIn(policies: readonly Policy[]): Promise<string[]> {
  const python = await providePolicyCatalogue();
  const child = spawn(python, [fileURLToPath(new URL("catalogue.py", import.meta.url))], {
    stdio: ["pipe", "pipe", "pipe"],
  });
  const said = { out: "", error: "" };
  child.stdout.on("data", (chunk: Buffer) => {
    said.out += chunk;
  });
  child.stderr.on("data", (chunk: Buffer) => {
    said.error += chunk;
  });
  child.stdin.end(JSON.stringify(policies));
  const status = await new Promise<number | null>((resolve, reject) => {
    child.on("error", reject);
    child.on("close", resolve);
  });
  const mistakes = said.out.split("\n").filter((line) => line !== "");
  if ((status === 0) !== (mistakes.length === 0) || said.error !== "")
    throw new Error(`the catalogue ended with status ${status}: ${said.error}`);
  return mistakes;
}
