/** The emulator's alarms against the tables of "Configuring how CloudWatch alarms treat missing data" and the rules beside them. */
import { execFileSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import test from "ava";
import { tools } from "../../stack/tools.ts";

const folder = fileURLToPath(new URL("../../stack/", import.meta.url));

/** What a Python expression over `alarms` gives for each of the inputs, which it sees as `one`. */
const python = (expression: string, inputs: readonly unknown[]): unknown[] =>
  JSON.parse(
    execFileSync(
      tools().python,
      ["-c", `import alarms, json, sys\nprint(json.dumps([${expression} for one in json.load(sys.stdin)]))`],
      { input: JSON.stringify(inputs), encoding: "utf8", env: { PYTHONPATH: folder, PYTHONDONTWRITEBYTECODE: "1" } },
    ),
  ) as unknown[];

const treatments = ["missing", "ignore", "breaching", "notBreaching"] as const;
const retained = "(as it was)";

/** Rows as in the documentation: the oldest data point first, `0` is within the threshold, `X` beyond it, `-` missing. */
const looks = (row: string, needed: number): unknown[] => {
  const values = row
    .split(" ")
    .map((one) => (one === "-" ? null : one === "X" ? 1 : 0))
    .reverse();
  return python(
    "alarms.state_of(*one)",
    treatments.map((TreatMissingData) => [
      values,
      {
        EvaluationPeriods: 3,
        DatapointsToAlarm: needed,
        ComparisonOperator: "GreaterThanThreshold",
        Threshold: 0,
        TreatMissingData,
      },
      retained,
    ]),
  );
};

const tables: readonly [needed: number, row: string, states: string][] = [
  [3, "0 - X - X", "OK OK OK OK"],
  [3, "- - - - 0", "OK OK OK OK"],
  [3, "- - - - -", "INSUFFICIENT_DATA retained ALARM OK"],
  [3, "0 X X - X", "ALARM ALARM ALARM ALARM"],
  [3, "- - X - -", "ALARM retained ALARM OK"],
  [2, "0 - X - X", "ALARM ALARM ALARM ALARM"],
  [2, "0 0 X 0 X", "ALARM ALARM ALARM ALARM"],
  [2, "0 - X - -", "OK OK ALARM OK"],
  [2, "- - - - 0", "OK OK ALARM OK"],
  [2, "- - - X -", "ALARM retained ALARM OK"],
];

for (const [needed, row, states] of tables)
  test(`${needed} of 3: ${row} is ${states}`, (t) => {
    t.deepEqual(
      looks(row, needed),
      states.split(" ").map((state) => (state === "retained" ? retained : state)),
    );
  });

test("the window ends at the last full minute, slides, and reaches two periods further back than the alarm's", (t) => {
  const points = [59, 60, 119, 120, 180, 240, 299, 300, 310].map((time) => [time, time]);
  const windows = python("alarms.values_of(*one, len)", [
    [points, { Period: 60, EvaluationPeriods: 2 }, 319],
    [points, { Period: 120, EvaluationPeriods: 1 }, 319],
    [points, { Period: 120, EvaluationPeriods: 1 }, 360],
  ]);
  t.deepEqual(windows, [
    [2, 1, 1, 2],
    [3, 3, 1],
    [4, 2, 3],
  ]);
});

test("a sum that is missing counts by the alarm's rule, a comparison by its operator", (t) => {
  const alarm = { EvaluationPeriods: 2, ComparisonOperator: "LessThanThreshold", Threshold: 1 };
  t.deepEqual(
    python("alarms.state_of(*one)", [
      [[null, null, 5, 5], { ...alarm, TreatMissingData: "breaching" }, "OK"],
      [[null, null, null, 5], { ...alarm, TreatMissingData: "breaching" }, "OK"],
      [[null, null, null, null], { ...alarm, TreatMissingData: "breaching" }, "OK"],
      [[0, 0, 5, 5], { ...alarm, TreatMissingData: "breaching" }, "OK"],
      [[0, 5, 0, 0], { ...alarm, TreatMissingData: "breaching" }, "ALARM"],
    ]),
    ["OK", "OK", "ALARM", "ALARM", "OK"],
  );
});

test("a day without files: CloudWatch looks further back and sees nothing, unless something said that there were none", (t) => {
  const day = 86_400;
  const alarm = {
    Period: day,
    EvaluationPeriods: 1,
    ComparisonOperator: "LessThanThreshold",
    Threshold: 10,
    TreatMissingData: "breaching",
  };
  const files = [[day / 2, 50]];
  const noneEachHour = Array.from({ length: 36 }, (_, hour) => [day + hour * 3_600, 0]);
  const now = 2.5 * day;
  t.deepEqual(
    python("alarms.state_of(alarms.values_of(one[0], one[1], one[2], sum), one[1], 'OK')", [
      [files, alarm, now],
      [[...files, ...noneEachHour], alarm, now],
    ]),
    ["OK", "ALARM"],
  );
});
