/**
 * The snippets of README and docs, as they stand there. The quick start is followed, with a partner that is there: its host key is
 * looked up, its key stored, both written into the configuration, and the file arrives. Every other configuration is applied, every
 * other command run, and every event understood.
 */
import { execFile } from "node:child_process";
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import test from "ava";
import { operatorActions } from "../../lambda/src/operator/actions.ts";
import { installAwsCli } from "../stack/aws-cli.ts";
import { openConfiguration, startSshd, startStack, until } from "../stack/index.ts";
import { repository } from "../stack/tools.ts";
import { startBridgeConsole } from "./helpers/console.ts";
import { invoke } from "./helpers/invoke.ts";

const run = promisify(execFile);

/** Pages whose snippets another test runs, or whose snippets are generated from the variables' descriptions. */
const elsewhere: Readonly<Record<string, string>> = {
  "docs/acceptance.md": "test/e2e/acceptance.test.ts",
  "docs/events.md": "test/unit/docs/events.test.ts",
  "docs/inputs.md": "scripts/inputs.mjs",
  "docs/migration.md": "test/e2e/migrate.test.ts",
  // Programs that these tests do without: the page says what was tried by hand, and what was not.
  "docs/other-tools.md": "nobody",
  "docs/runbook.md": "test/e2e/runbook.test.ts",
};

const snippets = ["README.md", ...readdirSync(join(repository, "docs")).map((name) => `docs/${name}`)]
  .filter((page) => page.endsWith(".md") && !(page in elsewhere))
  .flatMap((page) =>
    [...readFileSync(join(repository, page), "utf8").matchAll(/^```(\w*)\n([\s\S]*?)^```/gm)].map(
      ([, language = "", text = ""]) => ({ page, language, text }),
    ),
  );
const of = (language: string, inReadme: boolean) =>
  snippets
    .filter((snippet) => snippet.language === language && (snippet.page === "README.md") === inReadme)
    .map(({ text }) => text);

const events = [...of("json", false), ...of("json", true)]
  .flatMap((text) => text.trim().split("\n"))
  .map((line) => JSON.parse(line) as { action: string })
  // The others are what AWS is told: that it is JSON is all that can be seen of it here.
  .filter(({ action }) => action !== undefined);

test("every snippet is of a kind that this test runs, or shows no code", (t) => {
  t.deepEqual([...new Set(snippets.map(({ language }) => language))].sort(), ["", "hcl", "json", "sh"]);
  const [demo, ...others] = of("sh", true);
  t.is(demo, "npm ci\nnpm run demo\n", "what .ci/run and scripts/ci.mjs do");
  t.is(others.length, 2, "before the configuration, and after it");
  t.is(of("hcl", true).length, 1);
  for (const text of of("hcl", false))
    t.regex(text, /^((sftp|push|pull) = \{|resource )/, "a part of a stream, or a resource, which is planned below");
});

test("the quick start ends with a file at the partner, and commands do what they say", async (t) => {
  const [stack, partner] = await Promise.all([startStack(), startSshd()]);
  t.teardown(() => Promise.all([stack.stop(), partner.stop()]));
  for (const directory of ["inbox", "outbox"]) partner.files.mkdir(directory);
  const path = `${installAwsCli(join(stack.folder, "commands"))}:${process.env["PATH"]}`;
  const shell = async (text: string, cwd: string) => {
    const options = { cwd, env: { ...stack.env, PATH: path, HOME: stack.folder } };
    const { stdout } = await run("bash", ["--norc", "-eo", "pipefail", "-c", text], options);
    t.log(stdout);
    return stdout;
  };
  const [, prepare = "", use = ""] = of("sh", true);

  writeFileSync(join(stack.folder, "acme_key"), partner.key.privateKey, { mode: 0o600 });
  const prepared = await shell(
    prepare.replace("ssh-keyscan sftp.acme.example", `ssh-keyscan -p ${partner.port} 127.0.0.1`),
    stack.folder,
  );
  const fingerprint = /SHA256:[\w+/]+/.exec(prepared)?.[0];
  t.is(fingerprint, partner.fingerprint);
  const [arn] = /arn:aws:secretsmanager:[^"]+/.exec(prepared) ?? [];

  const written = (of("hcl", true)[0] ?? "")
    .replace(/source( *)= "[^"]*\/s3-sftp-bridge\/aws"/, 'source$1= "../.."')
    .replace('"sftp.acme.example"', `"127.0.0.1"\n        port = ${partner.port}`)
    .replace('"us"', `"${partner.username}"`)
    .replace(/"SHA256:[^"]+"/, `"${fingerprint}"`)
    .replace(/"arn:aws:secretsmanager:[^"]+"/, `"${arn}"`);
  const workspace = await openConfiguration(stack, { "main.tf": written });
  t.true(use.startsWith("terraform init\nterraform apply\n"));
  await workspace.apply();
  const used = await shell(use.replace("terraform init\nterraform apply\n", ""), workspace.folder);
  t.regex(used, /"StatusCode": 200/);
  t.notRegex(used, /FunctionError/);
  t.regex(used, /"ok": ?true/);
  await until("the file at the partner", 90, async () => partner.files.exists("inbox/hello.txt") || undefined);

  // docs/console.md: the same file in the console, out of the table itself.
  const page = await startBridgeConsole(stack.env, "partner-files");
  t.teardown(page.stop);
  t.like(await page.get("streams"), { function: "partner-files", streams: [{ stream: "acme" }] });
  for (const [scope, files] of [
    ["open", []],
    ["all", ["hello.txt"]],
  ] as const) {
    t.like(await page.act({ action: "read", scope }), { entries: files.length });
    const { rows } = (await page.get("files")) as { rows: { path: string; state: string; size: number }[] };
    t.deepEqual(
      rows.map(({ path: file, state, size }) => [file, state, size]),
      files.map((file) => [file, "delivered", 6]),
    );
  }
  t.like(await page.get("history?stream=acme&path=hello.txt"), { found: true });
  t.is(((await page.get("plots?stream=acme&hours=3")) as { series: unknown[] }).series.length, 5);
  await page.act({ action: "poll", request: { stream: "acme" } });

  // Parts of streams, with what is left out (`…`) filled in, are what the plan takes.
  const isResource = (text: string) => text.startsWith("resource ");
  for (const text of of("hcl", false).filter(isResource)) {
    writeFileSync(join(workspace.folder, "more.tf"), text);
    t.true((await workspace.plan()).length > 0);
  }
  const partial = of("hcl", false).filter((text) => !isResource(text));
  const parts = partial.map((text, n) => {
    const missing = [
      /^sftp = /m.test(text)
        ? ""
        : 'sftp = { host = "sftp.acme.example", username = "us", host_keys = ["SHA256:…"], private_key = { secret_arn = "…" } }\n',
      /^pu(sh|ll) = /m.test(text) ? "" : 'push = { sftp = "inbox" }\n',
    ].join("");
    const filled = (text + missing).replaceAll('"SHA256:…"', `"${fingerprint}"`).replaceAll('"…"', `"${arn}"`);
    return `module "part_${n}" {\n  source  = "../.."\n  name    = "part-${n}"\n  streams = { acme = {\n${filled}} }\n}\n`;
  });
  if (parts.length > 0) {
    const planned = await (await openConfiguration(stack, { "main.tf": parts.join("\n") })).plan();
    t.true(planned.length > 20 * parts.length);
  }

  for (const text of of("sh", false)) {
    const stdout = await shell(text, workspace.folder);
    t.regex(stdout, /"StatusCode": 200/);
    t.notRegex(stdout, /FunctionError/);
  }
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
