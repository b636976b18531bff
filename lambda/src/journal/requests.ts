/** Requests to DynamoDB: at first the quick way, and where that has no sure answer, by the SDK, which repeats, waits and explains. */
import type {
  BatchExecuteStatementCommandInput,
  BatchExecuteStatementCommandOutput,
  BatchGetItemCommandInput,
  BatchGetItemCommandOutput,
  DeleteItemCommandInput,
  DeleteItemCommandOutput,
  DynamoDBClient,
  GetItemCommandInput,
  GetItemCommandOutput,
  PutItemCommandInput,
  PutItemCommandOutput,
  QueryCommandInput,
  QueryCommandOutput,
  ScanCommandInput,
  ScanCommandOutput,
  UpdateItemCommandInput,
  UpdateItemCommandOutput,
} from "@aws-sdk/client-dynamodb";
import type { DynamoRequest } from "../aws/dynamodb.ts";
import { type Clock, mark } from "../clock.ts";
import { once } from "../concurrency/once.ts";
import { type Attributes, itemOf } from "./attributes.ts";
import type { Item } from "./table.ts";
import type { TableClock } from "./table-clock.ts";

/** A condition didn't hold; `found` is what is there, as far as it was told. */
export class ConditionFailed extends Error {
  override readonly name = "ConditionFailed";
  readonly found: Item | undefined;
  constructor(found: Attributes | undefined) {
    super("a condition on an item of the journal didn't hold");
    this.found = found && itemOf(found);
  }
}

interface Operations {
  BatchExecuteStatement: [BatchExecuteStatementCommandInput, BatchExecuteStatementCommandOutput];
  BatchGetItem: [BatchGetItemCommandInput, BatchGetItemCommandOutput];
  DeleteItem: [DeleteItemCommandInput, DeleteItemCommandOutput];
  GetItem: [GetItemCommandInput, GetItemCommandOutput];
  PutItem: [PutItemCommandInput, PutItemCommandOutput];
  Query: [QueryCommandInput, QueryCommandOutput];
  Scan: [ScanCommandInput, ScanCommandOutput];
  UpdateItem: [UpdateItemCommandInput, UpdateItemCommandOutput];
}

/** Asks DynamoDB. Throws ConditionFailed, and the service's errors as the SDK throws them. */
export type Ask = <Name extends keyof Operations>(
  operation: Name,
  input: Operations[Name][0],
) => Promise<Omit<Operations[Name][1], "$metadata">>;

type Senders = { readonly [Name in keyof Operations]: (input: Operations[Name][0]) => Promise<Operations[Name][1]> };

const remedies: readonly (readonly [RegExp, string])[] = [
  [/^ResourceNotFound/, "it isn't there. Run terraform apply, and a backfill for what is missing in a new one"],
  [/Throttl|ThroughputExceeded|RequestLimitExceeded/, "it throttles, and is asked again with the next run"],
  [/^AccessDenied/, "the role may not. Compare it with what terraform plan says, and look for a policy that denies"],
];

/** An error of the same name as the service's, with the table and what to do: its own words may name neither. */
const explained = (error: unknown, operation: string, input: object): unknown => {
  if (!(error instanceof Error)) return error;
  const [, remedy] = remedies.find(([name]) => name.test(error.name)) ?? [];
  if (remedy === undefined) return error;
  const { TableName, RequestItems } = input as { TableName?: string; RequestItems?: object };
  const table = TableName ?? Object.keys(RequestItems ?? {})[0];
  const which = table === undefined ? "The journal's table" : `The journal's table ${table}`;
  const message = `${which} refuses ${operation}: ${remedy}. Until then nothing is moved and nothing is acknowledged. (${error.message})`;
  return Object.assign(new Error(message, { cause: error }), { name: error.name });
};

interface Time {
  readonly clock: Clock;
  readonly table: Pick<TableClock, "heard">;
}

/** The SDK, loaded for the first request that it has to make. */
const sendersOf = async (client: Pick<DynamoDBClient, "send">): Promise<Senders> => {
  const sdk = await import("../aws/sdk/dynamodb.ts");
  return {
    BatchExecuteStatement: (input) => client.send(new sdk.BatchExecuteStatementCommand(input)),
    BatchGetItem: (input) => client.send(new sdk.BatchGetItemCommand(input)),
    DeleteItem: (input) => client.send(new sdk.DeleteItemCommand(input)),
    GetItem: (input) => client.send(new sdk.GetItemCommand(input)),
    PutItem: (input) => client.send(new sdk.PutItemCommand(input)),
    Query: (input) => client.send(new sdk.QueryCommand(input)),
    Scan: (input) => client.send(new sdk.ScanCommand(input)),
    UpdateItem: (input) => client.send(new sdk.UpdateItemCommand(input)),
  };
};

const conditional = "ConditionalCheckFailedException";

/** By its name: its class would have all of the SDK loaded. */
const isConditional = (error: unknown): error is Error & { readonly Item?: Attributes } =>
  error instanceof Error && error.name === conditional;

/** `quick` may be left out: then the SDK makes all requests. `time` hears the table's clock, as quick answers tell it. */
export const requestDynamo = (client: Pick<DynamoDBClient, "send">, quick?: DynamoRequest, time?: Time): Ask => {
  const senders = once(() => sendersOf(client));
  return async (operation, input) => {
    const sent = time && mark(time.clock);
    const answer = await quick?.<Operations[typeof operation][1]>(operation, input);
    if (sent) time.table.heard(answer?.date, sent);
    if (answer?.ok) return answer.value;
    if (answer?.type === conditional) throw new ConditionFailed((answer.value as { Item?: Attributes }).Item);
    try {
      return await (await senders())[operation](input);
    } catch (error) {
      if (isConditional(error)) throw new ConditionFailed(error.Item);
      throw explained(error, operation, input);
    }
  };
};
