/**
 * Starts further invocations, asynchronously: nobody waits for their end.
 * https://docs.aws.amazon.com/lambda/latest/api/API_Invoke.html
 */

import type { LambdaClient } from "@aws-sdk/client-lambda";
import { asError } from "../concurrency/contain.ts";

/** Starts an invocation of a function with this event. Throws an InvocationNotStarted, which says what to do. */
export type StartInvocation = (functionName: string, event: object) => Promise<void>;

/** Lambda didn't take an event. */
export class InvocationNotStarted extends Error {
  override readonly name = "InvocationNotStarted";
}

/** Milliseconds until Lambda has to have taken an event, with all repetitions: whoever starts one has work of its own. */
const patience = 3_000;

const remedies: readonly (readonly [RegExp, string])[] = [
  [
    /^AccessDenied/,
    "the role may not: run terraform apply, and look for a policy or boundary that denies lambda:InvokeFunction on the function's own alias drain",
  ],
  [
    /TooManyRequests|Throttl/,
    "Lambda throttles. How many events it takes goes by the concurrency of the account in this region: ask AWS for more of it where this comes often",
  ],
  [
    /Timeout|Abort|^E[A-Z_]+$/,
    "Lambda's API doesn't answer: a VPC without a NAT gateway needs an interface endpoint for Lambda (com.amazonaws.REGION.lambda), and a security group that lets HTTPS out to it",
  ],
];

const explained = (error: unknown, functionName: string): InvocationNotStarted => {
  const { name, message } = asError(error);
  const code = (error as { code?: unknown } | undefined)?.code;
  const kind = typeof code === "string" ? code : name;
  const [, remedy] = remedies.find(([pattern]) => pattern.test(name) || pattern.test(kind)) ?? [];
  return new InvocationNotStarted(
    `${functionName.split(":")[0]} can't be invoked${remedy === undefined ? "" : `: ${remedy}`}. (${kind}: ${message})`,
    { cause: error },
  );
};

/**
 * The client is loaded when it is first needed, as few runs need it, and is the SDK's: it knows the endpoint of every
 * partition, and passes on the trace header. By that Lambda counts how often one event has led to the next, and stops a
 * chain of about 16 (https://docs.aws.amazon.com/lambda/latest/dg/invocation-recursion.html). Ours has two links, a tick and
 * what it starts; should it ever be longer by mistake, it ends there.
 */
export const openInvocations = (
  load: () => Promise<Pick<LambdaClient, "send">> = async () => {
    const { LambdaClient, sendingWith } = await import("./sdk/lambda.ts");
    return new LambdaClient(sendingWith({ connect: patience, answer: patience }));
  },
): StartInvocation => {
  let client: ReturnType<typeof load> | undefined;
  return async (functionName, event) => {
    try {
      client ??= load();
      const { InvokeCommand } = await import("./sdk/lambda.ts");
      const command = new InvokeCommand({
        FunctionName: functionName,
        InvocationType: "Event",
        Payload: Buffer.from(JSON.stringify(event)),
      });
      await (await client).send(command, { abortSignal: AbortSignal.timeout(patience) });
    } catch (error) {
      throw explained(error, functionName);
    }
  };
};
