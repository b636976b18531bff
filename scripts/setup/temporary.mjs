import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** Runs `work(folder)` with a new temporary folder, which goes with its end. */
export async function inTemporary(work) {
  const folder = mkdtempSync(join(tmpdir(), "bridge-setup-"));
  try {
    return await work(folder);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
