/** The journal's table, read with the user's own permissions. */

import { GetFunctionConfigurationCommand, type LambdaClient } from "@aws-sdk/client-lambda";
import { unmarshall } from "@aws-sdk/util-dynamodb";

export type Items = AsyncIterable<readonly Record<string, unknown>[]>;

type Page = { Items?: Record<string, never>[]; LastEvaluatedKey?: Record<string, never> };

/** Attributes by number, since some names are reserved words. */
export const projection = (names: readonly string[]) => ({
  ProjectionExpression: names.map((_, index) => `#n${index}`).join(", "),
  ExpressionAttributeNames: Object.fromEntries(names.map((name, index) => [`#n${index}`, name])),
});

/** All pages of a request that goes on behind a key, as plain values. */
export async function* pagesOf(send: (after: Page["LastEvaluatedKey"]) => Promise<unknown>): Items {
  let after: Page["LastEvaluatedKey"];
  do {
    const { Items = [], LastEvaluatedKey } = (await send(after)) as Page;
    yield Items.map((item) => unmarshall(item));
    after = LastEvaluatedKey;
  } while (after);
}

/** The same pages; an error says which permission is missing, where one is. */
export async function* explained(pages: Items): Items {
  try {
    yield* pages;
  } catch (error) {
    const { name, message } = error as Error;
    if (!/AccessDenied/.test(name)) throw error;
    throw new Error(
      `Files are read from the journal itself: your role needs dynamodb:Scan and dynamodb:Query on its table and the index "open" (the module's output operator_policies has them as "journal"). AWS says: ${message}`,
      { cause: error },
    );
  }
}

/** The table's name, by the function's own configuration. `command` names what `--table` belongs to. */
export const tableOf = async (client: LambdaClient, FunctionName: string, command: string): Promise<string> => {
  try {
    const { Environment } = await client.send(new GetFunctionConfigurationCommand({ FunctionName }));
    const table = Environment?.Variables?.["BRIDGE_TABLE"];
    if (table) return table;
    throw new Error("its configuration names none");
  } catch (error) {
    throw new Error(
      `Which table the journal of ${FunctionName} is isn't known (${(error as Error).message}): start ${command} with --table NAME, the module's output table_name.`,
      { cause: error },
    );
  }
};
