import { execFileSync } from "node:child_process";
import test from "ava";
import { lambdaNodeFlags } from "../../helpers/lambda-node.ts";

test("the young generation doesn't grow into what Lambda's command line allows", (t) => {
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
    console.log(young() / before);`;
  const growth = (which: string) =>
    Number(
      execFileSync(
        process.execPath,
        [...lambdaNodeFlags(512), "--disable-warning=ExperimentalWarning", "--input-type=module", "-e", script, which],
        { encoding: "utf8" },
      ),
    );
  t.true(growth("without") > 4, "or this shows nothing");
  t.true(growth("with") <= 2);
});
