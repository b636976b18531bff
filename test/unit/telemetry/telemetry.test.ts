import test from "ava";
import { RemoteError } from "../../../lambda/src/sftp/errors.ts";
import { createTelemetry } from "../../../lambda/src/telemetry/telemetry.ts";
import type { Telemetry } from "../../../lambda/src/telemetry/types.ts";
import { linesOf } from "./capture.ts";

// Within CloudWatch's 14 days, so that Powertools has nothing to warn of.
const now = Date.now();
const time = new Date(now).toISOString();

/** Lines that telemetry writes during an invocation with request id `3f6c`. */
const invocation = (run: (telemetry: Telemetry) => void) =>
  linesOf(() => {
    const telemetry = createTelemetry({ namespace: "partner-files", now: () => now });
    telemetry.beginInvocation({ awsRequestId: "3f6c" });
    run(telemetry);
  });

const only = (lines: readonly string[]): Record<string, unknown> => {
  if (lines.length !== 1) throw new Error(`one line expected: ${lines.join("\n")}`);
  return JSON.parse(lines[0] ?? "");
};

test("transfers of a push are metrics of the stream, in one line of embedded metric format", (t) => {
  const [metrics] = invocation(({ recordTransfers }) =>
    recordTransfers({ stream: "acme", direction: "push", files: 3, bytes: 1024, durationMs: 12.5 }),
  );
  t.deepEqual(JSON.parse(metrics ?? ""), {
    _aws: {
      Timestamp: now,
      CloudWatchMetrics: [
        {
          Namespace: "partner-files",
          Dimensions: [["stream"]],
          Metrics: [
            { Name: "s3-to-sftp", Unit: "Count" },
            { Name: "s3-to-sftp-bytes", Unit: "Bytes" },
            { Name: "s3-to-sftp-duration", Unit: "Milliseconds" },
          ],
        },
      ],
    },
    requestId: "3f6c",
    stream: "acme",
    "s3-to-sftp": 3,
    "s3-to-sftp-bytes": 1024,
    "s3-to-sftp-duration": 12.5,
  });
});

test("a gauge of the bridge as a whole has no dimension; one of a stream has the stream", (t) => {
  const [bridge, stream] = invocation(({ recordGauge }) => {
    recordGauge({ name: "ticks", unit: "Count", value: 1 });
    recordGauge({ name: "last-poll-age", unit: "Seconds", value: 60, stream: "acme" });
  }).map((line) => JSON.parse(line));
  t.deepEqual(bridge._aws.CloudWatchMetrics, [
    { Namespace: "partner-files", Dimensions: [[]], Metrics: [{ Name: "ticks", Unit: "Count" }] },
  ]);
  t.is(bridge.ticks, 1);
  t.deepEqual(stream._aws.CloudWatchMetrics, [
    { Namespace: "partner-files", Dimensions: [["stream"]], Metrics: [{ Name: "last-poll-age", Unit: "Seconds" }] },
  ]);
  t.like(stream, { stream: "acme", "last-poll-age": 60 });
});

test("a poll that moved nothing publishes zeros", (t) => {
  const [metrics] = invocation(({ recordTransfers }) =>
    recordTransfers({ stream: "acme", direction: "pull", files: 0, bytes: 0, durationMs: 7 }),
  );
  const line = JSON.parse(metrics ?? "");
  t.like(line, { stream: "acme", "sftp-to-s3": 0, "sftp-to-s3-bytes": 0, "sftp-to-s3-duration": 7 });
});

test("streams of one invocation don't mix", (t) => {
  const lines = invocation(({ recordTransfers }) => {
    recordTransfers({ stream: "acme", direction: "push", files: 1, bytes: 10, durationMs: 1 });
    recordTransfers({ stream: "bolt", direction: "push", files: 2, bytes: 20, durationMs: 2 });
  });
  t.deepEqual(
    lines
      .filter((line) => line.startsWith("{"))
      .map((line) => [JSON.parse(line).stream, JSON.parse(line)["s3-to-sftp"]]),
    [
      ["acme", 1],
      ["bolt", 2],
    ],
  );
});

test("the original's line stays, also for no files", (t) => {
  const lines = invocation(({ recordTransfers }) => {
    recordTransfers({ stream: "acme", direction: "push", files: 3, bytes: 1, durationMs: 1 });
    recordTransfers({ stream: "acme", direction: "pull", files: 0, bytes: 0, durationMs: 1 });
  });
  t.deepEqual(
    lines.filter((line) => !line.startsWith("{")),
    [`${time}\t3f6c\t[acme]: Moved 3 files from S3 to SFTP`, `${time}\t3f6c\t[acme]: Moved 0 files from SFTP to S3`],
  );
});

test("a metric filter from the original's page finds its fields in the line", (t) => {
  // [timestamp, requestId, streamName, colon, moved = Moved, numFiles, files = files, from, orig = S3, to, dest = SFTP]:
  // fields are separated by blanks, and what stands in square brackets is one field.
  const line = invocation(({ recordTransfers }) =>
    recordTransfers({ stream: "acme", direction: "push", files: 42, bytes: 1, durationMs: 1 }),
  ).at(-1);
  const fields = line?.match(/\[[^\]]*\]|"[^"]*"|[^\s[\]"]+/g) ?? [];
  const [, requestId, streamName, , moved, numFiles, files, , orig, , dest, ...rest] = fields;
  t.deepEqual(
    { requestId, streamName, moved, numFiles, files, orig, dest, rest },
    {
      requestId: "3f6c",
      streamName: "[acme]",
      moved: "Moved",
      numFiles: "42",
      files: "files",
      orig: "S3",
      dest: "SFTP",
      rest: [],
    },
  );
});

test("ages, backlog and what was given up are gauges of the stream", (t) => {
  const push = only(
    invocation(({ recordAges }) =>
      recordAges({ stream: "acme", direction: "push", oldestSeconds: 90, backlog: 4, failed: 1 }),
    ),
  );
  t.like(push, { stream: "acme", "oldest-undelivered-age": 90, "s3-to-sftp-backlog": 4, "s3-to-sftp-failed": 1 });
  const pull = only(
    invocation(({ recordAges }) =>
      recordAges({ stream: "acme", direction: "pull", oldestSeconds: 0, backlog: 0, failed: 0 }),
    ),
  );
  t.like(pull, { stream: "acme", "oldest-waiting-age": 0, "sftp-to-s3-backlog": 0, "sftp-to-s3-failed": 0 });
});

test("log lines are JSON with time, level, request id and fields", (t) => {
  const line = only(
    invocation(({ log }) =>
      log.with({ stream: "acme" }).info("Delivered", { path: "a b/ü.csv", bytes: 5, attempt: 1 }),
    ),
  );
  const { timestamp, ...rest } = line;
  t.false(Number.isNaN(Date.parse(String(timestamp))));
  t.deepEqual(rest, {
    level: "INFO",
    requestId: "3f6c",
    message: "Delivered",
    stream: "acme",
    path: "a b/ü.csv",
    bytes: 5,
    attempt: 1,
  });
});

test("a log made before an invocation has that invocation's request id", (t) => {
  const lines = linesOf(() => {
    const telemetry = createTelemetry({ namespace: "n" });
    const log = telemetry.log.with({ stream: "acme" });
    telemetry.beginInvocation({ awsRequestId: "first" });
    log.info("one");
    telemetry.beginInvocation({ awsRequestId: "second" });
    log.info("two");
  });
  t.deepEqual(
    lines.map((line) => JSON.parse(line).requestId),
    ["first", "second"],
  );
});

test("a connect time-out is a warning that the filter for connection-timeouts finds, and no error", (t) => {
  const error = new RemoteError("connect-timeout", "No answer from sftp.acme.example:22 within 20 s");
  const line = only(invocation(({ recordFailure }) => recordFailure("Can't connect", { stream: "acme", error })));
  t.like(line, { level: "WARN", event: "connection-timeout", stream: "acme", error: { kind: "connect-timeout" } });
});

test("a server that is busy is a warning", (t) => {
  const error = new RemoteError("busy", "Too many sessions");
  const line = only(invocation(({ recordFailure }) => recordFailure("Later", { stream: "acme", error })));
  t.is(line["level"], "WARN");
  t.false("event" in line);
});

test("any other failure is an error that the filter for errors finds, as is everything logged as one", (t) => {
  const error = new RemoteError("permission", "Permission denied", { path: "inbox/a" });
  const failure = only(invocation(({ recordFailure }) => recordFailure("Not delivered", { stream: "acme", error })));
  t.like(failure, { level: "ERROR", event: "error", stream: "acme", error: { kind: "permission", path: "inbox/a" } });
  const logged = only(invocation(({ log }) => log.error("Unexpected", { stream: "acme" })));
  t.like(logged, { level: "ERROR", event: "error", stream: "acme" });
});

test("errors show their causes, and a stack only where they have no kind", (t) => {
  const cause = new Error("read ECONNRESET");
  const remote = new RemoteError("lost", "The connection ended", { cause });
  const line = only(invocation(({ log }) => log.error("Failed", { error: remote })));
  t.deepEqual(line["error"], {
    kind: "lost",
    name: "RemoteError",
    message: "The connection ended",
    cause: { name: "Error", message: "read ECONNRESET" },
  });
  const bug = only(invocation(({ log }) => log.error("Failed", { error: new TypeError("x is undefined") })));
  t.regex(String((bug["error"] as { stack: string }).stack), /^TypeError: x is undefined\n {4}at /);
});

test("an error that is its own cause ends", (t) => {
  const error = new Error("round");
  error.cause = error;
  t.is(invocation(({ log }) => log.error("Failed", { error })).length, 1);
});

test("nothing goes through the runtime's console, which would put a prefix before the line", (t) => {
  const kept = { ...console };
  const refuse = () => t.fail("console was used");
  Object.assign(console, { log: refuse, info: refuse, warn: refuse, error: refuse, debug: refuse });
  try {
    const lines = invocation(({ log, recordTransfers }) => {
      log.info("a line");
      recordTransfers({ stream: "acme", direction: "push", files: 1, bytes: 1, durationMs: 1 });
    });
    t.is(lines.length, 3);
  } finally {
    Object.assign(console, kept);
  }
});

test("no field stands for the time, the level or the message, and one without a value isn't written", (t) => {
  const [line] = invocation(({ log }) =>
    log.info("Delivered", {
      timestamp: "never",
      level: "ERROR",
      message: "Lost",
      path: "a",
      etag: "",
      at: null,
      sum: undefined,
    }),
  );
  const { timestamp, ...rest } = JSON.parse(line ?? "");
  t.false(Number.isNaN(Date.parse(timestamp)));
  t.deepEqual(rest, { level: "INFO", requestId: "3f6c", message: "Delivered", path: "a" });
});

for (const [settings, levels] of [
  [{}, ["INFO", "WARN", "ERROR"]],
  [{ LOG_LEVEL: "DEBUG" }, ["DEBUG", "INFO", "WARN", "ERROR"]],
  [{ LOG_LEVEL: "ERROR" }, ["ERROR"]],
  [{ AWS_LAMBDA_LOG_LEVEL: "WARN" }, ["WARN", "ERROR"]],
  [{ AWS_LAMBDA_LOG_LEVEL: "WARN", POWERTOOLS_LOG_LEVEL: "DEBUG" }, ["WARN", "ERROR"]],
  [{ AWS_LAMBDA_LOG_LEVEL: "FATAL" }, []],
  [{ POWERTOOLS_LOG_LEVEL: "error", LOG_LEVEL: "DEBUG" }, ["ERROR"]],
  [{ POWERTOOLS_LOG_LEVEL: "SILENT" }, []],
  [{ LOG_LEVEL: "LOUD" }, ["INFO", "WARN", "ERROR"]],
] as const)
  test.serial(`what is logged with ${JSON.stringify(settings)}`, (t) => {
    Object.assign(process.env, settings);
    t.teardown(() => {
      for (const name of Object.keys(settings)) delete process.env[name];
    });
    const lines = invocation(({ log }) => {
      for (const level of ["debug", "info", "warn", "error"] as const) log.with({ stream: "acme" })[level]("x");
    }).map((line) => JSON.parse(line));
    t.deepEqual(
      lines.map(({ level }) => level),
      levels,
    );
    t.true(lines.every(({ stream }) => stream === "acme"));
  });

test("lines of one turn go out together, and are on their way before anything else is done; those of problems at once", async (t) => {
  const { log } = createTelemetry({ namespace: "test" });
  const held: number[] = [];
  linesOf(() => {
    for (const _ of [1, 2]) {
      log.info("moved");
      held.push(process.stdout.writableCorked);
    }
    log.warn("refused");
    held.push(process.stderr.writableCorked);
  });
  t.deepEqual(held, [1, 1, 0]);
  await new Promise((resolve) => setImmediate(resolve));
  t.is(process.stdout.writableCorked, 0);
});
