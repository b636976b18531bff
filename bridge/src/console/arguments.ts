/** The command line of `bridge console`. */
import { functionNameOf, parseOptions, UsageError } from "../arguments.ts";

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
  const { values } = parseOptions({ args: [...args], options: flags });
  const functionName = functionNameOf(values.function, environment);
  const port = Number(values.port ?? 0);
  if (!Number.isInteger(port) || port < 0 || port > 65_535)
    throw new UsageError(`--port is a number up to 65535, and not ${JSON.stringify(values.port)}.`);
  return { functionName, table: values.table, port, region: values.region, profile: values.profile };
};
