// AWS clients for a stack. They trust its authority by themselves, as Node reads NODE_EXTRA_CA_CERTS only when it starts.
import { Agent } from "node:https";
import type { Stack } from "./emulator.ts";

export type ClientConfiguration = {
  readonly endpoint: string;
  readonly region: string;
  readonly credentials: { accessKeyId: string; secretAccessKey: string; sessionToken?: string };
  readonly requestHandler: { httpsAgent: Agent };
};

/** Configuration for any @aws-sdk client, as the account's root or as `credentials`: `new S3Client(awsConfig(stack))`. */
export function awsConfig(
  stack: Pick<Stack, "endpoint" | "region" | "credentials" | "authorityPem">,
  credentials: ClientConfiguration["credentials"] = stack.credentials,
): ClientConfiguration {
  return {
    endpoint: stack.endpoint,
    region: stack.region,
    credentials: { ...credentials },
    requestHandler: { httpsAgent: new Agent({ ca: stack.authorityPem, keepAlive: true, maxSockets: 50 }) },
  };
}
