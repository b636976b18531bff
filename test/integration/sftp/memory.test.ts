import { execFile } from "node:child_process";
import { promisify } from "node:util";
import test from "ava";
import { adversary } from "../../helpers/sftp/connected.ts";
import { generatedFile } from "../../helpers/sftp/files.ts";

const transfer = new URL("../../helpers/sftp/transfer.ts", import.meta.url).pathname;
const bytes = 300_000_000;

// What V8 leaves uncollected comes on top of the window of 8 MiB: buffers are outside its heap, so it is in no hurry.
const maxMegabytes = 160;

for (const direction of ["pull", "push"] as const)
  test(`a ${direction} of 300 MB is bounded in memory, whatever the size`, async (t) => {
    t.timeout(120_000);
    const server = await adversary(t);
    const file = generatedFile(direction === "pull" ? bytes : 0);
    server.files.set("/large", file);
    const order = JSON.stringify({
      config: { ...server.config, operationTimeoutSeconds: 30 },
      direction,
      path: "/large",
      bytes,
    });
    const { stdout } = await promisify(execFile)(process.execPath, [transfer, order]);
    t.is(file.size, bytes);
    t.is(file.wrong, 0);
    t.true(Number(stdout) < maxMegabytes, `grew by ${stdout.trim()} MB`);
    t.log(`grew by ${stdout.trim()} MB`);
  });
