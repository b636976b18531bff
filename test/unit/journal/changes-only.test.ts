/** What comes of sending changes alone is what comes of sending whole entries, whoever else writes and whatever answers are lost. */
import test from "ava";
import type { Entry } from "../../../lambda/src/journal/entry.ts";
import { EntryTaken } from "../../../lambda/src/journal/entry-writes.ts";
import { openJournal } from "../../../lambda/src/journal/journal.ts";
import type { Item, Table } from "../../../lambda/src/journal/table.ts";
import { pulledFile as file } from "../../helpers/journal-file.ts";
import { memoryTable } from "../../helpers/memory-table.ts";

const progress = { phase: "copying", holder: "h", identity: "1:1", started: 1_000 } as const;
const last_error = { kind: "error", message: "it failed", at: "2026-01-01T00:00:00.000Z" };
const changes = {
  begins: { state: "active", progress },
  "gives up": { state: "failed", progress: undefined, last_error },
  "goes back": { state: "pending", progress: undefined, last_error: undefined },
} as const satisfies Record<string, Partial<Entry>>;

const steps = [
  "begins",
  "gives up",
  "goes back",
  "begins, and the answer is lost",
  "gives up, and the request is lost",
  "another run goes back",
  "its event is sent",
] as const;
type Step = (typeof steps)[number];

class NoAnswer extends Error {}

/** The entry after each of these steps; `isWhole`: all of it is sent each time. */
const play = async (sequence: readonly Step[], isWhole: boolean): Promise<(Item | undefined)[]> => {
  const items = new Map<string, Item>();
  const inner = memoryTable(items);
  let lost: "answer" | "request" | undefined;
  const put: Table["put"] = async (item, expect, base) => {
    if (lost === "request") throw new NoAnswer();
    const outcome = await inner.put(item, expect, isWhole ? undefined : base);
    if (lost === "answer") throw new NoAnswer();
    return outcome;
  };
  let count = 0;
  const options = {
    table: { ...inner, put },
    now: () => 1_000,
    nonce: () => `r${++count}`,
    deliveredTtlDays: 400,
    teller: { on: new Set(["failed"] as const), add: () => {}, isSent: () => false },
  };
  const own = openJournal(options);
  const other = openJournal(options);
  let entry = await own.know(file, () => true);
  const update = async (change: Partial<Entry>) => {
    if (entry === undefined) throw new Error("there is an entry");
    try {
      entry = await own.update(entry, change);
    } catch (error) {
      if (error instanceof EntryTaken) entry = await own.read(entry);
      else if (!(error instanceof NoAnswer)) throw error;
    }
  };
  const there = () => [...items.values()].find(({ kind }) => kind === "entry");
  const after: (Item | undefined)[] = [];
  for (const step of sequence) {
    if (step === "another run goes back") {
      const read = await other.read(file);
      if (read !== undefined) await other.update(read, { ...changes["goes back"], attempts: read.attempts + 1 });
    } else if (step === "its event is sent") {
      const found = there();
      // As the outbox does it: the revision stays.
      if (found?.["event_due"] !== undefined) await inner.put({ ...found, event_due: undefined }, { rev: found.rev });
    } else {
      lost = step.endsWith("answer is lost") ? "answer" : step.endsWith("request is lost") ? "request" : undefined;
      const [name = ""] = step.split(",");
      await update(changes[name as keyof typeof changes]);
      lost = undefined;
    }
    after.push(JSON.parse(JSON.stringify(there())) as Item);
  }
  return after;
};

/** Without its note: where its event was sent, whole entries carry that on, and have it sent once more. */
const withoutNote = (items: readonly (Item | undefined)[]) => items.map((item) => ({ ...item, event_due: undefined }));

test("in every order of four steps there is the same as if whole entries were sent", async (t) => {
  let sequences = 0;
  const from = async (sequence: readonly Step[]): Promise<void> => {
    if (sequence.length < 4) {
      for (const step of steps) await from([...sequence, step]);
      return;
    }
    const [few, whole] = [await play(sequence, false), await play(sequence, true)];
    const isSame = JSON.stringify(withoutNote(few).map(sorted)) === JSON.stringify(withoutNote(whole).map(sorted));
    if (!isSame) t.deepEqual(withoutNote(few), withoutNote(whole), sequence.join("; "));
    few.forEach((item, at) => {
      const note = item?.["event_due"];
      if (note !== undefined && note !== whole[at]?.["event_due"]) t.fail(`another note: ${sequence.join("; ")}`);
    });
    // A note that no one has sent isn't lost.
    if (!sequence.includes("its event is sent"))
      t.deepEqual(few.at(-1)?.["event_due"], whole.at(-1)?.["event_due"], sequence.join("; "));
    sequences++;
  };
  await from([]);
  t.is(sequences, steps.length ** 4);
});

const sorted = (item: object) => Object.entries(item).sort(([one], [other]) => (one < other ? -1 : 1));
