/** The actions of an operator: what each takes, and how an answer looks. */
import * as v from "valibot";
import type { Invocation } from "../invocation.ts";
import { sliceOf } from "../invocation.ts";
import { ActionError } from "./action-error.ts";
import type { Answer, Answers, actionParameters, OperatorAction, ParameterOf } from "./actions.ts";
import { check } from "./check.ts";
import { history } from "./history.ts";
import { list } from "./list.ts";
import { fetchNow, sendNow } from "./on-demand.ts";
import { reconcile } from "./reconcile.ts";
import { redrive } from "./redrive.ts";
import { replay } from "./replay.ts";
import { rotateKey } from "./rotate-key.ts";
import { skip } from "./skip.ts";
import { status } from "./status.ts";
import { forgetTraits } from "./traits.ts";

const stream = v.pipe(v.string("has to be the name of a stream"), v.nonEmpty("has to be the name of a stream"));
const text = v.string("has to be a string");
const moment = v.pipe(
  text,
  v.check(
    (value) =>
      /^\d{4}-\d\d-\d\d(T\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d:\d\d))?$/.test(value) && !Number.isNaN(Date.parse(value)),
    'has to be a time with its zone such as "2026-03-01T07:30:00Z", or a day (UTC) such as "2026-03-01"',
  ),
);
/** A path below a root, as the journal writes it. */
const path = v.pipe(
  text,
  v.nonEmpty("may not be empty"),
  v.check((value) => !value.includes("\0") && !value.split("/").includes(".."), 'may not contain ".." or NUL'),
);
const prefix = v.pipe(
  text,
  v.check(
    (value) => !value.includes("\0") && !value.startsWith("/") && !value.split("/").includes(".."),
    'is below the stream\'s source: it may not begin with "/", nor contain ".." or NUL',
  ),
);
const direction = v.picklist(["push", "pull"], 'has to be "push" or "pull"');
const yes = v.optional(
  v.pipe(
    v.boolean("has to be true or false"),
    v.transform((value) => value || undefined),
  ),
);
const next = v.optional(text);

type Fields = v.ObjectEntries;
type Request<T extends Fields> = v.InferOutput<v.StrictObjectSchema<T, undefined>>;

/** An action with the schema of its parameters: exactly those that `actionParameters` lists. */
const define = <
  A extends OperatorAction,
  const T extends Fields & Record<(typeof actionParameters)[A][number], unknown>,
>(
  action: A,
  fields: T & Record<Exclude<keyof T, ParameterOf<A>>, never>,
  run: (invocation: Invocation, request: Request<T>) => Promise<Answers[A]>,
) => {
  const schema = v.strictObject(fields as T);
  return async (invocation: Invocation, given: Readonly<Record<string, unknown>>): Promise<Answers[A]> => {
    const result = v.safeParse(schema, given);
    if (result.success) return run(invocation, result.output);
    const faults = result.issues.map((issue) => {
      const field = v.getDotPath(issue) ?? "";
      if (issue.type === "strict_object" && issue.expected === "never") return `"${field}" is unknown`;
      return issue.received === "undefined" ? `"${field}" is missing` : `"${field}" ${issue.message}`;
    });
    throw new ActionError(
      "malformed",
      `The action "${action}" can't be done: ${faults.join("; ")}. It takes: ${Object.keys(fields).join(", ")}.`,
    );
  };
};

const sought = { stream, prefix: v.optional(prefix), since: v.optional(moment), dry_run: yes, next };

const listed = { stream, direction: v.optional(direction), prefix: v.optional(prefix), next };

const actions: {
  readonly [A in OperatorAction]: (
    invocation: Invocation,
    given: Readonly<Record<string, unknown>>,
  ) => Promise<Answers[A]>;
} = {
  check: define("check", { stream: v.optional(stream), next }, check),
  list: define("list", listed, (invocation, request) => list(invocation, { ...request, action: "list" })),
  "dry-run": define("dry-run", listed, (invocation, request) => list(invocation, { ...request, action: "dry-run" })),
  replay: define(
    "replay",
    {
      stream,
      direction: v.optional(direction),
      path: v.optional(path),
      prefix: v.optional(prefix),
      since: v.optional(moment),
      until: v.optional(moment),
      force: yes,
      next,
    },
    replay,
  ),
  fetch: define("fetch", { stream, path, force: yes, next }, fetchNow),
  send: define("send", { stream, path, force: yes, next }, sendNow),
  skip: define(
    "skip",
    { stream, path: v.optional(path), direction: v.optional(direction), number: v.optional(text), force: yes },
    skip,
  ),
  redrive: define(
    "redrive",
    { stream: v.optional(stream), path: v.optional(path), all: yes, queue: yes, next },
    redrive,
  ),
  reconcile: define("reconcile", sought, (invocation, request) =>
    reconcile(invocation, { ...request, action: "reconcile" }),
  ),
  backfill: define("backfill", sought, (invocation, request) =>
    reconcile(invocation, { ...request, action: "backfill" }),
  ),
  history: define("history", { stream, path, direction: v.optional(direction) }, history),
  "forget-traits": define("forget-traits", { stream, trait: v.optional(text) }, forgetTraits),
  "rotate-key": define(
    "rotate-key",
    { stream, key_version: v.optional(text), private_key: v.optional(text), certificate: v.optional(text), next },
    rotateKey,
  ),
  status: define("status", { stream: v.optional(stream), next }, status),
};

const errorKind = (error: unknown): string => {
  if (typeof error === "object" && error !== null && "kind" in error && typeof error.kind === "string")
    return error.kind;
  return error instanceof Error ? error.name : "unknown";
};

/**
 * Runs an operator's action. What goes wrong is an answer with `ok: false`, and not a failed invocation: a mistyped name, or
 * a partner that is found to be down, would otherwise raise the alarm `errors`.
 */
export const operate = async (
  invocation: Invocation,
  action: OperatorAction,
  given: Readonly<Record<string, unknown>>,
): Promise<Answer> => {
  const { log } = invocation.deps.telemetry;
  try {
    const result = await actions[action](sliceOf(invocation), given);
    log.info("An operator's action", { action, request: given });
    // The compiler doesn't see that the answer is that of this action, which `actions` holds to.
    return { ok: true, action, ...result } as Answer;
  } catch (error) {
    log.warn("An operator's action couldn't be done", { action, request: given, error });
    const message = error instanceof Error ? error.message : String(error);
    return { ok: false, action, error: { kind: errorKind(error), message } };
  }
};
