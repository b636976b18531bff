/** The linter's rules against promises that nobody waits for are on, and find what they are there for. */
import { execFile } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import test from "ava";
import { repository } from "../../stack/tools.ts";

const sample = `const work = async (): Promise<void> => {};
export const floating = (): void => {
  work();
  [1].map(async () => work());
  [1].forEach(async () => { await work(); });
  work().finally(() => {});
};
`;

test("a promise that nobody waits for fails the linter", async (t) => {
  const folder = mkdtempSync(join(repository, "lambda", "lint-"));
  t.teardown(() => rmSync(folder, { recursive: true }));
  writeFileSync(join(folder, "floating.ts"), sample);
  const output = await new Promise<string>((resolve) => {
    execFile(
      join(repository, "node_modules/.bin/biome"),
      ["lint", "--reporter=github", "--max-diagnostics=50", folder],
      { cwd: repository },
      (_, out, err) => resolve(out + err),
    );
  });
  for (const line of [3, 4, 6]) t.regex(output, new RegExp(`noFloatingPromises.*line=${line},`), output);
  t.regex(output, /noMisusedPromises.*line=5,/, output);
});
