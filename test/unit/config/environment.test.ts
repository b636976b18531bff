import test from "ava";
import { readEnvironment } from "../../../lambda/src/config/environment.ts";
import { ConfigError } from "../../../lambda/src/config/errors.ts";

const complete = {
  BRIDGE_NAME: "partner-files",
  BRIDGE_ACCOUNT_ID: "123456789012",
  BRIDGE_CONFIG_BUCKET: "partner-files-config",
  BRIDGE_CONFIG_KEY: "streams-0123.json",
  BRIDGE_TABLE: "partner-files-journal",
  BRIDGE_METRIC_NAMESPACE: "Partners",
  BRIDGE_DELIVERED_TTL_DAYS: "30",
  BRIDGE_QUEUE_URL: "https://queue.example/events",
  BRIDGE_DEAD_LETTER_QUEUE_URL: "https://queue.example/dead",
  BRIDGE_UNDELIVERED_QUEUE_URL: "https://queue.example/undelivered",
};

const events = {
  bus: "arn:aws:events:eu-west-1:123456789012:event-bus/default",
  endpoint: "https://events.example",
  on: ["failed"],
};

test("events are sent where the module says so, and nowhere else", (t) => {
  t.is(readEnvironment(complete).events, undefined);
  t.deepEqual(readEnvironment({ ...complete, BRIDGE_EVENTS: JSON.stringify(events) }).events, events);
  for (const wrong of ["{", "{}", JSON.stringify({ ...events, on: [] }), JSON.stringify({ ...events, bus: "default" })])
    t.throws(() => readEnvironment({ ...complete, BRIDGE_EVENTS: wrong }), { message: /BRIDGE_EVENTS has to be JSON/ });
});

test("the module's variables", (t) => {
  t.deepEqual(readEnvironment(complete), {
    name: "partner-files",
    accountId: "123456789012",
    configBucket: "partner-files-config",
    configKey: "streams-0123.json",
    table: "partner-files-journal",
    metricNamespace: "Partners",
    deliveredTtlDays: 30,
    events: undefined,
    queueUrl: "https://queue.example/events",
    deadLetterQueueUrls: ["https://queue.example/dead", "https://queue.example/undelivered"],
  });
});

test("the namespace is the bridge's name unless set, and delivered files are remembered for 400 days", (t) => {
  const { BRIDGE_METRIC_NAMESPACE: _, BRIDGE_DELIVERED_TTL_DAYS: __, ...rest } = complete;
  const environment = readEnvironment(rest);
  t.is(environment.metricNamespace, "partner-files");
  t.is(environment.deliveredTtlDays, 400);
});

for (const name of [
  "BRIDGE_NAME",
  "BRIDGE_CONFIG_BUCKET",
  "BRIDGE_CONFIG_KEY",
  "BRIDGE_TABLE",
  "BRIDGE_UNDELIVERED_QUEUE_URL",
  "BRIDGE_QUEUE_URL",
  "BRIDGE_DEAD_LETTER_QUEUE_URL",
]) {
  test(`${name} missing or empty is told by name`, (t) => {
    const expectation = (word: string) => ({
      instanceOf: ConfigError,
      message: new RegExp(`${name} is ${word}.*terraform apply`),
    });
    t.throws(() => readEnvironment({ ...complete, [name]: undefined }), expectation("missing"));
    t.throws(() => readEnvironment({ ...complete, [name]: " " }), expectation("empty"));
  });
}

for (const value of ["0", "-1", "1.5", "a year"]) {
  test(`a time to remember of ${value} days is refused`, (t) => {
    t.throws(() => readEnvironment({ ...complete, BRIDGE_DELIVERED_TTL_DAYS: value }), {
      message: /BRIDGE_DELIVERED_TTL_DAYS is ".*"; it has to be a whole number of days/,
    });
  });
}
