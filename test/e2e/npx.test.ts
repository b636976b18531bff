/** `npx` runs the command from the git repository, and from the package as it would be published: each with an empty cache of npm. */
import { execFile } from "node:child_process";
import { cpSync, mkdirSync, readdirSync, rmSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { basename, join, relative } from "node:path";
import { promisify } from "node:util";
import test from "ava";
import { temporaryFolder } from "../stack/temporary.ts";
import { repository } from "../stack/tools.ts";

const run = promisify(execFile);

/** The repository as it stands, also where it isn't committed yet, as somebody would clone it. */
const cloneTo = async (folder: string) => {
  const left = new Set([".git", ".terraform", "node_modules", "coverage"]);
  cpSync(repository, folder, {
    recursive: true,
    filter: (path) => !left.has(basename(path)) && relative(repository, path) !== join("bridge", "dist"),
  });
  const git = (...args: string[]) =>
    run("git", ["-c", "user.name=t", "-c", "user.email=t@example.com", "-C", folder, ...args]);
  await git("init", "--quiet");
  await git("add", "--all");
  await git("commit", "--quiet", "--message", "as it stands");
};

/** Answers as Lambda does when the bridge's function is invoked, and remembers what was asked. */
const startLambda = async () => {
  const asked: string[] = [];
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    asked.push(`${request.url} ${Buffer.concat(chunks)}`);
    response.end(JSON.stringify({ ok: true, action: "history", stream: "acme", found: true, files: [] }));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return { asked, port: (server.address() as AddressInfo).port, stop: () => server.close() };
};

test("bridge by npx, from the repository and from the package", async (t) => {
  t.timeout(8 * 60_000);
  const folder = temporaryFolder("npx");
  t.teardown(() => rmSync(folder, { recursive: true, force: true }));
  const lambda = await startLambda();
  t.teardown(() => lambda.stop());
  const clone = join(folder, "clone");
  await cloneTo(clone);
  const npm = async (cache: string, command: "npm" | "npx", ...args: string[]) => {
    const work = join(folder, "work");
    mkdirSync(work, { recursive: true });
    const { stdout } = await run(command, args, {
      cwd: work,
      env: {
        ...process.env,
        npm_config_cache: join(folder, cache),
        AWS_ENDPOINT_URL: `http://127.0.0.1:${lambda.port}`,
        AWS_REGION: "eu-central-1",
        AWS_ACCESS_KEY_ID: "test",
        AWS_SECRET_ACCESS_KEY: "test",
        AWS_CONFIG_FILE: "/dev/null",
        AWS_SHARED_CREDENTIALS_FILE: "/dev/null",
      },
    });
    return stdout;
  };
  const address = `git+file://${clone}`;
  const history = ["history", "--function", "partner-files", "--stream", "acme", "a.csv"];

  t.regex(await npm("for-git", "npx", "--yes", address, ...history), /knows no such file of acme/);
  await npm("for-git", "npm", "pack", "--silent", "--pack-destination", folder, address);
  const [archive = ""] = readdirSync(folder).filter((name) => name.endsWith(".tgz"));
  t.regex(
    await npm("for-package", "npx", "--yes", "--package", join(folder, archive), "bridge", ...history),
    /knows no such file of acme/,
  );
  t.is(lambda.asked.length, 2);
  for (const asked of lambda.asked)
    t.is(
      asked,
      '/2015-03-31/functions/partner-files%3Aread/invocations {"action":"history","stream":"acme","path":"a.csv"}',
    );

  const { stdout } = await run("tar", ["-tzf", join(folder, archive)]);
  t.deepEqual(stdout.trim().split("\n").sort(), [
    "package/LICENSE",
    "package/README.md",
    "package/bridge/dist/bridge.mjs",
    "package/bridge/dist/console/icon.svg",
    "package/bridge/dist/console/index.html",
    "package/bridge/dist/console/main.js",
    "package/bridge/dist/console/style.css",
    "package/package.json",
  ]);
});
