/** The command line of `bridge console`. */
import { parseArgs } from "node:util";
import { UsageError } from "../arguments.ts";

export interface ConsoleOptions {
  readonly functionName: string;
  /** The journal's table; without it the function's own configuration is asked. */
  readonly table: string | undefined;
  readonly port: number;
  readonly region: string | undefined;
  readonly profile: string | undefined;
}

const flags = {
  function: { type: "string" },
  table: { type: "string" },
  port: { type: "string" },
  region: { type: "string" },
  profile: { type: "string" },
} as const;

/** Throws UsageError. */
export const readConsoleArguments = (
  args: readonly string[],
  environment: Readonly<Record<string, string | undefined>>,
): ConsoleOptions => {
  const values = parse(args);
  const functionName = values.function ?? environment["BRIDGE_FUNCTION"];
  if (!functionName)
    throw new UsageError(
      "Which bridge: give --function NAME (the module's output function_name), or set BRIDGE_FUNCTION.",
    );
  const port = Number(values.port ?? 0);
  if (!Number.isInteger(port) || port < 0 || port > 65_535)
    throw new UsageError(`--port is a number up to 65535, and not ${JSON.stringify(values.port)}.`);
  return { functionName, table: values.table, port, region: values.region, profile: values.profile };
};

const parse = (args: readonly string[]) => {
  try {
    return parseArgs({ args: [...args], options: flags }).values;
  } catch (error) {
    throw new UsageError((error as Error).message);
  }
};
