/** What the dashboard's widget shows, and that nothing a partner names is markup in it. */
import test from "ava";
import { dispatch } from "../../../lambda/src/dispatch.ts";
import { RemoteError } from "../../../lambda/src/sftp/errors.ts";
import { place } from "../../helpers/memory-remote.ts";
import { pull, push, stream } from "../../helpers/streams.ts";
import { createWorld, type World } from "../../helpers/world.ts";

const arn = "arn:aws:lambda:eu-west-1:123456789012:function:partner-files:read";
const context = { dashboardName: "partner-files", widgetId: "widget-1", theme: "dark", params: {}, forms: { all: {} } };

const shown = async (world: World, parameters: object = {}): Promise<string> =>
  (await dispatch(world.bridge().invocation, { widgetContext: context, ...parameters }, arn)) as string;

/** Parameters of the links, as the dashboard reads them. */
const links = (html: string) =>
  [...html.matchAll(/<cwdb-action action="call" display="widget" endpoint="([^"]*)">([^<]*)<\/cwdb-action>/g)].map(
    ([, endpoint, json = ""]) => ({ endpoint, ...(JSON.parse(json) as object) }),
  );

const old = Date.UTC(2025, 11, 1) / 1000;

const failing = async () => {
  const world = createWorld(stream({ push, pull }));
  const { bridge } = world;
  await bridge().intake(world.put("bucket", "out/sent", "x"));
  await bridge().drainAll();
  const broken = bridge(async (name, effect) => {
    if (name === "remote.write") throw new RemoteError("failure", "the disk is <b>full</b>");
    return effect();
  });
  await broken.intake(world.put("bucket", "out/waiting", "x"));
  await broken.drainAll();
  return world;
};

test("the streams with their state, what waits, and the last error; each a link to its files", async (t) => {
  const html = await shown(await failing());
  t.regex(html, /<td>push<\/td><td><strong style="color: #ff5d64">failing<\/strong><\/td><td>1<\/td><td>0<\/td>/);
  t.regex(html, /waiting: .*the disk is &lt;b&gt;full&lt;\/b&gt;/);
  t.deepEqual(links(html)[0], { endpoint: arn, stream: "acme" });
});

test("one stream's files that wait, and one file's story with its deliveries", async (t) => {
  const world = await failing();
  const files = await shown(world, { stream: "acme" });
  t.regex(files, /Files of acme that wait or failed: 1/);
  t.deepEqual(links(files)[1], { endpoint: arn, stream: "acme", direction: "push", path: "waiting" });
  const story = await shown(world, { stream: "acme", direction: "push", path: "sent" });
  t.regex(story, /delivered/);
  t.regex(story, /2d711642b726b04401627ca9fbac32f5c8530fb1903cc4db02258717921a4881/, "the SHA-256 of x");
});

test("names that were made to break a page are text, and lead to the same file", async (t) => {
  const names = [
    "<script>alert(1)</script>.csv",
    '"><img src=x onerror=alert(1)>',
    "</cwdb-action><cwdb-action action=call endpoint=evil>{}",
    "&lt;b&gt; &amp;",
    "'`\u202egnp.exe\u2028",
    "\u{1f4c4} \u{e0041}'",
  ];
  const world = createWorld(stream({ push, pull }));
  const down = world.bridge(async (name, effect) => {
    if (name === "remote.write") throw new RemoteError("failure", "no");
    return effect();
  });
  for (const name of names) await down.intake(world.put("bucket", `out/${name}`, "x"));
  await down.drainAll();
  const html = await shown(world, { stream: "acme" });
  t.deepEqual([...new Set(html.match(/<\/?[a-z-]*/gi))].sort(), [
    "</a",
    "</caption",
    "</code",
    "</cwdb-action",
    "</p",
    "</strong",
    "</table",
    "</tbody",
    "</td",
    "</th",
    "</thead",
    "</tr",
    "<a",
    "<caption",
    "<code",
    "<cwdb-action",
    "<p",
    "<strong",
    "<table",
    "<tbody",
    "<td",
    "<th",
    "<thead",
    "<tr",
  ]);
  t.notRegex(html, /[\u202e\u2028\u{e0041}]/u);
  const paths = links(html).flatMap((link) => ("path" in link ? [link.path] : []));
  t.deepEqual(paths.sort(), names.toSorted());
  for (const path of paths) {
    const story = await shown(world, { stream: "acme", direction: "push", path });
    t.regex(story, /pending/, String(path));
    t.notRegex(story, /<script|<img|onerror=[^<]*>[^&]*<img/, String(path));
  }
});

// https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/add_custom_widget_dashboard_security.html: scripts, <iframe> and
// <use> are taken out; …_interactivity.html: an action belongs to the element right before it. Lambda answers with 6 MB at most.
test("a widget is plain elements that CloudWatch leaves in, in far less than an answer may have", async (t) => {
  const world = createWorld(stream({ push }));
  const broken = world.bridge(async (name, effect) => {
    if (name === "remote.write") throw new RemoteError("failure", "<".repeat(1000));
    return effect();
  });
  for (let at = 0; at < 101; at++)
    await broken.intake(world.put("bucket", `out/${"<".repeat(240)}/${"<".repeat(240)}/${at}`, "x"));
  await broken.drainAll();
  for (const parameters of [
    {},
    { stream: "acme" },
    { stream: "acme", path: `${"<".repeat(240)}/${"<".repeat(240)}/7` },
  ]) {
    const html = await shown(world, parameters);
    t.deepEqual(
      [...new Set([...html.matchAll(/<([a-z-]+)/g)].map(([, name]) => name))].filter(
        (name) =>
          !["a", "caption", "code", "cwdb-action", "p", "strong", "table", "tbody", "td", "th", "thead", "tr"].includes(
            name ?? "",
          ),
      ),
      [],
    );
    t.is(html.match(/<cwdb-action/g)?.length, html.match(/<\/a><cwdb-action/g)?.length);
    t.true(Buffer.byteLength(JSON.stringify(html)) < 2_000_000, String(html.length));
  }
});

test("what can't be shown is said, as text, and is no failed invocation", async (t) => {
  const world = createWorld(stream({ push, pull }));
  t.regex(
    await shown(world, { stream: "<b>" }),
    /^<p>This can&#39;t be shown: No stream is called &quot;&lt;b&gt;&quot;; there are: acme\.<\/p>$/,
  );
  t.regex(await shown(world, { stream: 7 }), /^<p>This can&#39;t be shown: /);
  t.regex(await shown(world, { stream: "acme", path: "<i>" }), /knows no &lt;i&gt; of stream acme/);
});

test("a widget only looks, whatever its parameters say", async (t) => {
  const world = await failing();
  place(world.disk, "outbox/new", "1", old);
  const before = JSON.stringify([...world.items]);
  await shown(world, { action: "redrive", all: true, stream: "acme" });
  t.is(JSON.stringify([...world.items]), before);
});

test("it describes itself, as the dashboard asks", async (t) => {
  const world = createWorld(stream({ push, pull }));
  t.regex(
    String(await dispatch(world.bridge().invocation, { describe: true }, arn)),
    /^## s3-sftp-bridge\n[\s\S]*stream: acme/,
  );
});
