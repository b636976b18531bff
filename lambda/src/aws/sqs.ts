import type { SQSClient } from "@aws-sdk/client-sqs";
import { type Patience, smallRequests } from "./patience.ts";

interface Sqs {
  readonly client: SQSClient;
  readonly sqs: typeof import("./sdk/sqs.ts");
}

/** SQS's client, loaded when it is first needed: few events need it. */
export const lazySqs = (patience: Patience = smallRequests): (() => Promise<Sqs>) => {
  let loading: Promise<Sqs> | undefined;
  return () => {
    loading ??= import("./sdk/sqs.ts").then((sqs) => ({ client: new sqs.SQSClient(sqs.sendingWith(patience)), sqs }));
    return loading;
  };
};
