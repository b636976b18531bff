import { createHash } from "node:crypto";
import { type DynamoDBClient, PutItemCommand } from "@aws-sdk/client-dynamodb";
import { getEndpointFromInstructions } from "@smithy/core/endpoints";
import { readAll, type Sender, type Target } from "./send.ts";

/** An answer of DynamoDB; `type` is the exception's name, without its namespace, and `date` the header. */
export type DynamoAnswer<T> = { readonly date?: string | undefined } & (
  | { readonly ok: true; readonly value: T }
  | { readonly ok: false; readonly type: string; readonly value: unknown }
);

/** One request of DynamoDB's JSON protocol. Undefined where there was no answer that can be relied on: then the SDK is asked. */
export type DynamoRequest = <T>(operation: string, input: object) => Promise<DynamoAnswer<T> | undefined>;

/** https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Programming.LowLevelAPI.html */
export const lightDynamo = (client: DynamoDBClient, send: Sender): DynamoRequest => {
  let known: Promise<Target | undefined> | undefined;
  const find = async (): Promise<Target | undefined> => {
    const region = await client.config.region();
    const { url } = await getEndpointFromInstructions({}, PutItemCommand, client.config, {});
    return url.pathname === "/" ? { url, scope: { region, service: "dynamodb" } } : undefined;
  };

  return async <T>(operation: string, input: object): Promise<DynamoAnswer<T> | undefined> => {
    try {
      known ??= find();
      const target = await known;
      if (!target) return undefined;
      const body = JSON.stringify(input);
      const answer = await send(target, {
        method: "POST",
        path: "/",
        query: "",
        headers: { "content-type": "application/x-amz-json-1.0", "x-amz-target": `DynamoDB_20120810.${operation}` },
        payloadHash: createHash("sha256").update(body).digest("hex"),
        body,
      });
      const { date } = answer.headers;
      const value = JSON.parse((await readAll(answer)).toString("utf8")) as unknown;
      if (answer.statusCode === 200) return { ok: true, date, value: value as T };
      const type = (value as { __type?: unknown } | undefined)?.__type;
      return answer.statusCode === 400 && typeof type === "string"
        ? { ok: false, date, type: type.slice(type.lastIndexOf("#") + 1), value }
        : undefined;
    } catch {
      return undefined;
    }
  };
};
