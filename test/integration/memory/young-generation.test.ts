import { execFileSync } from "node:child_process";
import test from "ava";
import { lambdaNodeFlags } from "../../helpers/lambda-node.ts";

const mebibyte = 1024 * 1024;

test("the young generation is as large as small files want it, and doesn't grow into what Lambda's command line allows", (t) => {
  const script = `
    const { getHeapSpaceStatistics } = await import("node:v8");
    const young = () => getHeapSpaceStatistics().find(({ space_name }) => space_name === "new_space").space_size;
    if (process.argv[1] === "with") await import("${new URL("../../../lambda/src/memory/collector.ts", import.meta.url).href}");
    // The second half of it is only there once V8 has collected.
    gc({ type: "minor", execution: "sync" });
    const before = young();
    let kept = [];
    for (let turn = 0; turn < 3e6; turn++) {
      kept.push({ turn, more: [turn] });
      if (kept.length > 20_000) kept = [];
    }
    console.log(JSON.stringify({ before, growth: young() / before }));`;
  const run = (which: string): { before: number; growth: number } =>
    JSON.parse(
      execFileSync(
        process.execPath,
        [...lambdaNodeFlags(512), "--disable-warning=ExperimentalWarning", "--input-type=module", "-e", script, which],
        { encoding: "utf8" },
      ),
    );
  const without = run("without");
  t.true(without.growth > 4 && without.before < 8 * mebibyte, "or this shows nothing");
  t.deepEqual(run("with"), { before: 8 * mebibyte, growth: 1 });
});
