/** The cache that clones share: what is made is whole, made once, and outlives neither a failure nor a dead maker. */
import { execFile } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import test from "ava";

const run = promisify(execFile);
const cacheModule = new URL("../../../scripts/setup/cache.mjs", import.meta.url).href;
const project = "terraform-aws-s3-sftp-bridge";

const base = mkdtempSync(join(tmpdir(), "bridge-cache-"));
test.after.always(() => rmSync(base, { recursive: true, force: true }));

/** Runs a program that asks the cache for `name` and makes it with `body`, where `work` is the folder to fill. */
const ask = async (name: string, body: string): Promise<string> => {
  const script = `
    import { appendFileSync, writeFileSync } from "node:fs";
    import { setTimeout as sleep } from "node:timers/promises";
    import { cached } from ${JSON.stringify(cacheModule)};
    console.log(await cached(${JSON.stringify(name)}, () => {}, async (work) => { ${body} }));`;
  const env = { PATH: process.env["PATH"], XDG_CACHE_HOME: base };
  return (await run(process.execPath, ["--input-type=module", "-e", script], { env })).stdout.trim();
};

test("of two at once, one makes it, and both get it", async (t) => {
  const log = join(base, "makers");
  const body = `appendFileSync(${JSON.stringify(log)}, "x"); await sleep(700); writeFileSync(work + "/done", "1");`;
  const [one, other] = await Promise.all([ask("slow", body), ask("slow", body)]);
  t.is(one, join(base, project, "slow"));
  t.is(other, one);
  t.is(readFileSync(log, "utf8"), "x");
  t.true(existsSync(join(one, "done")));
});

test("a maker that fails leaves nothing, and the next one makes it", async (t) => {
  await t.throwsAsync(ask("failing", `writeFileSync(work + "/half", "1"); throw new Error("no");`));
  t.deepEqual(
    readdirSync(join(base, project)).filter((name) => name.startsWith("failing")),
    [],
  );
  const folder = await ask("failing", `writeFileSync(work + "/whole", "1");`);
  t.deepEqual(readdirSync(folder), ["whole"]);
});

test("the lock and the half-made folder of a process that died are taken over", async (t) => {
  const lock = join(base, project, "orphan.lock");
  mkdirSync(lock, { recursive: true });
  // No process has this number: it is above the largest that Linux gives.
  writeFileSync(join(lock, "pid"), "4194999");
  mkdirSync(join(base, project, "orphan.making"));
  writeFileSync(join(base, project, "orphan.making/half"), "1");
  const folder = await ask("orphan", `writeFileSync(work + "/whole", "1");`);
  t.deepEqual(readdirSync(folder), ["whole"]);
  t.false(existsSync(lock));
});
