/** The fuzzer in a short form; `npm run test:fuzz` has the long one. */
import { execFile } from "node:child_process";
import test from "ava";
import { repository } from "../../stack/tools.ts";

test("a server that answers by chance: plain errors, an end to everything, and bounded memory", async (t) => {
  const output = await new Promise<string>((resolve) => {
    execFile(
      process.execPath,
      ["--max-semi-space-size=16", "test/fuzz/main.ts", "--seeds", "1-45"],
      { cwd: repository },
      (_, out, err) => resolve(out + err),
    );
  });
  t.regex(output, /45 seeds, 0 failed/, output);
});
