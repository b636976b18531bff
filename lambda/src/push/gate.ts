/**
 * `push.gate`: an object is held until somebody says that this very version may be sent. The verdict is in the journal before a byte of
 * it leaves, and counts for that version and that gate alone; without one nothing is sent, however long it takes.
 */
import type { Gate } from "../config/types.ts";
import { judge } from "../gate/judge.ts";
import type { Verdict } from "../gate/types.ts";
import type { Entry, Held } from "../journal/entry.ts";
import type { OpenObject } from "../s3/objects.ts";
import { type PushContext, placeOf } from "./context.ts";

const hour = 3_600_000;

/** Until a gate is asked again: a minute, and a tenth of the time that it has taken already. Milliseconds. */
const soonest = 60_000;
const latest = 15 * 60_000;

const nameOf = ({ functionArn }: Gate): string => functionArn ?? "guardduty";

/** How the gate ended: go on, wait, or end the file so. */
export type Gated =
  | { readonly result: "open" | "opened"; readonly entry: Entry }
  | { readonly result: "held" }
  | { readonly result: "shut"; readonly entry: Entry; readonly changes: Partial<Entry> };

const causeOf = (error: unknown): string =>
  (error instanceof Error
    ? `${error.name === "NoVerdict" ? "" : `${error.name}: `}${error.message}`
    : String(error)
  ).slice(0, 600);

/** Throws only what stopped this run. */
const ask = async (
  gate: Gate,
  entry: Entry,
  source: OpenObject,
  { push, stream, objects, judges, signal, log }: PushContext,
): Promise<Verdict> => {
  const place = placeOf(entry, push);
  const { versionId, etag, size } = source;
  try {
    const verdict = await judge(gate, { stream: stream.name, place, versionId, etag, size }, judges, signal);
    if (verdict.verdict !== "pass" || versionId !== undefined) return verdict;
    // Without versions the gate has looked at what was there: was that this one all the time?
    const there = await objects.head(place);
    return there?.identity === source.identity
      ? verdict
      : { verdict: "hold", reason: "the object was replaced while the gate was asked, in a bucket without versions" };
  } catch (error) {
    signal.throwIfAborted();
    log.warn("A gate couldn't be asked, or gave no verdict; the file is held, and it is asked again", {
      gate: nameOf(gate),
      error,
    });
    return { verdict: "hold", reason: causeOf(error) };
  }
};

/** Asks the gate about the version that was opened, unless the journal has its verdict. Throws EntryTaken, and what stopped this run. */
export const passGate = async (known: Entry, source: OpenObject, gate: Gate, context: PushContext): Promise<Gated> => {
  const { journal, stream, clock, signal } = context;
  signal.throwIfAborted();
  const by = nameOf(gate);
  const earlier = known.gate?.identity === source.identity && known.gate.by === by ? known.gate : undefined;
  if (earlier?.passed !== undefined) return { result: "open", entry: known };
  const held: Held = earlier ?? { identity: source.identity, by, since: clock.wall() };
  // Whatever ends this run while the gate is asked, the next question comes no sooner than a minute later.
  const entry = earlier ? known : await journal.update(known, { gate: held, next_attempt: clock.wall() + soonest });

  const { verdict, reason } = await ask(gate, entry, source, context);
  const now = clock.wall();
  const at = new Date(now).toISOString();
  if (verdict === "pass") {
    const passed = await journal.update(entry, {
      gate: { ...held, passed: now },
      next_attempt: now,
      last_error: undefined,
    });
    return { result: "opened", entry: passed };
  }
  const what = `Stream ${stream.name}: ${entry.source_location}`;
  const end = (kind: string, message: string): Gated => ({
    result: "shut",
    entry,
    changes: { state: "failed", gate: undefined, last_error: { kind, message: message.slice(0, 1_000), at } },
  });
  if (verdict === "reject")
    return end(
      "rejected",
      `${what} was rejected by its gate (${by}), and nothing of it was sent: ${reason}. The object stays where it is. "bridge redrive" asks the gate once more; put a clean version there, or leave it by "bridge skip"`,
    );
  if (now - held.since >= gate.timeoutHours * hour)
    return end(
      "no-verdict",
      `${what} got no verdict from its gate (${by}) within ${gate.timeoutHours} hours, and nothing of it was sent: ${reason}. Mend the gate, then "bridge redrive", which gives it that time anew`,
    );
  const pause = Math.min(Math.max(soonest, (now - held.since) / 10), latest);
  await journal.update(entry, {
    state: "pending",
    next_attempt: now + Math.round(pause),
    last_error: {
      kind: "held",
      message: `${what} is held by its gate (${by}) since ${new Date(held.since).toISOString()}: ${reason}`.slice(
        0,
        1_000,
      ),
      at,
    },
  });
  return { result: "held" };
};
