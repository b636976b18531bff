/**
 * Writes of many entries that are made at the same time, in one request. Each keeps its own condition and has its own
 * outcome, as if it had been sent alone: BatchExecuteStatement is no transaction, and costs what the single writes do.
 * https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_BatchExecuteStatement.html
 */
import type { BatchStatementResponse } from "@aws-sdk/client-dynamodb";
import { itemOf } from "./attributes.ts";
import type { Ask } from "./requests.ts";
import { statementsOf } from "./statements.ts";
import { type Expectation, type Item, type Table, textOfKey, type WriteResult } from "./table.ts";

interface Write {
  readonly item: Item;
  readonly expect: Expectation;
  readonly base: Item | undefined;
  readonly resolve: (outcome: WriteResult | Promise<WriteResult>) => void;
}

/** BatchExecuteStatement's limit. */
const batchSize = 25;
/** More wait, and fill the next ones: a request costs about the same with one write as with twenty. */
const batchesInFlight = 6;

/** What one statement's answer means; undefined where only a request of its own can tell. */
const outcomeOf = ({ item, expect }: Write, answer: BatchStatementResponse | undefined): WriteResult | undefined => {
  if (answer === undefined) return undefined;
  if (answer.Error === undefined) return { ok: true };
  // An INSERT's refusal doesn't show what is there.
  if (answer.Error.Code !== "ConditionalCheckFailed" || expect === "absent") return undefined;
  const found = answer.Error.Item && itemOf(answer.Error.Item);
  if (found?.rev === item.rev) return { ok: true }; // a repetition, behind an answer that was lost
  return found && { ok: false, found };
};

/** The role may not, or the service can't: no use in trying again. */
const refusals = /^(AccessDenied|Validation|UnknownOperation)(Error|Exception)?$/;

/**
 * Entries name every attribute that they may have, so that an UPDATE leaves nothing over; other items are written by
 * themselves. So is what replaces a damaged item, whose condition is that an attribute is missing.
 */
const isCombinable = (item: Item, expect: Expectation): boolean =>
  item["kind"] === "entry" && (expect === "absent" || !Object.values(expect).includes(null));

/** `put` of a table: writes of one turn of the event loop go out together; `putOne` does those that can't. */
export const combineWrites = (ask: Ask, table: string, putOne: Table["put"]): Table["put"] => {
  const statementOf = statementsOf(table);
  const waiting: Write[] = [];
  let inFlight = 0;
  let scheduled = false;
  let refused = false;

  const send = async (writes: readonly Write[]): Promise<void> => {
    const [only] = writes;
    if (writes.length === 1 && only) {
      only.resolve(putOne(only.item, only.expect));
      return;
    }
    let answers: readonly BatchStatementResponse[] = [];
    try {
      const Statements = writes.map(({ item, expect, base }) => statementOf(item, expect, base));
      answers = (await ask("BatchExecuteStatement", { Statements })).Responses ?? [];
    } catch (error) {
      // Each by itself then, with an error of its own.
      refused = error instanceof Error && refusals.test(error.name);
    }
    writes.forEach((write, index) => {
      const outcome = outcomeOf(write, answers[index]);
      if (refusals.test(answers[index]?.Error?.Code ?? "")) refused = true;
      write.resolve(outcome ?? putOne(write.item, write.expect));
    });
  };

  /** The next batch; two writes of one item don't go together. */
  const take = (): Write[] => {
    const keys = new Set<string>();
    const batch: Write[] = [];
    const rest: Write[] = [];
    for (const write of waiting.splice(0)) {
      const id = textOfKey(write.item);
      if (batch.length >= batchSize || keys.has(id)) rest.push(write);
      else {
        keys.add(id);
        batch.push(write);
      }
    }
    waiting.push(...rest);
    return batch;
  };

  const flush = () => {
    scheduled = false;
    while (waiting.length > 0 && inFlight < batchesInFlight) {
      inFlight++;
      void send(take()).finally(() => {
        inFlight--;
        if (waiting.length > 0) schedule();
      });
    }
  };
  const schedule = () => {
    if (scheduled) return;
    scheduled = true;
    setImmediate(flush);
  };

  return (item, expect, base) => {
    if (refused || !isCombinable(item, expect)) return putOne(item, expect);
    return new Promise<WriteResult>((resolve) => {
      waiting.push({ item, expect, base, resolve });
      schedule();
    });
  };
};
