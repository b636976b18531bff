/**
 * How one version stands with its gate. The verdict is in the journal before anything follows from it, and counts for that version and
 * that gate alone; without one nothing goes on, however long it takes.
 */
import type { Clock } from "../clock.ts";
import type { Gate } from "../config/types.ts";
import type { Entry, Held } from "../journal/entry.ts";
import type { Journal } from "../journal/journal.ts";
import type { Log } from "../telemetry/types.ts";
import { judge } from "./judge.ts";
import type { Asked, Judges, Verdict } from "./types.ts";

const hour = 3_600_000;

/** Until a gate is asked again: a minute, and a tenth of the time that it has taken already. Milliseconds. */
const soonest = 60_000;
const latest = 15 * 60_000;

export const nameOfGate = ({ functionArn }: Gate): string => functionArn ?? "guardduty";

export interface Question {
  readonly asked: Asked;
  /** The version, among all that the entry may stand for. */
  readonly identity: string;
  /** Asked behind a pass where the object has no version: is it still what the gate was asked about? */
  readonly isSame: () => Promise<boolean>;
  /** What it was made of: the time of that goes on with whatever else is made of it. */
  readonly of?: string;
  /** What else is to be written of an entry that is held. */
  readonly whileHeld?: Partial<Entry>;
}

interface GateContext {
  readonly journal: Journal;
  readonly judges?: Judges | undefined;
  readonly clock: Clock;
  readonly signal: AbortSignal;
  readonly log: Log;
}

/** How the gate ended: go on (`opened`: it said so just now), wait, or end the file so. */
export type Gated =
  | { readonly result: "open" | "opened"; readonly entry: Entry }
  | { readonly result: "held" }
  | { readonly result: "rejected" | "no-verdict"; readonly entry: Entry; readonly reason: string };

const causeOf = (error: unknown): string =>
  (error instanceof Error
    ? `${error.name === "NoVerdict" ? "" : `${error.name}: `}${error.message}`
    : String(error)
  ).slice(0, 600);

/** Throws only what stopped this run. */
const ask = async (gate: Gate, { asked, isSame }: Question, { judges, signal, log }: GateContext): Promise<Verdict> => {
  try {
    const verdict = await judge(gate, asked, judges, signal);
    if (verdict.verdict !== "pass" || asked.versionId !== undefined) return verdict;
    // Without versions the gate has looked at what was there: was that this one all the time?
    return (await isSame())
      ? verdict
      : { verdict: "hold", reason: "the object was replaced while the gate was asked, in a bucket without versions" };
  } catch (error) {
    signal.throwIfAborted();
    log.warn("A gate couldn't be asked, or gave no verdict; the file is held, and it is asked again", {
      gate: nameOfGate(gate),
      error,
    });
    return { verdict: "hold", reason: causeOf(error) };
  }
};

/** The end of an entry by its gate, with words. */
export const endedByGate = (kind: Exclude<Gated["result"], "open" | "opened">, message: string, clock: Clock) => ({
  kind,
  message: message.slice(0, 1_000),
  at: new Date(clock.wall()).toISOString(),
});

/** Asks the gate about the version, unless the journal has its verdict. Throws EntryTaken, and what stopped this run. */
export const passGate = async (
  known: Entry,
  what: string,
  question: Question,
  gate: Gate,
  context: GateContext,
): Promise<Gated> => {
  const { journal, clock, signal } = context;
  const { identity, of, whileHeld = {} } = question;
  signal.throwIfAborted();
  const by = nameOfGate(gate);
  const earlier = known.gate?.identity === identity && known.gate.by === by ? known.gate : undefined;
  if (earlier?.passed !== undefined) return { result: "open", entry: known };
  const since = of !== undefined && known.gate?.of === of ? known.gate.since : clock.wall();
  const held: Held = earlier ?? { identity, by, since, ...(of !== undefined && { of }) };
  // Whatever ends this run while the gate is asked, the next question comes no sooner than a minute later.
  const entry = earlier ? known : await journal.update(known, { gate: held, next_attempt: clock.wall() + soonest });

  const { verdict, reason } = await ask(gate, question, context);
  const now = clock.wall();
  if (verdict === "pass") {
    const passed = await journal.update(entry, {
      gate: { ...held, passed: now },
      next_attempt: now,
      last_error: undefined,
    });
    return { result: "opened", entry: passed };
  }
  if (verdict === "reject") return { result: "rejected", entry, reason };
  if (now - held.since >= gate.timeoutHours * hour) return { result: "no-verdict", entry, reason };
  const pause = Math.min(Math.max(soonest, (now - held.since) / 10), latest);
  const message = `${what} is held by its gate (${by}) since ${new Date(held.since).toISOString()}: ${reason}`;
  await journal.update(entry, {
    ...whileHeld,
    state: "pending",
    next_attempt: now + Math.round(pause),
    last_error: endedByGate("held", message, clock),
  });
  return { result: "held" };
};
