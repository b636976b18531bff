/** The command `bridge`, with the real world around it. */
import { writeSync } from "node:fs";
import { CloudWatchClient } from "@aws-sdk/client-cloudwatch";
import { InvokeCommand, LambdaClient } from "@aws-sdk/client-lambda";
import { NodeHttpHandler } from "@smithy/node-http-handler";
import manifest from "../../package.json" with { type: "json" };
import { run, type Settings } from "./run.ts";

/** An invocation may take as long as Lambda allows. Milliseconds. */
const longest = 900_000;

const given = ({ region, profile }: Settings) => ({
  ...(region === undefined ? {} : { region }),
  ...(profile === undefined ? {} : { profile }),
});

process.exitCode = await run(process.argv.slice(2), {
  environment: process.env,
  version: manifest.version,
  out: (text) => void writeSync(1, text),
  err: (text) => void writeSync(2, text),
  terminal: { out: process.stdout.isTTY === true, err: process.stderr.isTTY === true },
  now: Date.now,
  cloudwatch: async (settings) => new CloudWatchClient(given(settings)),
  invoker: async (settings) => {
    const client = new LambdaClient({
      ...given(settings),
      // Never twice by itself: the function may be at work although the connection is gone.
      maxAttempts: 1,
      requestHandler: new NodeHttpHandler({ connectionTimeout: 10_000, requestTimeout: longest }),
    });
    return (functionName, payload) =>
      client.send(new InvokeCommand({ FunctionName: functionName, Payload: new TextEncoder().encode(payload) }));
  },
});
