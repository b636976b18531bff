import { hash } from "node:crypto";
import { readAll, type Sender, type Target } from "./send.ts";
import type { SmallRequest } from "./small-requests.ts";

/** An answer of DynamoDB; `type` is the exception's name, without its namespace, and `date` the header. */
export type DynamoAnswer<T> = { readonly date?: string | undefined } & (
  | { readonly ok: true; readonly value: T }
  | { readonly ok: false; readonly type: string; readonly value: unknown }
);

/** One request of DynamoDB's JSON protocol. Undefined where there was no answer that can be relied on: then the SDK is asked. */
export type DynamoRequest = <T>(operation: string, input: object) => Promise<DynamoAnswer<T> | undefined>;

/** Adds: where its answer isn't understood it must not come twice. */
const adding = "UpdateItem";
/** Bytes of an answer: of BatchGetItem's, which are the longest, and their JSON. */
export const longestAnswer = 32 * 1024 * 1024;
/** Bytes of a request up to which it is small; six batches of writes are on their way at the most. */
const mostSmall = 256 * 1024;

/** https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Programming.LowLevelAPI.html */
export const lightDynamo = (
  find: () => Promise<Target | undefined>,
  send: Sender,
  small?: SmallRequest,
): DynamoRequest => {
  let known: Promise<Target | undefined> | undefined;

  const odd = new Set([adding]);
  const askSmall = async (operation: string, ...[target, request]: Parameters<SmallRequest>) => {
    const answer = await small?.(target, request);
    // A server that answers this in other ways (long answers in pieces, mostly) would be asked twice each time.
    if (answer === undefined) odd.add(operation);
    return answer && { status: answer.status, date: answer.headers["date"], text: answer.body.toString("utf8") };
  };
  const ask = async (...[target, request]: Parameters<Sender>) => {
    const answer = await send(target, request);
    return { status: answer.statusCode, date: answer.headers.date, text: (await readAll(answer)).toString("utf8") };
  };

  return async <T>(operation: string, input: object): Promise<DynamoAnswer<T> | undefined> => {
    try {
      known ??= find();
      const target = await known;
      if (!target) return undefined;
      const body = Buffer.from(JSON.stringify(input));
      const request = {
        method: "POST",
        path: "/",
        query: "",
        headers: { "content-type": "application/x-amz-json-1.0", "x-amz-target": `DynamoDB_20120810.${operation}` },
        payloadHash: hash("sha256", body),
        body,
      } as const;
      const isSmall = !odd.has(operation) && body.byteLength <= mostSmall;
      const { status, date, text } =
        (isSmall && (await askSmall(operation, target, request))) || (await ask(target, request));
      const value = JSON.parse(text) as unknown;
      if (status === 200) return { ok: true, date, value: value as T };
      const type = (value as { __type?: unknown } | undefined)?.__type;
      return status === 400 && typeof type === "string"
        ? { ok: false, date, type: type.slice(type.lastIndexOf("#") + 1), value }
        : undefined;
    } catch {
      return undefined;
    }
  };
};
