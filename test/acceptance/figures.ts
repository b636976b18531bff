// What the platform itself says of the function: its REPORT lines.
// docs.aws.amazon.com/lambda/latest/dg/nodejs-logging.html

export type Run = {
  /** Milliseconds. */
  readonly duration: number;
  /** Milliseconds; only of runs that began in a new environment. */
  readonly init: number | undefined;
  /** Megabytes. */
  readonly memory: number;
  readonly used: number;
};

/** A REPORT line; undefined for any other. */
export function runIn(line: string): Run | undefined {
  if (!line.startsWith("REPORT RequestId:")) return undefined;
  const number = (pattern: RegExp) => {
    const found = pattern.exec(line)?.[1];
    return found === undefined ? undefined : Number(found);
  };
  const duration = number(/\tDuration: ([\d.]+) ms/);
  const memory = number(/Memory Size: (\d+) MB/);
  const used = number(/Max Memory Used: (\d+) MB/);
  if (duration === undefined || memory === undefined || used === undefined) return undefined;
  return { duration, memory, used, init: number(/Init Duration: ([\d.]+) ms/) };
}

const inMiddle = (values: readonly number[]) => values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)];
const milliseconds = (value: number | undefined) => (value === undefined ? "not told" : `${Math.round(value)} ms`);

/** Rows of the report: what, figure. */
export function figuresOf(runs: readonly Run[]): (readonly [string, string])[] {
  const starts = runs.flatMap(({ init }) => init ?? []);
  const durations = runs.map(({ duration }) => duration);
  return [
    ["invocations", String(runs.length)],
    ["cold starts", String(starts.length)],
    [
      "init duration, median and most",
      `${milliseconds(inMiddle(starts))}, ${milliseconds(starts.length > 0 ? Math.max(...starts) : undefined)}`,
    ],
    [
      "duration, median and most",
      `${milliseconds(inMiddle(durations))}, ${milliseconds(durations.length > 0 ? Math.max(...durations) : undefined)}`,
    ],
    ["memory used at most, of", `${Math.max(0, ...runs.map(({ used }) => used))} MB of ${runs[0]?.memory ?? 0} MB`],
  ];
}
