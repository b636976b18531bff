/**
 * Schedule rules: what `aws events list-rules` prints, or `stream1.stream2=rate(5 minutes)`. A rule's name is the list of the
 * streams that it polls, with periods between.
 */
import * as v from "valibot";
import { type Document, Refusal } from "./json.ts";

export interface Rule {
  readonly name: string;
  readonly schedule: string;
  readonly enabled: boolean;
  readonly arn?: string | undefined;
}

export interface Polls {
  /** By stream, the schedules that are on, in the order of the rules. */
  readonly schedules: ReadonlyMap<string, readonly Rule[]>;
  /** By stream, the rules that are there and off, where none is on. */
  readonly paused: ReadonlyMap<string, readonly Rule[]>;
  /** What can't be carried over, and what is only to be known. */
  readonly left: readonly string[];
  readonly remarks: readonly string[];
}

/** The original's name for the rule that tried failed S3 events again. */
const retryRule = "poll";

const listed = v.object({
  Rules: v.array(
    v.object({
      Name: v.string(),
      Arn: v.optional(v.string()),
      ScheduleExpression: v.optional(v.string()),
      State: v.optional(v.string(), "ENABLED"),
    }),
  ),
  NextToken: v.optional(v.nullable(v.string())),
});

const isSchedule = (text: string): boolean => /^(rate|cron)\([^()]+\)$/.test(text);

/** Rules with a schedule. Throws a Refusal for anything but what `aws events list-rules` prints. */
export const readRules = ({ value, placeOf }: Document, name: string): readonly Rule[] => {
  const result = v.safeParse(listed, value);
  if (!result.success) {
    const [issue] = result.issues;
    const path = (issue.path ?? []).map(({ key }) => key as string | number);
    throw new Refusal([
      `${name}, ${placeOf(path)}: not what \`aws events list-rules\` prints (${path.join(".") || "the whole"}): it is {"Rules": [{"Name": …, "ScheduleExpression": …, "State": …}]}.`,
    ]);
  }
  if (result.output.NextToken)
    throw new Refusal([
      `${name}: it ends with a NextToken, so rules are missing. Run \`aws events list-rules\` without --no-paginate or --max-items.`,
    ]);
  return result.output.Rules.flatMap(({ Name, Arn, ScheduleExpression, State }) =>
    ScheduleExpression === undefined || ScheduleExpression === ""
      ? []
      : [{ name: Name, schedule: ScheduleExpression, enabled: State !== "DISABLED", arn: Arn }],
  );
};

/** One `--schedule`. Throws a Refusal where it isn't `NAME=rate(…)` or `NAME=cron(…)`. */
export const readSchedule = (given: string): Rule => {
  const [, name, schedule] = /^([^=]+)=(.*)$/s.exec(given) ?? [];
  if (name === undefined || schedule === undefined || !isSchedule(schedule.trim()))
    throw new Refusal([`--schedule ${JSON.stringify(given)}: write stream1.stream2='rate(5 minutes)', or cron(…).`]);
  return { name: name.trim(), schedule: schedule.trim(), enabled: true };
};

const push = (map: Map<string, Rule[]>, key: string, rule: Rule): void => {
  map.set(key, [...(map.get(key) ?? []), rule]);
};

/** Which stream is polled when. `own`: rules that the user named for this very bridge, so that an unknown stream is a mistake. */
export const pollsOf = (streams: readonly string[], listedRules: readonly Rule[], own: readonly Rule[]): Polls => {
  const [on, off] = [new Map<string, Rule[]>(), new Map<string, Rule[]>()];
  const [left, remarks, reasons] = [[] as string[], [] as string[], [] as string[]];
  for (const rule of [...listedRules, ...own]) {
    const parts = rule.name.split(".").filter((part) => part !== "");
    const known = parts.filter((part) => streams.includes(part));
    const unknown = parts.filter((part) => !streams.includes(part));
    const label = `rule ${JSON.stringify(rule.name)}`;
    if (parts.length === 1 && parts[0] === retryRule) {
      remarks.push(`${label} tried failed events again, which the bridge does by itself: the rule can go.`);
      continue;
    }
    if (unknown.length > 0 && own.includes(rule))
      reasons.push(
        `--schedule ${rule.name}: no stream is called ${unknown.map((one) => JSON.stringify(one)).join(", ")}; there are: ${streams.join(", ")}.`,
      );
    else if (known.length === 0)
      remarks.push(`${label} (${rule.schedule}) names no stream of this configuration: left alone.`);
    else if (unknown.length > 0)
      left.push(
        `${label} names ${unknown.map((one) => JSON.stringify(one)).join(", ")}, which the configuration doesn't have.`,
      );
    for (const stream of new Set(known)) push(rule.enabled ? on : off, stream, rule);
  }
  if (reasons.length > 0) throw new Refusal(reasons);
  for (const stream of on.keys()) {
    for (const rule of off.get(stream) ?? [])
      remarks.push(
        `rule ${JSON.stringify(rule.name)} (${rule.schedule}) is off: not carried over for ${stream}, which other rules poll.`,
      );
    off.delete(stream);
  }
  return { schedules: on, paused: off, left, remarks };
};
