/** How the state that each section of the runbook is about comes to be, and what has to show when it is there and when it is over. */
import { chmodSync, renameSync } from "node:fs";
import { CloudWatchLogsClient, CreateLogStreamCommand, PutLogEventsCommand } from "@aws-sdk/client-cloudwatch-logs";
import { awsConfig, until } from "../../stack/index.ts";
import { invoke } from "./invoke.ts";
import { readObject } from "./objects.ts";
import {
  arrival,
  backdate,
  entry,
  fact,
  failInvocations,
  hour,
  lock,
  name,
  put,
  rule,
  strand,
  tell,
  tellDepths,
  tick,
  turnEventSourceOff,
  unlock,
  type World,
} from "./walked.ts";

export interface Walk {
  /** Alarms that have to be red once it is broken, by name. */
  readonly red: readonly string[];
  readonly breaks: (world: World) => unknown;
  /** What the text says in words. */
  readonly mend?: (world: World) => unknown;
  /** What the commands before the mending have to show. */
  readonly shows?: RegExp;
  /** What the text's last commands have to show. */
  readonly ends?: RegExp;
  /** Beyond what the text's own last commands say. */
  readonly over?: (world: World) => unknown;
  /** Minutes in which the alarm has to turn red. */
  readonly minutes?: number;
}

const march = "reports/march.csv";

/** By the heading of the section. */
export const walks: Readonly<Record<string, Walk>> = {
  errors: {
    red: ["acme/errors"],
    breaks: async (world) => {
      lock(world);
      await put(world, march);
      await entry(world, march);
    },
    shows: /the user may not write/,
    mend: unlock,
    over: (world) => arrival(world, march),
  },
  "connection-timeouts": {
    red: ["acme/connection-timeouts"],
    breaks: async (world) => {
      world.relay.become("silent");
      await put(world, "silent.csv");
      for (let attempt = 0; attempt < 4; attempt++) {
        await until("a pause", 30, async () => /paused/.test((await world.onCall.bridge("status")).out) || undefined);
        await world.onCall.minutes(1);
        await world.onCall.bridge("redrive", "--stream", "acme");
      }
    },
    shows: /no SSH greeting/,
    mend: ({ relay }) => relay.become("passing"),
    over: (world) => arrival(world, "silent.csv"),
  },
  failed: {
    red: ["acme/failed-push"],
    breaks: async (world) => {
      lock(world);
      await put(world, "given-up.csv");
      const found = await entry(world, "given-up.csv");
      await backdate(world, found, "known_at", new Date(Date.now() - 200 * hour).toISOString());
      await backdate(world, found, "next_attempt", Date.now() - 1);
      await tick(world);
    },
    shows: /given-up\.csv .*failed/,
    mend: unlock,
    over: (world) => arrival(world, "given-up.csv"),
  },
  "oldest-undelivered": {
    red: ["acme/oldest-undelivered"],
    breaks: async (world) => {
      lock(world);
      await put(world, "old.csv");
      await backdate(world, await entry(world, "old.csv"), "open_since", new Date(Date.now() - 2 * hour).toISOString());
    },
    minutes: 4,
    shows: /old\.csv/,
    mend: unlock,
    over: (world) => arrival(world, "old.csv"),
  },
  "oldest-waiting": {
    red: ["acme/oldest-waiting"],
    breaks: async (world) => {
      world.partner.files.write("outbox/closed.csv", "closed");
      chmodSync(world.partner.files.path("outbox/closed.csv"), 0);
      await invoke(world.stack, name, { action: "poll", streams: ["acme"] });
      await backdate(
        world,
        await entry(world, "closed.csv"),
        "open_since",
        new Date(Date.now() - 2 * hour).toISOString(),
      );
    },
    minutes: 4,
    shows: /closed\.csv/,
    mend: ({ partner }) => chmodSync(partner.files.path("outbox/closed.csv"), 0o644),
    over: ({ s3, bridge }) =>
      until("closed.csv", 60, () => readObject(s3, `s3://${bridge["bucket"]}/acme/pull/`, "closed.csv")),
  },
  polls: {
    red: ["acme/polls"],
    breaks: async (world) => {
      await backdate(world, await fact(world, "poll"), "at", Date.now() - 100 * hour);
      renameSync(world.partner.files.path("outbox"), world.partner.files.path("elsewhere"));
      await invoke(world.stack, name, { action: "poll", streams: ["acme"] });
    },
    minutes: 4,
    shows: /outbox/,
    mend: ({ partner }) => renameSync(partner.files.path("elsewhere"), partner.files.path("outbox")),
  },
  certificate: {
    red: ["acme/certificate"],
    // What a tick would say of one with five days left.
    breaks: async (world) => {
      for (let minute = 0; minute < 4; minute++) {
        await tell(world, name, "certificate-seconds-left", { stream: "acme" }, 5 * 86_400);
        await world.onCall.minutes(1);
      }
    },
    minutes: 0,
    shows: /log-in .*-cert-v01@openssh\.com, valid from \S+Z to \S+Z/,
  },
  "pgp-key": {
    red: ["sealed/pgp-key"],
    // What a tick would say of a last key with five days left.
    breaks: async (world) => {
      for (let minute = 0; minute < 4; minute++) {
        await tell(world, name, "pgp-key-seconds-left", { stream: "sealed" }, 5 * 86_400);
        await world.onCall.minutes(1);
      }
    },
    minutes: 0,
  },
  rules: {
    red: ["acme/rule-push", "undelivered"],
    breaks: async (world) => {
      await strand(world, "undelivered_queue_url", "undelivered-1.csv");
      await rule(world, "disable", "push-acme");
      await failInvocations(world, `${name}-push-acme`);
    },
    mend: async (world) => {
      const planned = await world.workspace.plan();
      if (planned.length === 0) throw new Error("terraform plan doesn't show that the rule is off");
      await world.workspace.apply();
    },
    ends: /missing 0/,
    over: async (world) => {
      for (const path of ["undelivered-1.csv", "never-told.csv"]) await arrival(world, path);
      await tellDepths(world);
    },
  },
  "at-least": {
    red: ["acme/at-least-push"],
    breaks: (world) => world.stack.advanceCloudWatch(3700),
    shows: /files|No files/,
    mend: (world) => put(world, "at-least.csv"),
    over: (world) => arrival(world, "at-least.csv"),
  },
  expected: {
    red: ["acme/expected"],
    breaks: async (world) => backdate(world, await fact(world, "expected#"), "at", Date.now() - 100 * hour),
    minutes: 4,
    mend: async (world) => {
      await put(world, "expected/report.csv");
      await arrival(world, "expected/report.csv");
      await tick(world);
    },
  },
  "bridge-errors": {
    red: ["errors"],
    breaks: ({ stack }) => invoke(stack, name, { nonsense: true }),
  },
  "bridge-timeouts": {
    red: ["timeouts"],
    breaks: async ({ stack }) => {
      const logs = new CloudWatchLogsClient(awsConfig(stack));
      const place = { logGroupName: `/aws/lambda/${name}`, logStreamName: "of-the-test" };
      await logs.send(new CreateLogStreamCommand(place));
      const timestamp = Date.now();
      const message = `${new Date(timestamp).toISOString()} 3f6c1a52-8f5c-4b7e-9b53-1a2b3c4d5e6f Task timed out after 900.00 seconds`;
      await logs.send(new PutLogEventsCommand({ ...place, logEvents: [{ timestamp, message }] }));
      logs.destroy();
    },
  },
  "bridge-tick": {
    red: ["tick", "expectations"],
    breaks: async (world) => {
      await rule(world, "disable", "tick");
      await world.onCall.minutes(13, { tick: false });
    },
    minutes: 0,
    mend: (world) => rule(world, "enable", "tick"),
  },
  "bridge-tick-rule": {
    red: ["tick-rule"],
    breaks: (world) => failInvocations(world, `${name}-tick`),
  },
  // The check runs with the tick, so that nothing but its absence shows on a bridge that works.
  "bridge-expectations": {
    red: ["expectations"],
    breaks: async (world) => {
      await rule(world, "disable", "tick");
      await world.onCall.minutes(13, { tick: false });
    },
    minutes: 0,
    mend: (world) => rule(world, "enable", "tick"),
  },
  "bridge-dead-letters": {
    red: ["dead-letters"],
    breaks: (world) => strand(world, "dead_letter_queue_url", "dead-letter.csv"),
    minutes: 2,
    over: async (world) => {
      await arrival(world, "dead-letter.csv");
      await tellDepths(world);
    },
  },
  "bridge-undelivered": {
    red: ["undelivered"],
    breaks: (world) => strand(world, "undelivered_queue_url", "undelivered-2.csv"),
    minutes: 2,
    over: async (world) => {
      await arrival(world, "undelivered-2.csv");
      await tellDepths(world);
    },
  },
  "bridge-events-waiting": {
    red: ["events-waiting"],
    breaks: async (world) => {
      await turnEventSourceOff(world);
      await put(world, "waits.csv");
      await tell(world, "AWS/SQS", "ApproximateAgeOfOldestMessage", { QueueName: `${name}-events` }, 1_000);
    },
    mend: async (world) => {
      const planned = await world.workspace.plan();
      if (planned.length === 0) throw new Error("terraform plan doesn't show that the event source is off");
      await world.workspace.apply();
    },
    over: async (world) => {
      await arrival(world, "waits.csv");
      await tell(world, "AWS/SQS", "ApproximateAgeOfOldestMessage", { QueueName: `${name}-events` }, 0);
    },
  },
  "bridge-unsent-events": {
    red: ["unsent-events"],
    // As a tick would tell of a bus that denies: the function's permissions are enforced in examples.test.ts.
    breaks: async (world) => {
      for (let minute = 0; minute < 3; minute++) {
        await tell(world, name, "oldest-unsent-event-age", {}, 1_000);
        await world.onCall.minutes(1);
      }
    },
  },
  "bridge-throttles": {
    red: ["throttles"],
    breaks: async (world) => {
      for (let minute = 0; minute < 3; minute++) {
        await tell(world, "AWS/Lambda", "Throttles", { FunctionName: name }, 2);
        await world.onCall.minutes(1);
      }
    },
  },
};
