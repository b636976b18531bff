import test from "ava";
import { pointsIn } from "../../stack/metrics.ts";

const line = (message: unknown) => ({
  time: 5,
  stream: "s",
  message: typeof message === "string" ? message : JSON.stringify(message),
});

// The form of docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format_Specification.html
const embedded = {
  _aws: {
    Timestamp: 1_700_000_000_000,
    CloudWatchMetrics: [
      {
        Namespace: "bridge",
        Dimensions: [["stream"], []],
        Metrics: [{ Name: "files", Unit: "Count" }, { Name: "time" }, { Name: "not there" }],
      },
    ],
  },
  stream: "acme",
  files: 3,
  time: [1, 2],
};

test("a metric per name and set of dimensions, with the values of the root", (t) => {
  t.deepEqual(pointsIn(line(embedded)), [
    {
      namespace: "bridge",
      metric: "files",
      unit: "Count",
      dimensions: { stream: "acme" },
      time: 1_700_000_000_000,
      values: [3],
    },
    {
      namespace: "bridge",
      metric: "time",
      unit: "None",
      dimensions: { stream: "acme" },
      time: 1_700_000_000_000,
      values: [1, 2],
    },
    { namespace: "bridge", metric: "files", unit: "Count", dimensions: {}, time: 1_700_000_000_000, values: [3] },
    { namespace: "bridge", metric: "time", unit: "None", dimensions: {}, time: 1_700_000_000_000, values: [1, 2] },
  ]);
});

for (const message of [
  "",
  "START RequestId: 1",
  "{",
  '"text"',
  "[1]",
  "null",
  { stream: "acme" },
  { _aws: {} },
  { _aws: 1 },
])
  test(`no metric in ${JSON.stringify(message)}`, (t) => t.deepEqual(pointsIn(line(message)), []));

test("a metric line that a text-format prefix precedes is none, as CloudWatch takes it for text", (t) => {
  t.deepEqual(pointsIn(line(`2026-01-01T00:00:00Z\tid\tINFO\t${JSON.stringify(embedded)}`)), []);
});
