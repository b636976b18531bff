/** The command `bridge`, with the real world around it. */
import { writeSync } from "node:fs";
import { CloudWatchClient } from "@aws-sdk/client-cloudwatch";
import { InvokeCommand, LambdaClient } from "@aws-sdk/client-lambda";
import { NodeHttpHandler } from "@smithy/node-http-handler";
import manifest from "../../package.json" with { type: "json" };
import { UsageError } from "./arguments.ts";
import type { Invoke } from "./call.ts";
import { readConsoleArguments } from "./console/arguments.ts";
import { startConsole } from "./console/main.ts";
import { readReportArguments } from "./report/arguments.ts";
import { makeReport } from "./report/main.ts";
import { run, type Settings, status, type World } from "./run.ts";
import { safeLines } from "./table.ts";

/** An invocation may take as long as Lambda allows. Milliseconds. */
const longest = 900_000;

const given = ({ region, profile }: Settings) => ({
  ...(region === undefined ? {} : { region }),
  ...(profile === undefined ? {} : { profile }),
});

/** The region in an ARN; undefined of a name. */
const regionOf = (place: string): string | undefined =>
  place.startsWith("arn:") ? place.split(":")[3] || undefined : undefined;

const invoker = async (settings: Settings): Promise<Invoke> => {
  const client = new LambdaClient({
    ...given(settings),
    // Never twice by itself: the function may be at work although the connection is gone.
    maxAttempts: 1,
    requestHandler: new NodeHttpHandler({ connectionTimeout: 10_000, requestTimeout: longest }),
  });
  return (functionName, payload) =>
    client.send(new InvokeCommand({ FunctionName: functionName, Payload: new TextEncoder().encode(payload) }));
};

/** Serves the page until Ctrl-C. Returns the exit status where it can't. */
const serveConsole = async (args: readonly string[]): Promise<number> => {
  try {
    const options = readConsoleArguments(args, process.env);
    const { address, stop } = await startConsole(options, await invoker(options));
    writeSync(1, `The console is at ${address}\nOnly this machine reaches it. Ctrl-C ends it.\n`);
    await new Promise<void>((resolve) => {
      for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.once(signal, () => resolve());
    });
    await stop();
    return status.well;
  } catch (error) {
    writeSync(2, `bridge: ${safeLines(error instanceof Error ? error.message : String(error))}\n`);
    return error instanceof UsageError ? status.usage : status.call;
  }
};

/** Writes the report. Returns the exit status. */
const writeReport = async (args: readonly string[]): Promise<number> => {
  try {
    for (const text of await makeReport(readReportArguments(args, process.env, Date.now()))) writeAll(text);
    return status.well;
  } catch (error) {
    writeSync(2, `bridge: ${safeLines(error instanceof Error ? error.message : String(error))}\n`);
    return error instanceof UsageError ? status.usage : status.call;
  }
};

/** A pipe takes a part of a text at a time, and may be full. */
const writeAll = (text: string): void => {
  const bytes = Buffer.from(text);
  for (let at = 0; at < bytes.length; ) {
    try {
      at += writeSync(1, bytes, at);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "EAGAIN") throw error;
    }
  }
};

const [first, ...rest] = process.argv.slice(2);
const world: World = {
  environment: process.env,
  version: manifest.version,
  out: (text) => void writeSync(1, text),
  err: (text) => void writeSync(2, text),
  terminal: { out: process.stdout.isTTY === true, err: process.stderr.isTTY === true },
  now: Date.now,
  cloudwatch: async (settings) => new CloudWatchClient(given(settings)),
  keyServices: (settings) => {
    const of = (place: string) => given({ ...settings, region: regionOf(place) ?? settings.region });
    return {
      secretsManager: async (arn) =>
        new (await import("@aws-sdk/client-secrets-manager")).SecretsManagerClient(of(arn)),
      ssm: async (place) => new (await import("@aws-sdk/client-ssm")).SSMClient(of(place)),
      s3: async () => {
        const { S3Client } = await import("@aws-sdk/client-s3");
        const forcePathStyle = process.env["AWS_ENDPOINT_URL"] !== undefined;
        return new S3Client({ ...given(settings), followRegionRedirects: true, forcePathStyle });
      },
    };
  },
  invoker,
};
/** Commands that read the journal by themselves; all others ask the function. */
const own: Readonly<Record<string, typeof serveConsole>> = { console: serveConsole, report: writeReport };
const asksForHelp = rest.some((one) => one === "--help" || one === "-h");
const command = first !== undefined && Object.hasOwn(own, first) && !asksForHelp ? own[first] : undefined;
process.exitCode = command ? await command(rest) : await run(asksForHelp ? ["--help"] : process.argv.slice(2), world);
