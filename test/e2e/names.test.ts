/**
 * Names as people and programs give them, both ways, byte for byte: in S3, in events, in the journal, at the partner, and in the
 * console, in a real browser. Screenshots are written where CONSOLE_SCREENSHOTS names a folder.
 */
import { createHash } from "node:crypto";
import { join } from "node:path";
import { S3Client } from "@aws-sdk/client-s3";
import test from "ava";
import { startBrowser } from "../browser/chromium.ts";
import { awsConfig, until } from "../stack/index.ts";
import { startBothWays } from "./helpers/both-ways.ts";
import { startBridgeConsole } from "./helpers/console.ts";
import { invoke } from "./helpers/invoke.ts";
import { putObject, readObject } from "./helpers/objects.ts";

const names = [
  "plain.txt",
  "two words.txt",
  "two  blanks and one at the end ",
  "a+b.txt",
  "100%.txt",
  "%41 is not A.txt",
  "#1.txt",
  "what?.txt",
  "a&b=c;d.txt",
  'it\'s "quoted".txt',
  "$HOME `x` (1) [2] {3} !.txt",
  "back\\slash.txt",
  "star*.txt",
  "tilde~.txt",
  "comma,colon:at@.txt",
  "Grüße aus Köln.txt",
  "日本語のファイル名.txt",
  "😀 emoji.txt",
  // The same to the eye, and two names: one code point, and a letter with a combining mark.
  "caf\u00e9.txt",
  "cafe\u0301.txt",
  ".leading dot",
  "-leading dash",
  "--help",
  "...three dots",
  `${"n".repeat(196)}.txt`,
  "nested/in/four/folders/file.txt",
  "nested/in/a folder with + and %/ü.txt",
  "UPPER/lower/MiXed.TXT",
  "no extension",
  "<img src=x onerror=\"document.title='broken'\">.txt",
] as const;

const contentOf = (name: string) => createHash("sha256").update(name).digest("hex");

test("names of all kinds and empty files, both ways", async (t) => {
  const bridge = await startBothWays();
  t.teardown(() => bridge.stop());
  const { stack, partner, functionName } = bridge;
  const s3 = new S3Client(awsConfig(stack));
  t.teardown(() => s3.destroy());

  for (const name of names) await putObject(s3, bridge.push, name, contentOf(name));
  await putObject(s3, bridge.push, "empty", "");
  // What consoles make for a folder is no file.
  await putObject(s3, bridge.push, "a folder/", "");
  const expected = [...names, "empty"].sort();
  // By final names: files that are on their way are there too, under temporary ones.
  await until("everything to arrive at the partner", 120, () =>
    expected.every((name) => partner.files.exists(`inbox/${name}`)) ? true : undefined,
  ).catch(() => undefined);
  t.deepEqual(partner.files.list("inbox").sort(), expected);
  for (const name of names) t.is(partner.files.read(`inbox/${name}`).toString(), contentOf(name), name);
  t.is(partner.files.read("inbox/empty").length, 0);

  for (const name of names) partner.files.write(`outbox/${name}`, contentOf(name));
  partner.files.write("outbox/empty", "");
  const left = () => partner.files.list("outbox").filter((path) => !/(^|\/)\.done\//.test(path));
  await until("everything to be pulled", 120, async () => {
    await invoke(stack, functionName, { action: "poll", streams: ["acme"] });
    return left().length === 0 ? true : undefined;
  }).catch(() => undefined);
  t.deepEqual(left(), []);
  for (const name of names) t.is((await readObject(s3, bridge.pull, name))?.toString(), contentOf(name), name);
  t.is((await readObject(s3, bridge.pull, "empty"))?.length, 0);

  // The console of this bridge, as on-call has it: what is shown is what was moved, and a button does what it says.
  const [console, page] = await Promise.all([startBridgeConsole(stack.env, functionName), startBrowser()]);
  t.teardown(() => Promise.all([page.stop(), console.stop()]));
  const folder = process.env["CONSOLE_SCREENSHOTS"];
  const shoot = (name: string) => (folder ? page.screenshot(join(folder, `stack-${name}.png`)) : Promise.resolve());
  const text = "document.querySelector('main').textContent";
  const press = (label: string) =>
    page.evaluate(
      `[...document.querySelectorAll('button')].find((one) => (one.getAttribute('aria-label') ?? one.textContent) === ${JSON.stringify(label)}).click()`,
    );
  await page.open(console.address);
  await page.see(`${text}.includes('acme')`);
  await shoot("streams");
  partner.files.write("outbox/from the console.txt", "asked for by a button");
  await press("Poll now acme");
  await page.see("document.querySelector('dialog button.go')");
  await page.evaluate("document.querySelector('dialog button.go').click()");
  const pulled = () => readObject(s3, bridge.pull, "from the console.txt");
  t.is((await until("the file to be pulled", 120, pulled))?.toString(), "asked for by a button");
  await page.evaluate("document.querySelector('dialog')?.close()");
  await page.evaluate("location.hash = '#files'");
  const whole = "[...document.querySelectorAll('button')].find((one) => one.textContent === 'Read the whole journal')";
  await page.see(whole);
  await page.evaluate(`${whole}.click()`);
  const shown = 2 * expected.length + 1;
  await page.see(`${text}.includes('${shown} of ${shown} files (all entries')`);
  await shoot("files");
  const cells = await page.evaluate<string[]>(
    "[...document.querySelectorAll('td.name')].map((one) => one.textContent)",
  );
  t.is(cells.filter((cell) => cell === names.at(-1)).length, 2, "markup is text, both ways");
  t.is(cells.filter((cell) => cell === "😀 emoji.txt").length, 2);
  t.is(await page.evaluate("document.title"), "Bridge console");
  await page.evaluate(
    "document.querySelector('[name=name]').value = 'emoji'; document.querySelector('form').requestSubmit()",
  );
  await page.see(`${text}.includes('2 of ${shown} files')`);
  await page.evaluate("document.querySelector('button.story').click()");
  await page.see(`${text}.includes('SHA-256')`);
  t.is(await page.evaluate("document.querySelector('.sha').textContent"), contentOf(contentOf("😀 emoji.txt")));
  await shoot("story");
  t.deepEqual(page.complaints, []);
});
