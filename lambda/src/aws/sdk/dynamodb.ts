import { type DynamoDBClient, PutItemCommand } from "@aws-sdk/client-dynamodb";
import { getEndpointFromInstructions } from "@smithy/core/endpoints";
import type { Target } from "../send.ts";

export {
  BatchExecuteStatementCommand,
  BatchGetItemCommand,
  DeleteItemCommand,
  DynamoDBClient,
  GetItemCommand,
  PutItemCommand,
  QueryCommand,
  ScanCommand,
  UpdateItemCommand,
} from "@aws-sdk/client-dynamodb";
export { sendingWith } from "../request-handler.ts";

/** Where DynamoDB is, as the SDK's rules say for this client. */
export const tableTarget =
  ({ config }: DynamoDBClient) =>
  async (): Promise<Target | undefined> => {
    const region = await config.region();
    const { url } = await getEndpointFromInstructions({}, PutItemCommand, config, {});
    return url.pathname === "/" ? { url, scope: { region, service: "dynamodb" } } : undefined;
  };
