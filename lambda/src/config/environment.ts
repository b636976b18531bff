import * as v from "valibot";
import { ConfigError } from "./errors.ts";

/** How a file may end. */
export const endings = ["delivered", "failed", "skipped", "gone"] as const;
export type Ending = (typeof endings)[number];
/** What is told beside endings: that a server has announced a host key that isn't pinned. */
export const hostKeyTold = "host_key";
/** Whatever somebody may be told of. */
export type Told = Ending | typeof hostKeyTold;

/** What the module tells the function by its environment variables. */
export interface Environment {
  /** BRIDGE_NAME: the module's `name`. */
  readonly name: string;
  /** BRIDGE_ACCOUNT_ID: the account that owns the bridge and its configuration's bucket; not set before this was told. */
  readonly accountId: string | undefined;
  /** BRIDGE_CONFIG_BUCKET and BRIDGE_CONFIG_KEY: where the stream map is. */
  readonly configBucket: string;
  readonly configKey: string;
  /** BRIDGE_TABLE: the journal. */
  readonly table: string;
  /** BRIDGE_METRIC_NAMESPACE; BRIDGE_NAME where it isn't set. */
  readonly metricNamespace: string;
  /** BRIDGE_DELIVERED_TTL_DAYS: days for which the journal remembers a delivered file (400). */
  readonly deliveredTtlDays: number;
  /** BRIDGE_QUEUE_URL: S3 events. */
  readonly queueUrl: string;
  /** BRIDGE_DEAD_LETTER_QUEUE_URL: events that couldn't be taken in; BRIDGE_UNDELIVERED_QUEUE_URL: those that EventBridge couldn't deliver. */
  readonly deadLetterQueueUrls: readonly string[];
  /** BRIDGE_EVENTS: where events go, and which; undefined where none are sent. */
  readonly events: { readonly bus: string; readonly endpoint: string; readonly on: readonly Told[] } | undefined;
}

type Variables = Readonly<Record<string, string | undefined>>;

const required = (variables: Variables, name: string): string => {
  const value = variables[name]?.trim();
  if (!value) {
    throw new ConfigError(
      `Environment variable ${name} is ${value === undefined ? "missing" : "empty"}. The module sets it: run \`terraform apply\` again, and don't edit the function's environment by hand.`,
    );
  }
  return value;
};

const days = (variables: Variables, name: string, fallback: number): number => {
  const text = variables[name]?.trim();
  if (!text) return fallback;
  const value = Number(text);
  if (!Number.isInteger(value) || value < 1) {
    throw new ConfigError(
      `Environment variable ${name} is ${JSON.stringify(text)}; it has to be a whole number of days, at least 1.`,
    );
  }
  return value;
};

const eventSettings = v.strictObject({
  bus: v.pipe(v.string(), v.regex(/^arn:[^:]+:events:[^:]+:\d{12}:event-bus\/.+$/)),
  endpoint: v.pipe(v.string(), v.url()),
  on: v.pipe(v.array(v.picklist([...endings, hostKeyTold])), v.minLength(1)),
});

const eventsIn = (variables: Variables): Environment["events"] => {
  const text = variables["BRIDGE_EVENTS"]?.trim();
  if (!text) return undefined;
  try {
    return v.parse(eventSettings, JSON.parse(text));
  } catch (cause) {
    throw new ConfigError(
      "Environment variable BRIDGE_EVENTS has to be JSON with `bus`, `endpoint` and `on`. The module sets it: run `terraform apply` again, and don't edit the function's environment by hand.",
      { cause },
    );
  }
};

/** Reads the function's environment. Throws a ConfigError that names the variable. */
export const readEnvironment = (variables: Variables = process.env): Environment => {
  const name = required(variables, "BRIDGE_NAME");
  return {
    name,
    accountId: variables["BRIDGE_ACCOUNT_ID"]?.trim() || undefined,
    configBucket: required(variables, "BRIDGE_CONFIG_BUCKET"),
    configKey: required(variables, "BRIDGE_CONFIG_KEY"),
    table: required(variables, "BRIDGE_TABLE"),
    metricNamespace: variables["BRIDGE_METRIC_NAMESPACE"]?.trim() || name,
    deliveredTtlDays: days(variables, "BRIDGE_DELIVERED_TTL_DAYS", 400),
    queueUrl: required(variables, "BRIDGE_QUEUE_URL"),
    deadLetterQueueUrls: [
      required(variables, "BRIDGE_DEAD_LETTER_QUEUE_URL"),
      required(variables, "BRIDGE_UNDELIVERED_QUEUE_URL"),
    ],
    events: eventsIn(variables),
  };
};
