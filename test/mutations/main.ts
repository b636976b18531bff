// `npm run test:mutations`: takes each rule of the protocol out of a copy of the function, one after the other, and looks
// whether its test fails. `-- L1 P3` runs some only.
import { execFile } from "node:child_process";
import { cpSync, existsSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { repository } from "../stack/tools.ts";
import { type Rule, rules } from "./rules/index.ts";

const wanted = process.argv.slice(2);
const folder = mkdtempSync(join(tmpdir(), "bridge-mutations-"));
for (const part of ["lambda", "test", "package.json", "ava.config.js", "schemas", "scripts", ".nvmrc"])
  cpSync(join(repository, part), join(folder, part), { recursive: true });
symlinkSync(join(repository, "node_modules"), join(folder, "node_modules"));

/** Rules name a test by its place below test/unit or test/integration. */
const testFile = (test: string): string =>
  ["test/unit", "test/integration"].map((room) => join(room, test)).find((path) => existsSync(join(folder, path))) ??
  test;

const passes = (test: string): Promise<boolean> =>
  new Promise((resolve) => {
    execFile(
      process.execPath,
      ["node_modules/ava/entrypoints/cli.js", testFile(test)],
      { cwd: folder, timeout: 240_000 },
      (error) => resolve(error === null),
    );
  });

const survived: string[] = [];
const check = async ({ rule, file, find, replace, test }: Rule): Promise<void> => {
  const path = join(folder, "lambda/src", file);
  const source = readFileSync(path, "utf8");
  if (!source.includes(find)) throw new Error(`${rule}: ${file} doesn't have ${JSON.stringify(find)} any more`);
  writeFileSync(
    path,
    source.replace(find, () => replace),
  );
  const unnoticed = await passes(test);
  writeFileSync(path, source);
  if (unnoticed) survived.push(rule);
  console.log(`${unnoticed ? "UNNOTICED" : "noticed"}  ${rule}  (${file}, ${test})`);
};

try {
  const chosen = rules.filter(({ rule }) => wanted.length === 0 || wanted.some((one) => rule.startsWith(`${one} `)));
  // A test that fails as it is would notice everything.
  for (const test of new Set(chosen.map((one) => one.test)))
    if (!(await passes(test))) throw new Error(`${test} fails without any change`);
  for (const rule of chosen) await check(rule);
} finally {
  rmSync(folder, { recursive: true, force: true });
}
if (survived.length > 0) {
  console.log(`\n${survived.length} rules can be taken out without a test that fails.`);
  process.exitCode = 1;
}
