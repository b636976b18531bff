/**
 * EventBridge's PutEvents, by the light sender: the SDK's client would be a fifth of what the function's bundle may still grow by.
 * https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_PutEvents.html
 */
import { createHash } from "node:crypto";
import { asError } from "../concurrency/contain.ts";
import { readAll, type Sender, type Target } from "./send.ts";

/** Where events go. */
export interface Bus {
  readonly arn: string;
  /** EventBridge's endpoint in the bus's region. */
  readonly endpoint: string;
  /** `source` of each event. */
  readonly source: string;
}

export interface BusEvent {
  readonly detailType: string;
  readonly detail: object;
  /** Milliseconds since the epoch. */
  readonly time: number;
}

/** PutEvents' limit. */
export const eventsAtOnce = 10;

/**
 * Sends at most `eventsAtOnce` events. Returns in their order what EventBridge says against each: undefined where it has
 * taken it. Throws EventsRefused where it has taken none.
 */
export type PutEvents = (events: readonly BusEvent[]) => Promise<readonly (string | undefined)[]>;

/** EventBridge took no event of a request; says what to do. */
export class EventsRefused extends Error {
  override readonly name = "EventsRefused";
}

const remedies: readonly (readonly [RegExp, string])[] = [
  [
    /AccessDenied|NotAuthorized/,
    "the role or the bus may deny it: run terraform apply, and look for a policy of the bus, a boundary or a control policy that denies events:PutEvents",
  ],
  [/ResourceNotFound/, "the bus isn't there: make it, or name another one in events.bus_arn"],
  [/Throttl|LimitExceeded/, "EventBridge throttles: ask AWS for more PutEvents in this region where this comes often"],
  [
    /^E[A-Z_]+$/,
    "EventBridge's API doesn't answer: a VPC without a NAT gateway needs an interface endpoint for EventBridge (com.amazonaws.REGION.events), and a security group that lets HTTPS out to it",
  ],
];

const refused = (bus: Bus, why: string, options?: ErrorOptions): EventsRefused => {
  const [, remedy] = remedies.find(([pattern]) => pattern.test(why)) ?? [];
  return new EventsRefused(`${bus.arn} takes no events${remedy === undefined ? "" : `: ${remedy}`}. (${why})`, options);
};

interface Answer {
  readonly Entries?: readonly { readonly ErrorCode?: string; readonly ErrorMessage?: string }[];
  readonly __type?: string;
  readonly message?: string;
  readonly Message?: string;
}

/** A request is sent once more where the connection broke: one that was kept may have been closed meanwhile. */
const broken = /^(ECONNRESET|EPIPE)$/;
const codeOf = (error: unknown): string => String((error as { code?: unknown } | undefined)?.code ?? "");

export const openPutEvents = (bus: Bus, send: Sender): PutEvents => {
  const region = bus.arn.split(":")[3] ?? "";
  const target: Target = { url: new URL(bus.endpoint), scope: { region, service: "events" } };

  const ask = async (body: string) => {
    const answer = await send(target, {
      method: "POST",
      path: "/",
      query: "",
      headers: { "content-type": "application/x-amz-json-1.1", "x-amz-target": "AWSEvents.PutEvents" },
      payloadHash: createHash("sha256").update(body).digest("hex"),
      body,
    });
    return { status: answer.statusCode, text: (await readAll(answer)).toString("utf8") };
  };
  const askTwice = async (body: string) => {
    try {
      return await ask(body).catch((error: unknown) => {
        if (!broken.test(codeOf(error))) throw error;
        return ask(body);
      });
    } catch (error) {
      throw refused(bus, codeOf(error) || asError(error).message, { cause: error });
    }
  };

  return async (events) => {
    const { status, text } = await askTwice(
      JSON.stringify({
        Entries: events.map(({ detailType, detail, time }) => ({
          Source: bus.source,
          DetailType: detailType,
          Detail: JSON.stringify(detail),
          EventBusName: bus.arn,
          Time: Math.floor(time / 1000),
        })),
      }),
    );
    let answer: Answer = {};
    try {
      answer = JSON.parse(text) as Answer;
    } catch {
      // Somebody else's answer, such as a proxy's page.
    }
    if (status !== 200 || answer.Entries?.length !== events.length) {
      const kind = (answer.__type ?? `status ${status}`).split("#").at(-1);
      throw refused(bus, `${kind}: ${answer.message ?? answer.Message ?? "no reason"}`);
    }
    const reasons = answer.Entries.map(({ ErrorCode, ErrorMessage }) =>
      ErrorCode === undefined ? undefined : `${ErrorCode}: ${ErrorMessage ?? "no reason"}`,
    );
    const [first] = reasons;
    if (first !== undefined && !reasons.includes(undefined)) throw refused(bus, first);
    return reasons;
  };
};
