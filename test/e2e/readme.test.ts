/** The README's snippets, as they stand there: the configurations are applied, and the commands are run against them. */
import { execFile } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import test from "ava";
import { installAwsCli } from "../stack/aws-cli.ts";
import { openConfiguration, startStack } from "../stack/index.ts";
import { repository } from "../stack/tools.ts";

const run = promisify(execFile);

const snippets = [...readFileSync(join(repository, "README.md"), "utf8").matchAll(/^```(\w*)\n([\s\S]*?)^```/gm)].map(
  ([, language = "", text = ""]) => ({ language, text }),
);
const configurations = snippets.filter(({ language }) => language === "hcl").map(({ text }) => text);
const commands = snippets.filter(({ language }) => language === "sh").map(({ text }) => text);

/** Run elsewhere: `npm run demo` is a step of `.ci/run`, and the migration has a test of its own. */
const elsewhere = [/^npm run demo\n$/, /\bnpm run -s migrate\b/];

test("every snippet is of a kind that this test runs, or shows no code", (t) => {
  t.deepEqual([...new Set(snippets.map(({ language }) => language))].sort(), ["", "hcl", "sh"]);
  t.true(configurations.length > 0);
  t.true(commands.length > elsewhere.length);
});

test("the configurations can be applied, and the commands do what they say", async (t) => {
  const stack = await startStack();
  t.teardown(() => stack.stop());
  for (const text of configurations) {
    const workspace = await openConfiguration(stack, {
      "main.tf": text.replace(/source( *)= "[^"]*\/s3-sftp-bridge\/aws"/, 'source$1= "../.."'),
    });
    await t.notThrowsAsync(workspace.apply());
  }
  const path = `${installAwsCli(join(stack.folder, "commands"))}:${process.env["PATH"]}`;
  for (const text of commands.filter((command) => !elsewhere.some((one) => one.test(command)))) {
    const { stdout } = await run("bash", ["--norc", "-eo", "pipefail", "-c", text], {
      cwd: stack.folder,
      env: { ...stack.env, PATH: path, HOME: stack.folder },
    });
    t.log(stdout);
    t.regex(stdout, /"StatusCode": 200/);
    t.notRegex(stdout, /FunctionError/);
  }
});
