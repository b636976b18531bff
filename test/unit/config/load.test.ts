import test from "ava";
import { ConfigError } from "../../../lambda/src/config/errors.ts";
import { loadConfig } from "../../../lambda/src/config/load.ts";
import { documentWith } from "../../helpers/config-document.ts";

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

test("a configuration is read once for all who ask, at the same time and later", async (t) => {
  const { s3, calls } = bucketOf(() => documentWith({}));
  const source = { s3, bucket: "config", key: "once.json" };
  const [first, second] = await Promise.all([loadConfig(source), loadConfig(source)]);
  t.is(first, second);
  t.is(await loadConfig(source), first);
  t.deepEqual(calls, [{ Bucket: "config", Key: "once.json" }]);
  t.deepEqual([...first.streams.keys()], ["acme"]);
});

test("another key is another configuration", async (t) => {
  const { s3, calls } = bucketOf(() => documentWith({}));
  await loadConfig({ s3, bucket: "config", key: "a.json" });
  await loadConfig({ s3, bucket: "config", key: "b.json" });
  t.is(calls.length, 2);
});

test("a failure isn't remembered", async (t) => {
  let broken = true;
  const { s3 } = bucketOf(() => {
    if (broken) throw failure("SlowDown");
    return documentWith({});
  });
  const source = { s3, bucket: "config", key: "flaky.json" };
  await t.throwsAsync(loadConfig(source), {
    instanceOf: ConfigError,
    message: /s3:\/\/config\/flaky\.json can't be read \(SlowDown\)\. The next invocation tries again/,
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
  const { s3 } = bucketOf(() => documentWith({ "sftp.port": 0 }));
  await t.throwsAsync(loadConfig({ s3, bucket: "config", key: "bad.json" }), { message: /Stream acme: sftp\.port/ });
});
