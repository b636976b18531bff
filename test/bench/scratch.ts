import { existsSync, mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** A new folder, in memory where the system has such a place: a disk would be measured as well. To be removed by whoever asked for it. */
export const scratchFolder = (purpose: string): string =>
  mkdtempSync(join(existsSync("/dev/shm") ? "/dev/shm" : tmpdir(), `bridge-${purpose}-`));
