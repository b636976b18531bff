/**
 * The operator's actions: which there are, what each takes, and what it answers. The function and the command `bridge` share
 * this file, so that neither can ask or answer what the other doesn't know.
 */
import type { CheckAnswer } from "./check.ts";
import type { HistoryAnswer } from "./history.ts";
import type { ListAnswer } from "./list.ts";
import type { ReconcileAnswer } from "./reconcile.ts";
import type { RedriveAnswer } from "./redrive.ts";
import type { ReplayAnswer } from "./replay.ts";
import type { RotateAnswer } from "./rotate-key.ts";
import type { SkipAnswer } from "./skip.ts";
import type { StatusAnswer } from "./status.ts";
import type { ForgetAnswer } from "./traits.ts";

/** The parameters of each action, as a request names them; the command writes `dry_run` as `--dry-run`. */
export const actionParameters = {
  check: ["stream"],
  list: ["stream", "direction", "prefix"],
  "dry-run": ["stream", "direction", "prefix"],
  replay: ["stream", "direction", "path", "prefix", "since", "until", "force"],
  fetch: ["stream", "path", "force"],
  send: ["stream", "path", "force"],
  skip: ["stream", "direction", "path", "number", "force"],
  redrive: ["stream", "path", "all", "queue"],
  reconcile: ["stream", "prefix", "since", "dry_run"],
  backfill: ["stream", "prefix", "since", "dry_run"],
  history: ["stream", "path", "direction"],
  "forget-traits": ["stream", "trait"],
  "rotate-key": ["stream", "key_version", "private_key", "certificate"],
  status: ["stream"],
} as const satisfies Readonly<Record<string, readonly string[]>>;

export type OperatorAction = keyof typeof actionParameters;

/** The names that a request of this action may have; `next` goes on where an answer ended. */
export type ParameterOf<A extends OperatorAction> = (typeof actionParameters)[A][number] | "next";

/** Those that change nothing, on either side or in the journal; `check` writes a probe file at the partner. */
const readingActions: readonly OperatorAction[] = ["list", "dry-run", "history", "status"];

/** Whether a request only looks: by its action, or because it says so itself. */
export const onlyReads = (action: OperatorAction, request: Readonly<Record<string, unknown>>): boolean =>
  readingActions.includes(action) ||
  ((actionParameters[action] as readonly string[]).includes("dry_run") && request["dry_run"] === true);

export const operatorActions = Object.keys(actionParameters) as OperatorAction[];

/** What each action answers when it could be done. */
export interface Answers {
  readonly check: CheckAnswer;
  readonly list: ListAnswer;
  readonly "dry-run": ListAnswer;
  readonly replay: ReplayAnswer;
  readonly fetch: ReplayAnswer;
  readonly send: ReplayAnswer;
  readonly skip: SkipAnswer;
  readonly redrive: RedriveAnswer;
  readonly reconcile: ReconcileAnswer;
  readonly backfill: ReconcileAnswer;
  readonly history: HistoryAnswer;
  readonly "forget-traits": ForgetAnswer;
  readonly "rotate-key": RotateAnswer;
  readonly status: StatusAnswer;
}

/** An action that was done; `next` is there where there is more to ask for. */
export type Done<A extends OperatorAction = OperatorAction> = {
  readonly [Name in A]: { readonly ok: true; readonly action: Name; readonly next?: string } & Answers[Name];
}[A];

/** An action that could not be done. */
export interface Refused {
  readonly ok: false;
  readonly action: string;
  readonly error: { readonly kind: string; readonly message: string };
}

export type Answer<A extends OperatorAction = OperatorAction> = Done<A> | Refused;
