/** Calls the bridge's function, as often as it takes to finish. */
import type { InvokeCommandOutput } from "@aws-sdk/client-lambda";
import type { Alias } from "../../lambda/src/aliases.ts";
import { type Answer, type Done, type OperatorAction, onlyReads } from "../../lambda/src/operator/actions.ts";
import { isAnswer, join } from "./answer.ts";

/** The function can't be called, or fell over. The message says what is missing. */
export class CallError extends Error {
  override readonly name = "CallError";
}

export type Invoke = (functionName: string, payload: string) => Promise<InvokeCommandOutput>;

export interface Call {
  readonly functionName: string;
  readonly action: OperatorAction;
  readonly request: Readonly<Record<string, string | true>>;
  readonly invoke: Invoke;
  /** Called after each part of a long action. */
  readonly progress: (soFar: Done) => void;
}

/** A function's name or ARN without a version or alias. https://docs.aws.amazon.com/lambda/latest/api/API_Invoke.html */
const unqualified = /^(arn:[^:]+:lambda:[^:]*:\d*:function:|(\d{12}:)?function:)?[^:]+$/;

const at = (functionName: string, alias: Alias): string =>
  unqualified.test(functionName) ? `${functionName}:${alias}` : functionName;

/** The alias on which the action is offered: so that whoever may only read doesn't need to be let in further. */
const qualified = ({ functionName, action, request }: Call): string =>
  at(functionName, onlyReads(action, request) ? "read" : "operate");

const explain = (error: unknown, functionName: string): CallError => {
  const { name, message } = error instanceof Error ? error : new Error(String(error));
  const because = (text: string) => new CallError(text, { cause: error });
  if (name === "AccessDeniedException" || name === "AccessDenied")
    return because(
      `You may not call ${functionName}: your role needs the permission lambda:InvokeFunction on the alias that AWS names (the module's output operator_policies has it). AWS says: ${message}`,
    );
  if (name === "ResourceNotFoundException")
    return because(
      `There is no function ${functionName} in this account and region, or an older one without aliases: see --function, --region and --profile, and apply the module's present version. AWS says: ${message}`,
    );
  if (name === "CredentialsProviderError" || name === "ExpiredTokenException" || name === "UnrecognizedClientException")
    return because(`There are no valid AWS credentials: log in, or choose others with --profile. AWS says: ${message}`);
  if (/region is missing/i.test(message)) return because("Which region: give --region, or set AWS_REGION.");
  return because(`${functionName} can't be called: ${name}: ${message}`);
};

const once = async (asked: Call, event: object): Promise<Answer> => {
  const { functionName, invoke, action } = asked;
  let output: InvokeCommandOutput;
  try {
    output = await invoke(qualified(asked), JSON.stringify(event));
  } catch (error) {
    throw explain(error, functionName);
  }
  const text = new TextDecoder().decode(output.Payload);
  let answer: unknown;
  try {
    answer = JSON.parse(text);
  } catch {
    throw new CallError(`${functionName} answered with something else than JSON: ${text.slice(0, 200)}`);
  }
  if (output.FunctionError !== undefined) {
    const { errorType = "Error", errorMessage = text } = answer as { errorType?: string; errorMessage?: string };
    throw new CallError(`${functionName} failed: ${errorType}: ${errorMessage}. Its log has more.`);
  }
  if (!isAnswer(answer, action))
    throw new CallError(`${functionName} is no bridge, or an older one: it answered ${text.slice(0, 200)}`);
  return answer;
};

/** A poll of one stream, now; it ends when the poll and what came of it has been worked on. Throws CallError. */
export const poll = async (
  { functionName, invoke }: Pick<Call, "functionName" | "invoke">,
  stream: string,
): Promise<{ readonly ok: true; readonly action: "poll" }> => {
  let output: InvokeCommandOutput;
  try {
    output = await invoke(at(functionName, "operate"), JSON.stringify({ action: "poll", streams: [stream] }));
  } catch (error) {
    throw explain(error, functionName);
  }
  if (output.FunctionError !== undefined)
    throw new CallError(`${functionName} failed: ${new TextDecoder().decode(output.Payload)}. Its log has more.`);
  return { ok: true, action: "poll" };
};

/** The whole answer: as long as the function says that there is more, it is asked for it. Throws CallError. */
export const call = async (asked: Call): Promise<Answer> => {
  let answer: Done | undefined;
  let next: string | undefined;
  do {
    const event = { action: asked.action, ...asked.request, ...(next === undefined ? {} : { next }) };
    const part = await once(asked, event);
    if (!part.ok) return part;
    answer = join(answer, part);
    next = part.next;
    if (next !== undefined) asked.progress(answer);
  } while (next !== undefined);
  return answer;
};
