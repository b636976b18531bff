import test from "ava";
import type { CloudWatch } from "../../../bridge/src/cloudwatch.ts";
import { run } from "../../../bridge/src/run.ts";
import { safeJson } from "../../../bridge/src/table.ts";
import { dispatch } from "../../../lambda/src/dispatch.ts";
import { RemoteError } from "../../../lambda/src/sftp/errors.ts";
import { type Effects, noFaults } from "../../helpers/effects.ts";
import { push, stream } from "../../helpers/streams.ts";
import { createWorld, type World } from "../../helpers/world.ts";

interface Said {
  readonly status: number;
  readonly out: string;
  readonly err: string;
}

const encode = (value: unknown) => new TextEncoder().encode(JSON.stringify(value)) as never;

const silentCloudWatch = { send: async () => ({}) } as unknown as CloudWatch;

/** Runs the command against a bridge in memory. */
const bridge = async (
  world: World,
  args: string,
  options: {
    effects?: Effects;
    terminal?: boolean;
    fail?: Error;
    functionError?: boolean;
    cloudwatch?: CloudWatch;
    env?: Record<string, string>;
  } = {},
): Promise<Said> => {
  let out = "";
  let err = "";
  const status = await run(args.split(" ").filter(Boolean), {
    environment: { BRIDGE_FUNCTION: "bridge", ...options.env },
    version: "1.2.3",
    out: (text) => {
      out += text;
    },
    err: (text) => {
      err += text;
    },
    terminal: { out: options.terminal ?? false, err: options.terminal ?? false },
    now: () => world.time.now,
    cloudwatch: async () => options.cloudwatch ?? silentCloudWatch,
    keyServices: () => {
      throw new Error("nobody asks for them");
    },
    invoker: async () => async (_name, payload) => {
      if (options.fail) throw options.fail;
      if (options.functionError)
        return {
          $metadata: {},
          FunctionError: "Unhandled",
          Payload: encode({ errorType: "ConfigError", errorMessage: "no table" }),
        };
      const answer = await dispatch(world.bridge(options.effects ?? noFaults).invocation, JSON.parse(payload));
      return { $metadata: {}, Payload: encode(answer) };
    },
  });
  return { status, out, err };
};

const named = (name: string, message: string) => Object.assign(new Error(message), { name });

const withDelivered = async () => {
  const world = createWorld(stream({ push }));
  await world.bridge().intake(world.put("bucket", "out/a", "x"));
  await world.bridge().drainAll();
  return world;
};

test("history as a table, and as JSON that a script reads", async (t) => {
  const world = await withDelivered();
  const said = await bridge(world, "history --stream acme a");
  t.is(said.status, 0);
  t.regex(said.out, /a \(push\): delivered, known at 2026.*\ndelivered at +bytes +SHA-256/);
  t.regex(said.out, /2026-\S+ +1 +[0-9a-f]{64} +1 +\d+ ms +inbox\/a/);
  const json = await bridge(world, "history --stream acme a --json");
  t.like(JSON.parse(json.out), { ok: true, found: true });
  t.is((await bridge(world, "history --stream acme b")).status, 1);
});

test("colours only on a terminal, and not where NO_COLOR is set", async (t) => {
  const world = await withDelivered();
  const sequence = "\u001b[";
  t.false((await bridge(world, "history --stream acme a")).out.includes(sequence));
  t.true((await bridge(world, "history --stream acme a", { terminal: true })).out.includes(sequence));
  t.false(
    (await bridge(world, "history --stream acme a", { terminal: true, env: { NO_COLOR: "1" } })).out.includes(sequence),
  );
});

test("a partner's file name can't do anything to the terminal", async (t) => {
  const world = createWorld(stream({ push }));
  world.put("bucket", "out/evil\u001b[2Jname\u0007", "x");
  const { out } = await bridge(world, "list --stream acme", { terminal: true });
  t.true(out.includes("evilname?"));
  t.false(out.includes("\u001b[2J"));
  t.false(out.includes("\u0007"));
});

/** Colours, a title, C1's CSI, DEL, text from right to left, a line separator. */
const evil = "\u001b[31mred\u001b]0;title\u0007 \u009b2J \u007f \u202efdp.exe\u202c \u2028 end";
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what must not be there
const obeyed = /[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]/;

test("nothing that a terminal would obey reaches it by an error, whoever's it is, and JSON says the same in escapes", async (t) => {
  const world = createWorld(stream({ push }));
  const refused = await bridge(world, `list --stream ${encodeURIComponent(evil)}`);
  t.notRegex(refused.err, obeyed);
  for (const fail of [
    Object.assign(new Error(evil), { name: "AccessDeniedException" }),
    Object.assign(new Error(evil), { name: "ResourceNotFoundException" }),
    new Error(`${evil}\nbridge: all is well`),
  ]) {
    const { err, status } = await bridge(world, "status", { fail });
    t.notRegex(err, obeyed);
    t.notRegex(err, /^bridge: all is well/m);
    t.is(status, 3);
  }
  const json = safeJson({ path: evil, inner: [evil] });
  t.notRegex(json, obeyed);
  t.deepEqual(JSON.parse(json), { path: evil, inner: [evil] });
});

test("the exit status tells whether a stream is well", async (t) => {
  const world = await withDelivered();
  t.is((await bridge(world, "status")).status, 0);
  t.is((await bridge(world, "check")).status, 0);
  const down: Effects = async (name, effect) => {
    if (name === "connect") throw new RemoteError("unreachable", "us@partner:22: refused.");
    return effect();
  };
  const checked = await bridge(world, "check --stream acme", { effects: down });
  t.is(checked.status, 1);
  t.regex(checked.out, /secrets +failed +0 +us@partner:22: refused\./);
  await world.bridge().intake(world.put("bucket", "out/b", "x"));
  await dispatch(world.bridge(down).invocation, { action: "tick" });
  const paused = await bridge(world, "status");
  t.is(paused.status, 1);
  t.regex(paused.out, /acme +push +paused +1 +0/);
  t.regex(paused.out, /acme: us@partner:22: refused\. \(asked again at 2026/);
});

test("long work goes on until it is done, and shows how far it is", async (t) => {
  const world = createWorld(stream({ push }));
  for (let n = 0; n < 6; n++) world.put("bucket", `out/${n}`, "x");
  const slow: Effects = async (name, effect) => {
    if (name === "objects.list") world.time.now += 40_000;
    return effect();
  };
  const said = await bridge(world, "backfill --stream acme --dry-run --json", { effects: slow });
  t.is(said.status, 0);
  t.regex(said.err, /backfill: \d so far, going on …\n/);
  const answer = JSON.parse(said.out);
  t.is(answer.looked_at, 6);
  t.is(answer.next, undefined);
});

test("status tells what a gate holds, and why, and finds nothing wrong with that", async (t) => {
  const world = createWorld(stream({ push: { ...push, gate: { timeoutHours: 24 } } }));
  await world.bridge().intake(world.put("bucket", "out/file.txt", "some content"));
  await world.bridge().drainAll();
  const said = await bridge(world, "status");
  t.is(said.status, 0);
  t.regex(said.out, /acme: 1 held by the gate, the first of them file\.txt: .*GuardDuty hasn't tagged it yet/);
});

test("what the bridge refuses is told, with status 4", async (t) => {
  const world = await withDelivered();
  const said = await bridge(world, "list --stream nobody");
  t.is(said.status, 4);
  t.regex(said.err, /^bridge: No stream is called "nobody"; there are: acme\./);
  t.is(said.out, "");
  t.like(JSON.parse((await bridge(world, "list --stream nobody --json")).out), { ok: false });
});

test("replay tells what it did, and what not", async (t) => {
  const world = await withDelivered();
  const refused = await bridge(world, "replay --stream acme a");
  t.is(refused.status, 0);
  t.regex(refused.out, /already delivered at/);
  const done = await bridge(world, "replay --stream acme a --force");
  t.regex(done.out, /a +delivered +to inbox\/a at/);
  t.regex(done.out, /queued 1/);
  t.is((await bridge(world, "replay --stream acme nothing")).status, 1);
});

test("status shows the awaited number and what to type where it won't come, and that lets it go", async (t) => {
  const sequence = { name: "{seq}.csv", first: 7, min: 1 };
  const world = createWorld(stream({ push: { ...push, order: "sequence", strictOrder: true, sequence } }));
  await world.bridge().intake(world.put("bucket", "out/8.csv", "content"));
  const command = "bridge skip --stream acme --direction push --number 7";
  const status = (await bridge(world, "status")).out;
  t.regex(
    status,
    /acme: push awaits number 7 since 2026-01-01T\S+; 1 behind it, the first of them 8\.csv\. If it won't come: /,
  );
  t.true(status.includes(command));
  t.regex((await bridge(world, command.slice("bridge ".length))).out, /7 +skipped +it was let go/);
  t.regex((await bridge(world, "status")).out, /acme: push awaits number 8 since \S+ \(8\.csv\)$/m);
});

const wrong: [string, RegExp][] = [
  ["fly", /no action "fly": give one of check, list/],
  ["list", /list needs --stream/],
  ["history --stream acme", /history needs --path/],
  ["status --force", /status doesn't take --force; it takes --stream/],
  ["check --function", /argument missing\. "bridge --help"/],
  ["status --colour", /Unknown option '--colour'/],
  ["replay --stream acme a b", /no use for "b".*quotes/],
  ["list --stream acme a", /no use for "a"/],
];
for (const [args, message] of wrong)
  test(`a command that can't be understood: bridge ${args}`, async (t) => {
    const said = await bridge(createWorld(stream({ push })), args);
    t.is(said.status, 2);
    t.regex(said.err, message);
    t.regex(said.err, /"bridge --help" shows all options/);
  });

test("no arguments, --help and --version", async (t) => {
  const world = createWorld(stream({ push }));
  for (const args of ["", "--help", "status -h"]) {
    const said = await bridge(world, args);
    t.is(said.status, 0);
    t.regex(said.out, /Usage: bridge ACTION/);
  }
  t.is((await bridge(world, "--version")).out, "1.2.3\n");
});

test("without a function's name it asks for one", async (t) => {
  const said = await bridge(createWorld(stream({ push })), "status", { env: { BRIDGE_FUNCTION: "" } });
  t.is(said.status, 2);
  t.regex(said.err, /--function NAME \(the module's output function_name\)/);
});

test("a caller without the permission is told which one; other failures say what to look at", async (t) => {
  const world = createWorld(stream({ push }));
  const cases: [Error, RegExp][] = [
    [
      named("AccessDeniedException", "User x is not authorized"),
      /your role needs the permission lambda:InvokeFunction/,
    ],
    [named("ResourceNotFoundException", "Function not found"), /no function bridge in this account and region/],
    [named("CredentialsProviderError", "none"), /no valid AWS credentials/],
    [new Error("Region is missing"), /give --region/],
    [named("TimeoutError", "late"), /can't be called: TimeoutError: late/],
  ];
  for (const [fail, message] of cases) {
    const said = await bridge(world, "status", { fail });
    t.is(said.status, 3);
    t.regex(said.err, message);
  }
  const failed = await bridge(world, "status", { functionError: true });
  t.is(failed.status, 3);
  t.regex(failed.err, /bridge failed: ConfigError: no table\. Its log has more/);
});

/** CloudWatch with one red alarm on a second page, and these sums by stream and metric; `asked` is what it was asked. */
const cloudWatchWith = (
  sums: Readonly<Record<string, number[]>>,
  asked: { name: string; input: unknown }[] = [],
): CloudWatch =>
  ({
    send: async ({
      constructor: { name },
      input,
    }: {
      constructor: { name: string };
      input: Record<string, unknown>;
    }) => {
      asked.push({ name, input });
      if (name === "DescribeAlarmsCommand")
        return input["NextToken"] === undefined
          ? { MetricAlarms: [], NextToken: "more" }
          : {
              MetricAlarms: [
                { AlarmName: "partner-files/acme/errors", AlarmDescription: "d", StateUpdatedTimestamp: new Date(0) },
              ],
            };
      const queries = input["MetricDataQueries"] as {
        Id: string;
        MetricStat: { Metric: { MetricName: string; Dimensions: { Value: string }[] } };
      }[];
      return {
        MetricDataResults: queries.map(({ Id, MetricStat: { Metric } }) => ({
          Id,
          Values: sums[`${Metric.Dimensions[0]?.Value} ${Metric.MetricName}`] ?? [],
        })),
      };
    },
  }) as unknown as CloudWatch;

const called = <T>(run: () => Promise<T>): Promise<T> => {
  Object.assign(process.env, { BRIDGE_NAME: "partner-files", BRIDGE_METRIC_NAMESPACE: "files" });
  return run().finally(() => {
    delete process.env["BRIDGE_NAME"];
    delete process.env["BRIDGE_METRIC_NAMESPACE"];
  });
};

test.serial("status tells from CloudWatch which alarms are red and what went within a day", async (t) => {
  const world = await withDelivered();
  const asked: { name: string; input: unknown }[] = [];
  const cloudwatch = cloudWatchWith({ "acme s3-to-sftp": [3, 4], "acme errors": [2] }, asked);
  const said = await called(() => bridge(world, "status", { cloudwatch }));
  t.is(said.status, 0);
  t.regex(said.out, /acme +push +ok +0 +0 +- +7 /);
  t.regex(said.out, /alarm acme\/errors since 1970/);
  const json = JSON.parse((await called(() => bridge(world, "status --json", { cloudwatch }))).out);
  t.deepEqual(json.cloudwatch.last_24_hours, [{ stream: "acme", push: 7, pull: 0, errors: 2 }]);
  t.like(asked[0]?.input, { AlarmNamePrefix: "partner-files/", StateValue: "ALARM" });
});

test.serial("of many streams no request asks for more than CloudWatch takes", async (t) => {
  const streams = Array.from({ length: 400 }, (_, index) => stream({ name: `s${index}`, push }));
  const asked: { name: string; input: unknown }[] = [];
  await called(() => bridge(createWorld(...streams), "status", { cloudwatch: cloudWatchWith({}, asked) }));
  const sizes = asked.flatMap(
    ({ input }) => (input as { MetricDataQueries?: unknown[] }).MetricDataQueries?.length ?? [],
  );
  t.deepEqual(sizes, [500, 500, 200]);
});

test.serial("who may not ask CloudWatch sees the rest, and which permissions are missing", async (t) => {
  const cloudwatch = {
    send: async () => {
      throw named("AccessDenied", "User: me is not authorized");
    },
  } as unknown as CloudWatch;
  const said = await called(async () => bridge(await withDelivered(), "status", { cloudwatch }));
  t.is(said.status, 0);
  t.regex(said.out, /acme +push +ok/);
  t.regex(said.out, /your role needs cloudwatch:DescribeAlarms and cloudwatch:GetMetricData/);
});

test("each action is asked by the alias that offers it, so that whoever may only look needs no more", async (t) => {
  const arn = "arn:aws:lambda:eu-west-1:123456789012:function:bridge";
  const cases: readonly (readonly [args: string, asked: string])[] = [
    ["status --function bridge", "bridge:read"],
    ["list --stream acme --function bridge", "bridge:read"],
    ["dry-run --stream acme --function bridge", "bridge:read"],
    ["history a --stream acme --function bridge", "bridge:read"],
    ["reconcile --stream acme --dry-run --function bridge", "bridge:read"],
    ["reconcile --stream acme --function bridge", "bridge:operate"],
    ["backfill --stream acme --function bridge", "bridge:operate"],
    ["check --function bridge", "bridge:operate"],
    ["rotate-key --stream acme --function bridge", "bridge:operate"],
    ["replay a --stream acme --function bridge", "bridge:operate"],
    ["redrive --all --function bridge", "bridge:operate"],
    [`status --function ${arn}`, `${arn}:read`],
    ["status --function 123456789012:function:bridge", "123456789012:function:bridge:read"],
    // Given by whoever knows better.
    ["status --function bridge:operate", "bridge:operate"],
    [`status --function ${arn}:operate`, `${arn}:operate`],
    [`status --function ${arn}:$LATEST`, `${arn}:$LATEST`],
  ];
  for (const [args, asked] of cases) {
    const called: string[] = [];
    await run(args.split(" "), {
      environment: {},
      version: "0",
      out: () => {},
      err: () => {},
      terminal: { out: false, err: false },
      now: () => 0,
      cloudwatch: async () => ({ send: async () => ({}) }) as never,
      keyServices: () => ({}) as never,
      invoker: async () => async (name) => {
        called.push(name);
        throw new Error("that was all");
      },
    });
    t.deepEqual(called, [asked], args);
  }
});
