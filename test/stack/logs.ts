// What functions on the stack have printed, from CloudWatch Logs.
import { CloudWatchLogsClient, paginateFilterLogEvents } from "@aws-sdk/client-cloudwatch-logs";
import { awsConfig } from "./clients.ts";
import type { Stack } from "./emulator.ts";

export type LogLine = {
  /** Milliseconds since the epoch. */
  readonly time: number;
  readonly stream: string;
  readonly message: string;
};

/** All lines of a function's log group, oldest first; none where the group doesn't exist yet. */
export async function logsOf(stack: Stack, functionName: string, since = 0): Promise<LogLine[]> {
  const client = new CloudWatchLogsClient(awsConfig(stack));
  const lines: LogLine[] = [];
  try {
    const pages = paginateFilterLogEvents(
      { client },
      { logGroupName: `/aws/lambda/${functionName}`, startTime: since },
    );
    for await (const page of pages)
      for (const { timestamp = 0, message = "", logStreamName = "" } of page.events ?? [])
        lines.push({ time: timestamp, stream: logStreamName, message });
  } catch (error) {
    if (!(error instanceof Error && error.name === "ResourceNotFoundException")) throw error;
  } finally {
    client.destroy();
  }
  return lines.sort((one, other) => one.time - other.time);
}
