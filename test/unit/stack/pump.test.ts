import { readFileSync } from "node:fs";
import test from "ava";
import { matchesPattern, pointsOfFilters } from "../../stack/pump.ts";

/** The patterns that modules/monitoring deploys, read from its text. */
const text = readFileSync(new URL("../../../modules/monitoring/filters.tf", import.meta.url), "utf8");
const patterns = Object.fromEntries(
  [
    ...text.matchAll(/^ {4}(\w+) += "((?:[^"\\]|\\.)*-timestamp)"$/gm),
    ...text.matchAll(/^ {6}([a-z-]+) = \{\n +metric += .*\n +pattern = "((?:[^"\\]|\\.)*)"/gm),
  ].map(([, name, pattern]) => [name, JSON.parse(`"${pattern}"`) as string]),
);

const id = "3f6c1a52-8f5c-4b7e-9b53-1a2b3c4d5e6f";
const ours = (fields: object) => JSON.stringify({ timestamp: "2026-01-01T00:00:00.000Z", requestId: id, ...fields });

const lines: [string, string, string[]][] = [
  ["our error of a stream", ours({ level: "ERROR", event: "error", stream: "acme", message: "x" }), ["errors"]],
  [
    "our error without a stream",
    ours({ level: "ERROR", event: "error", message: "x" }),
    ["errors", "errors-without-stream"],
  ],
  [
    "a connection time-out",
    ours({ level: "WARN", event: "connection-timeout", stream: "acme" }),
    ["connection-timeouts"],
  ],
  [
    "news of a file with a nasty name",
    ours({ level: "INFO", stream: "acme", path: "Task timed out after Invoke Error" }),
    [],
  ],
  [
    "a handler that threw",
    `2026-01-01T00:00:00.000Z\t${id}\tERROR\tInvoke Error \t{"errorType":"ConfigError","errorMessage":"x","stack":[]}`,
    ["invoke"],
  ],
  [
    "a handler that threw what the SDK had thrown",
    `2026-01-01T00:00:00.000Z\t${id}\tERROR\tInvoke Error \t{"errorType":"AccessDenied","errorMessage":"x","$metadata":{"httpStatusCode":403,"requestId":"${id}"},"stack":[]}`,
    ["invoke"],
  ],
  [
    "an exception that nobody caught",
    `2026-01-01T00:00:00.000Z\t${id}\tERROR\tUncaught Exception \t{"errorType":"Error"}`,
    ["uncaught"],
  ],
  [
    "a rejection that nobody handled",
    `2026-01-01T00:00:00.000Z\t${id}\tERROR\tUnhandled Promise Rejection \t{"errorType":"Runtime.UnhandledPromiseRejection"}`,
    ["rejection"],
  ],
  ["a time-out", `2026-01-01T00:00:00.000Z ${id} Task timed out after 900.00 seconds`, ["lambda-function-timeouts"]],
  ["memory that ran out", `RequestId: ${id} Error: Runtime exited with error: signal: killed`, ["exited"]],
  [
    "the platform's report",
    `REPORT RequestId: ${id}\tDuration: 12.00 ms\tBilled Duration: 13 ms\tMemory Size: 512 MB`,
    [],
  ],
];

test("all of the module's patterns are looked at", (t) => {
  t.deepEqual(Object.keys(patterns).sort(), [
    "connection-timeouts",
    "errors",
    "errors-without-stream",
    "exited",
    "invoke",
    "lambda-function-timeouts",
    "rejection",
    "uncaught",
  ]);
});

for (const [what, line, matching] of lines)
  test(`the deployed filters see ${what} as ${matching.join(" and ") || "nothing"}`, (t) => {
    const seen = Object.keys(patterns).filter((name) => matchesPattern(patterns[name] ?? "", line));
    t.deepEqual(seen.sort(), [...matching].sort());
  });

test("a dimension is taken from the line, and a line that lacks it makes no data point", (t) => {
  const filter = {
    filterPattern: '{ $.event = "error" }',
    metricTransformations: [
      { metricName: "errors", metricNamespace: "b", metricValue: "1", dimensions: { stream: "$.stream" } },
    ],
  };
  const of = (message: string) => pointsOfFilters([filter], { message, time: 1, stream: "s" });
  t.like(of(ours({ event: "error", stream: "acme" }))[0], {
    metric: "errors",
    dimensions: { stream: "acme" },
    values: [1],
  });
  t.deepEqual(of(ours({ event: "error" })), []);
});
