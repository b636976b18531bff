import type { SQSClient } from "@aws-sdk/client-sqs";
import { once } from "../concurrency/once.ts";
import { type Patience, smallRequests } from "./patience.ts";

interface Sqs {
  readonly client: SQSClient;
  readonly sqs: typeof import("./sdk/sqs.ts");
}

/** SQS's client, loaded when it is first needed: few events need it. */
export const lazySqs = (patience: Patience = smallRequests): (() => Promise<Sqs>) =>
  once(async () => {
    const sqs = await import("./sdk/sqs.ts");
    return { client: new sqs.SQSClient(sqs.sendingWith(patience)), sqs };
  });
