/** The README's snippets, as they stand there: the configurations are applied, and the commands are run against them. */
import { execFile } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import test from "ava";
import { operatorActions } from "../../lambda/src/operator/actions.ts";
import { installAwsCli } from "../stack/aws-cli.ts";
import { openConfiguration, startStack } from "../stack/index.ts";
import { repository } from "../stack/tools.ts";
import { invoke } from "./helpers/invoke.ts";

const run = promisify(execFile);

const snippets = [...readFileSync(join(repository, "README.md"), "utf8").matchAll(/^```(\w*)\n([\s\S]*?)^```/gm)].map(
  ([, language = "", text = ""]) => ({ language, text }),
);
const configurations = snippets.filter(({ language }) => language === "hcl").map(({ text }) => text);
const commands = snippets.filter(({ language }) => language === "sh").map(({ text }) => text);

const events = snippets
  .filter(({ language }) => language === "json")
  .flatMap(({ text }) => text.trim().split("\n"))
  .map((line) => JSON.parse(line) as { action: string });

/** Run elsewhere: `npm run demo` is a step of `.ci/run`, and the migration has a test of its own. */
const elsewhere = [/^npm run demo\n$/, /\bnpm run -s migrate\b/];

test("every snippet is of a kind that this test runs, or shows no code", (t) => {
  t.deepEqual([...new Set(snippets.map(({ language }) => language))].sort(), ["", "hcl", "json", "sh"]);
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
  // The partner of the quick start isn't there, so that what needs it says so; but every event is understood.
  t.deepEqual([...new Set(events.map(({ action }) => action))].sort(), [...operatorActions, "poll"].sort());
  for (const event of events) {
    const { payload, failed } = await invoke(stack, "partner-files", event);
    t.false(failed, JSON.stringify(payload));
    const { ok, error } = (payload ?? { ok: true }) as { ok: boolean; error?: { kind: string; message: string } };
    t.log(`${JSON.stringify(event)}: ${ok ? "done" : error?.message}`);
    t.true(ok || !["malformed", "unknown-stream"].includes(error?.kind ?? "malformed"), error?.message);
    if (["status", "check", "history", "redrive", "backfill"].includes(event.action)) t.true(ok, error?.message);
  }
});
