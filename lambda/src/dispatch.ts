/** Which action an event asks for. */
import type { SQSRecord } from "aws-lambda";
import * as v from "valibot";
import { aliasOf, assertOffered, NotOffered, type Request } from "./aliases.ts";
import { type Invocation, partnersAtOnce } from "./invocation.ts";
import { onlyReads, operatorActions } from "./operator/actions.ts";
import { MalformedEvent } from "./push/s3-event.ts";
import { drainPartners } from "./runs/drain.ts";
import { pollStreams } from "./runs/poll.ts";
import { takeInMessages, takeInNotification } from "./runs/take-in.ts";
import { tick } from "./runs/tick.ts";
import { shown } from "./telemetry/redact.ts";

const queueEvent = v.object({
  Records: v.pipe(
    v.array(v.looseObject({ eventSource: v.literal("aws:sqs"), messageId: v.string(), body: v.string() })),
    v.minLength(1),
  ),
});
const bucketEvent = v.looseObject({
  Records: v.pipe(v.array(v.looseObject({ eventSource: v.literal("aws:s3") })), v.minLength(1)),
});
const action = v.variant("action", [
  v.strictObject({ action: v.literal("tick") }),
  v.strictObject({ action: v.literal("poll"), streams: v.pipe(v.array(v.string()), v.minLength(1)) }),
  // What a tick starts by itself.
  v.strictObject({
    action: v.literal("drain"),
    partners: v.pipe(v.array(v.string()), v.minLength(1), v.maxLength(partnersAtOnce)),
  }),
]);
/**
 * What CloudWatch's dashboard sends for a custom widget, or whoever wants to know what the widget takes.
 * https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/add_custom_widget_dashboard_about.html
 */
const widgetEvent = v.union([
  v.looseObject({ widgetContext: v.looseObject({}) }),
  v.strictObject({ describe: v.literal(true) }),
]);
const operatorEvent = v.looseObject({ action: v.picklist(operatorActions) });
/** https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-run-lambda-schedule.html */
const scheduledEvent = v.looseObject({ "detail-type": v.literal("Scheduled Event"), resources: v.array(v.string()) });

/** The original's rule of this name tried failed S3 events again. */
const legacyRetryRule = "poll";

/** The original named a rule after the streams that it polls, with periods between them. */
export const streamsOfRule = (arn: string): string[] => {
  const name = arn.slice(arn.lastIndexOf("/") + 1);
  return name.split(".").filter((part) => part !== "");
};

/** The queue's messages in an event; none in one of another kind. The fields that are read were checked; Lambda's type has more. */
export const messagesOf = (event: unknown): readonly SQSRecord[] =>
  v.is(queueEvent, event) ? (event.Records as unknown as SQSRecord[]) : [];

interface Asked {
  readonly request: Request;
  readonly run: (invocation: Invocation) => Promise<unknown>;
}

/** What the event asks for; `arn` is the function's as it was invoked. Throws MalformedEvent. */
const read = (event: unknown, arn: string): Asked => {
  const messages = messagesOf(event);
  if (messages.length > 0) return { request: "intake", run: (invocation) => takeInMessages(invocation, messages) };
  if (v.is(bucketEvent, event))
    return { request: "intake", run: (invocation) => takeInNotification(invocation, event) };

  const asked = v.safeParse(action, event);
  if (asked.success) {
    const { output } = asked;
    if (output.action === "tick") return { request: "tick", run: tick };
    if (output.action === "drain")
      return { request: "drain", run: (invocation) => drainPartners(invocation, output.partners) };
    return { request: "poll", run: (invocation) => pollStreams(invocation, output.streams) };
  }
  // Before an operator's actions: whatever a dashboard says beside, a widget only looks.
  if (v.is(widgetEvent, event))
    return {
      request: "read",
      run: async (invocation) => (await import("./widget/widget.ts")).widget(invocation, event, arn),
    };
  const operator = v.safeParse(operatorEvent, event);
  if (operator.success) {
    const { action: name, ...given } = operator.output;
    const request = onlyReads(name, given) ? "read" : "change";
    // Loaded when an operator asks: at the start of all other invocations it would only cost time.
    const run = async (invocation: Invocation) =>
      (await import("./operator/commands.ts")).operate(invocation, name, given);
    return { request, run };
  }
  const scheduled = v.safeParse(scheduledEvent, event);
  if (scheduled.success) {
    const streams = scheduled.output.resources.flatMap(streamsOfRule);
    if (streams.length === 1 && streams[0] === legacyRetryRule) return { request: "tick", run: tick };
    return { request: "poll", run: (invocation) => pollStreams(invocation, streams) };
  }
  throw new MalformedEvent(
    `The event asks for nothing that this function does: ${shown(event, 300)}. Send {"action":"tick"}, {"action":"poll","streams":["…"]}, an action of an operator (${operatorActions.join(", ")}), or events of S3`,
  );
};

/**
 * Runs what the event asks for, if it may be asked by the alias by which it came; returns what Lambda shall answer. Throws
 * MalformedEvent and NotOffered. `arn`: the function's as it was invoked.
 */
export const dispatch = async (invocation: Invocation, event: unknown, arn = ""): Promise<unknown> => {
  const alias = aliasOf(arn);
  const { request, run } = read(event, arn);
  try {
    assertOffered(alias, request);
  } catch (error) {
    // An operator's mistake is an answer; what comes by itself is a failure, which raises an alarm.
    if (alias !== "read" || request !== "change" || !(error instanceof NotOffered)) throw error;
    const { action: name } = event as { action: string };
    invocation.deps.telemetry.log.warn("An operator's action was refused", { action: name, error });
    return { ok: false, action: name, error: { kind: error.kind, message: error.message } };
  }
  return run(invocation);
};
