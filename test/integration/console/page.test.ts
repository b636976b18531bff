/**
 * The console in a real browser: over a bridge in memory, with 100,000 entries and names that were made to break pages. Screenshots are
 * written where CONSOLE_SCREENSHOTS names a folder.
 */
import { join } from "node:path";
import test from "ava";
import { serve } from "../../../bridge/src/console/server.ts";
import { type BrowserPage, startBrowser } from "../../browser/chromium.ts";
import { apiOf, pageFiles, readerOf } from "../../helpers/console.ts";
import { pull, push, stream } from "../../helpers/streams.ts";
import { createWorld } from "../../helpers/world.ts";

const hostile = [
  "<img src=x onerror=\"document.title='broken'\">",
  "\"><script>document.title='broken'</script>",
  "</bdi></td></table><h1>mine</h1>",
  "javascript:alert(1)",
  "invoice\u202efdp.exe",
  "two\nlines\tand \u0007bell",
  "zero\u200bwidth\ufeff",
  "{{7*7}}%00",
  "שלום עולם.csv",
  "a".repeat(240),
];

const folder = process.env["CONSOLE_SCREENSHOTS"];

const begin = async () => {
  process.env["BRIDGE_NAME"] = "partner-files";
  process.env["BRIDGE_METRIC_NAMESPACE"] = "partner-files";
  const world = createWorld(stream({ push, pull }));
  for (const name of hostile) await world.bridge().intake(world.put("bucket", `out/${name}`, "x"));
  await world.bridge().drainAll();
  const entries = [
    ...hostile.map((path, n) => ({ path, state: n % 2 === 0 ? "delivered" : "failed" })),
    ...Array.from({ length: 100_000 - hostile.length }, (_, n) => ({
      path: `reports/${String(n).padStart(6, "0")}.csv`,
      state: "delivered",
    })),
  ].map(({ path, state }, n) => ({
    kind: "entry",
    stream: "acme",
    direction: "push",
    path,
    state,
    known_at: "2025-12-31T00:00:00.000Z",
    attempts: 1,
    last_error: state === "failed" ? { at: "2025-12-31T00:00:00.000Z", message: `${path}: no space` } : undefined,
    deliveries: [{ at: new Date(Date.UTC(2026, 0, 1) - n * 1_000).toISOString(), bytes: 1_000 + n }],
  }));
  const asked: Record<string, unknown>[] = [];
  const server = await serve(pageFiles(), apiOf(world, readerOf(entries), asked), 0);
  const page = await startBrowser();
  const shoot = (name: string) => (folder ? page.screenshot(join(folder, `${name}.png`)) : Promise.resolve());
  return { asked, server, page, shoot };
};

const text = "document.querySelector('main').textContent";
const press = (page: BrowserPage, label: string) =>
  page.evaluate(
    `(() => { const found = [...document.querySelectorAll('button')].find((one) => (one.getAttribute('aria-label') ?? one.textContent) === ${JSON.stringify(label)}); if (!found) throw new Error('no button ' + ${JSON.stringify(label)}); found.focus(); found.click(); })()`,
  );

test("the console in a browser: streams, files, a story, plots, actions, keyboard, and names that break nothing", async (t) => {
  const { asked, server, page, shoot } = await begin();
  t.teardown(async () => {
    await page.stop();
    await server.stop();
  });

  await t.notThrowsAsync(page.open(server.address));
  await page.see(`${text}.includes('us@partner')`);
  t.regex(await page.evaluate<string>(text), /acme.*push.*ok/);
  await shoot("streams-light");
  await page.media("dark");
  await shoot("streams-dark");
  await page.media("light", true);
  t.is(await page.evaluate("getComputedStyle(document.querySelector('nav')).display"), "none", "print has no buttons");
  await page.media("light");

  // By keyboard: the first stop skips to the content, and every button says what it does and of which stream.
  await page.press("Tab");
  t.is(await page.evaluate("document.activeElement.className"), "skip");
  const buttons = (await page.accessible()).filter((one) => one.startsWith("button: "));
  for (const label of ["Check acme", "Redrive acme", "Poll now acme"])
    t.true(buttons.includes(`button: ${label}`), label);

  // A button asks first, and Escape is a no.
  await press(page, "Redrive acme");
  t.true(await page.evaluate("document.querySelector('dialog').open"));
  t.regex(await page.evaluate<string>("document.querySelector('dialog').textContent"), /bridge redrive --stream acme/);
  await shoot("dialog");
  await page.press("Escape");
  await page.see("!document.querySelector('dialog')");
  t.false(asked.some(({ action }) => action === "redrive"));
  await press(page, "Check acme");
  await page.press("Tab");
  await page.evaluate("document.querySelector('dialog button.go').focus()");
  await page.press("Enter");
  await page.see(`${text}.includes('SFTP session')`);
  t.true(asked.some(({ action }) => action === "check"));
  t.is(await page.evaluate("document.querySelector('#said').textContent"), "Check of acme is done.");
  await shoot("check");

  // 100,000 entries, a hundred a page.
  await page.evaluate("location.hash = '#files'");
  await page.see(
    "[...document.querySelectorAll('button')].some((one) => one.textContent === 'Read the whole journal')",
  );
  await press(page, "Read the whole journal");
  await page.see(`${text}.includes('100000 of 100000 files (all entries')`);
  t.is(await page.evaluate("document.querySelectorAll('tbody tr').length"), 100);
  const names = await page.evaluate<string[]>(
    "[...document.querySelectorAll('td.name')].map((one) => one.textContent)",
  );
  t.true(names.includes(hostile[0] ?? ""), "markup is text");
  t.true(names.includes("invoiceU+202Efdp.exe"), "what turns text round is shown");
  t.is(await page.evaluate("document.querySelectorAll('main img, main script, main h1').length"), 0);
  t.is(await page.evaluate("document.title"), "Bridge console");
  await shoot("files");
  await press(page, "Last");
  await page.see(`${text}.includes('page 1000 of 1000')`);
  await page.evaluate(
    "document.querySelector('[name=state]').value = 'failed'; document.querySelector('form').requestSubmit()",
  );
  await page.see(`${text}.includes('5 of 100000 files')`);
  t.true((await page.evaluate<string>(text)).includes("twoU+000AlinesU+0009and U+0007bell"));

  // One file's story: each hostile name is asked for as it is.
  await page.evaluate(
    "document.querySelector('[name=state]').value = ''; document.querySelector('[name=name]').value = 'onerror'; document.querySelector('form').requestSubmit()",
  );
  await page.see(`${text}.includes('1 of 100000 files')`);
  await page.evaluate("document.querySelector('button.story').click()");
  await page.see(`${text}.includes('SHA-256')`);
  t.regex(await page.evaluate<string>("document.querySelector('.sha').textContent"), /^[0-9a-f]{64}$/);
  t.is(asked.find(({ action }) => action === "history")?.["path"], hostile[0]);
  t.is(await page.evaluate("document.activeElement.tagName"), "H2", "a screen reader is told of the new view");
  await shoot("story");

  await page.evaluate("location.hash = '#plots'");
  await page.see("document.querySelectorAll('figure svg rect').length === 15");
  t.true((await page.accessible()).some((one) => one.startsWith("image: files sent: 6 in all")));
  await page.media("dark");
  await shoot("plots-dark");

  // Markup can't be made of text even by a mistake of ours.
  await t.throwsAsync(page.evaluate("document.querySelector('main').innerHTML = '<b>x</b>'"), {
    message: /TrustedHTML/,
  });
  t.deepEqual(
    page.complaints.filter((one) => !one.includes("TrustedHTML")),
    [],
  );
});
