import test from "ava";
import { ConfigError } from "../../../lambda/src/config/errors.ts";
import { configKeyOf, loadConfig } from "../../../lambda/src/config/load.ts";
import { documentWith } from "../../helpers/config-document.ts";
import { quickObjectOf } from "../../helpers/quick-object.ts";

/** A stand-in for S3 that gives what the function returns, and counts. */
const bucketOf = (get: () => string) => {
  const calls: unknown[] = [];
  const send = async (command: { input: unknown }) => {
    calls.push(command.input);
    const text = get();
    return { Body: { transformToString: async () => text } };
  };
  return { s3: { send } as never, calls };
};

const failure = (name: string) => Object.assign(new Error("from S3"), { name });

/** Each test has a document of its own, as what was loaded is kept by its key. */
let documents = 0;
const ownDocument = (change: Record<string, unknown> = {}) =>
  documentWith({ "push.directory": `d${++documents}`, ...change });

test("a configuration is read once for all who ask, at the same time and later", async (t) => {
  const document = ownDocument();
  const { s3, calls } = bucketOf(() => document);
  const source = { s3, bucket: "config", key: configKeyOf(document) };
  const [first, second] = await Promise.all([loadConfig(source), loadConfig(source)]);
  t.is(first, second);
  t.is(await loadConfig(source), first);
  t.deepEqual(calls, [{ Bucket: "config", Key: source.key }]);
  t.deepEqual([...first.streams.keys()], ["acme"]);
});

test("a configuration is read without the SDK, and with the time at which it was written", async (t) => {
  const document = ownDocument({ "push.directory": "größer" });
  const { s3, calls } = bucketOf(() => document);
  const LastModified = new Date("2026-11-30T12:00:00Z");
  const { quick, asked } = quickObjectOf(() => document, { LastModified });
  const { streams, writtenAt } = await loadConfig({ s3, quick, bucket: "config", key: configKeyOf(document) });
  t.is(streams.get("acme")?.push?.directory, "größer");
  t.is(writtenAt, LastModified.getTime());
  t.like(asked, [{ bucket: "config", key: configKeyOf(document) }]);
  t.deepEqual(calls, []);
});

for (const [what, answer] of [
  ["no sure answer", undefined],
  ["none there", "missing"],
  ["one that breaks off", new Error("broken")],
] as const)
  test(`where that has no answer the SDK is asked, which explains: ${what}`, async (t) => {
    const document = ownDocument();
    const { s3, calls } = bucketOf(() => document);
    const { quick } = quickObjectOf(() => answer);
    const { streams } = await loadConfig({ s3, quick, bucket: "config", key: configKeyOf(document) });
    t.is(streams.size, 1);
    t.is(calls.length, 1);
  });

test("another key is another configuration", async (t) => {
  const documents = [ownDocument(), ownDocument()];
  const directories: (string | undefined)[] = [];
  for (const document of documents) {
    const { s3 } = bucketOf(() => document);
    const { streams } = await loadConfig({ s3, bucket: "config", key: configKeyOf(document) });
    directories.push(streams.get("acme")?.push?.directory);
  }
  t.is(new Set(directories).size, 2);
});

test("a failure isn't remembered", async (t) => {
  const document = ownDocument();
  let broken = true;
  const { s3 } = bucketOf(() => {
    if (broken) throw failure("SlowDown");
    return document;
  });
  const source = { s3, bucket: "config", key: configKeyOf(document) };
  await t.throwsAsync(loadConfig(source), {
    instanceOf: ConfigError,
    message: /s3:\/\/config\/config\/[0-9a-f]{64}\.json can't be read \(SlowDown\)\. The next invocation tries again/,
  });
  broken = false;
  t.is((await loadConfig(source)).streams.size, 1);
});

for (const name of ["NoSuchKey", "NoSuchBucket", "AccessDenied"]) {
  test(`${name} says which object and what to do`, async (t) => {
    const { s3 } = bucketOf(() => {
      throw failure(name);
    });
    const error = await t.throwsAsync(loadConfig({ s3, bucket: "config", key: `${name}.json` }), {
      instanceOf: ConfigError,
      message: new RegExp(`s3://config/${name}\\.json.*\\(${name}\\).*terraform apply`),
    });
    t.true(error.cause instanceof Error);
  });
}

test("a malformed configuration is refused by stream and field", async (t) => {
  const document = ownDocument({ "sftp.port": 0 });
  const { s3 } = bucketOf(() => document);
  await t.throwsAsync(loadConfig({ s3, bucket: "config", key: configKeyOf(document) }), {
    message: /Stream acme: sftp\.port/,
  });
});

const planned = ownDocument();
const forgeries: Readonly<Record<string, string>> = {
  "another host": planned.replace("sftp.acme.example", "attacker.example"),
  "a space more at its end": `${planned} `,
  "a byte order mark": `\uFEFF${planned}`,
  "half of it": planned.slice(0, planned.length / 2),
  nothing: "",
  "no JSON": "<html>",
  "the planned document inside another": JSON.stringify({ planned, ...JSON.parse(ownDocument()) }),
};

const waysToRead = {
  "the SDK": (text: () => string) => bucketOf(text),
  "the quick way": (text: () => string) => ({ ...bucketOf(() => ""), quick: quickObjectOf(text).quick }),
};

for (const [what, forged] of Object.entries(forgeries))
  for (const [way, reading] of Object.entries(waysToRead))
    test(`what stands under the name of another content isn't used: ${what}, read by ${way}`, async (t) => {
      let text = forged;
      const source = { ...reading(() => text), bucket: `config-${what}-${way}`, key: configKeyOf(planned) };
      const error = await t.throwsAsync(loadConfig(source), {
        instanceOf: ConfigError,
        message: /isn't what the module wrote there.*CloudTrail.*terraform apply -replace/,
      });
      t.notRegex(error?.message ?? "", /attacker/);
      // Nor is the refusal remembered, once the right one is back.
      text = planned;
      t.is((await loadConfig(source)).streams.get("acme")?.sftp.host, "sftp.acme.example");
    });

for (const key of [
  "config.json",
  "config/streams.json",
  `config/${"0".repeat(64)}.json`,
  configKeyOf(planned).slice(7),
  configKeyOf(planned).toUpperCase(),
]) {
  test(`a key that names no content, or another one, is refused: ${key}`, async (t) => {
    const { s3 } = bucketOf(() => planned);
    await t.throwsAsync(loadConfig({ s3, bucket: "config", key }), {
      instanceOf: ConfigError,
      message: /isn't what the module wrote/,
    });
  });
}
