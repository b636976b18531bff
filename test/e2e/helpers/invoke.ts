// Invokes the function as an operator would, and waits for its answer.
import { InvokeCommand, LambdaClient } from "@aws-sdk/client-lambda";
import { awsConfig, type Stack } from "../../stack/index.ts";

export type Answer = {
  /** What the function returned, or the error that it threw. */
  readonly payload: unknown;
  readonly failed: boolean;
};

export async function invoke(stack: Stack, functionName: string, event: unknown): Promise<Answer> {
  const client = new LambdaClient({ ...awsConfig(stack), maxAttempts: 1 });
  try {
    const answer = await client.send(
      new InvokeCommand({ FunctionName: functionName, Payload: Buffer.from(JSON.stringify(event)) }),
    );
    const text = answer.Payload?.transformToString() ?? "";
    return { payload: text === "" ? undefined : JSON.parse(text), failed: answer.FunctionError !== undefined };
  } finally {
    client.destroy();
  }
}
