import { execFileSync } from "node:child_process";
import { rmSync } from "node:fs";
import { join } from "node:path";
import test from "ava";
import { lambdaNodeFlags } from "../../helpers/lambda-node.ts";
import { writeLambdaNode } from "../../stack/lambda-node.ts";
import { temporaryFolder } from "../../stack/temporary.ts";

const folder = temporaryFolder("lambda-node");
test.after.always(() => rmSync(folder, { recursive: true, force: true }));
const node = join(folder, "node");
writeLambdaNode(node, process.execPath);

const flagsFor = (memory: string): string[] =>
  JSON.parse(
    execFileSync(node, ["-e", "console.log(JSON.stringify(process.execArgv))"], {
      encoding: "utf8",
      env: { AWS_LAMBDA_FUNCTION_MEMORY_SIZE: memory, NODE_OPTIONS: "--max-semi-space-size=1" },
    }),
  );

test("functions of the stack run with the flags of Lambda's own command line, by their memory", (t) => {
  for (const megabytes of [128, 512, 1769, 10_240])
    t.deepEqual(flagsFor(`${megabytes}`).slice(0, 3), lambdaNodeFlags(megabytes), `${megabytes}`);
});

test("they win over NODE_OPTIONS", (t) => {
  const limit = (memory: string) =>
    Number(
      execFileSync(node, ["-e", "console.log(require('node:v8').getHeapStatistics().heap_size_limit)"], {
        encoding: "utf8",
        env: { AWS_LAMBDA_FUNCTION_MEMORY_SIZE: memory, NODE_OPTIONS: "--max-old-space-size=64" },
      }),
    );
  t.true(limit("512") > 400 * 1024 * 1024);
});

test("without a memory size it is the program as it is", (t) => {
  t.deepEqual(
    flagsFor("").filter((flag) => flag.startsWith("--max")),
    [],
  );
});
