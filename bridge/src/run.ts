/** The command as a function: what a test calls, and `bridge.ts` with the real world. */
import { readFileSync } from "node:fs";
import type { Done } from "../../lambda/src/operator/actions.ts";
import { type Command, help, readArguments, UsageError } from "./arguments.ts";
import { CallError, call, type Invoke } from "./call.ts";
import { type CloudWatch, watch } from "./cloudwatch.ts";
import { RotationError } from "./key-places/error.ts";
import type { KeyServices } from "./key-places/types.ts";
import { hasProblem, render } from "./render.ts";
import { describeRotation, rotate } from "./rotate-key.ts";
import { painter, safeJson, safeLines } from "./table.ts";

export interface Settings {
  readonly region: string | undefined;
  readonly profile: string | undefined;
}

export interface World {
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly version: string;
  readonly out: (text: string) => void;
  readonly err: (text: string) => void;
  /** Whether what is written goes to somebody's terminal. */
  readonly terminal: { readonly out: boolean; readonly err: boolean };
  readonly invoker: (settings: Settings) => Promise<Invoke>;
  readonly cloudwatch: (settings: Settings) => Promise<CloudWatch>;
  readonly keyServices: (settings: Settings) => KeyServices;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
}

export const status = { well: 0, problem: 1, usage: 2, call: 3, refused: 4 } as const;

const size = (answer: Done): number =>
  ("files" in answer
    ? answer.files
    : "streams" in answer
      ? answer.streams
      : "tries" in answer
        ? answer.tries
        : answer.forgotten
  ).length;

/** Runs the command; returns the exit status. */
export const run = async (args: readonly string[], world: World): Promise<number> => {
  const { environment, out, err, terminal } = world;
  const colours = (stream: boolean) => stream && !environment["NO_COLOR"] && environment["TERM"] !== "dumb";
  const complain = (message: string) =>
    err(`${painter(colours(terminal.err))("red", "bridge:")} ${safeLines(message)}\n`);
  try {
    const command = readArguments(args, environment);
    if (command === "help" || command === "version") {
      out(`${command === "help" ? help : world.version}\n`);
      return status.well;
    }
    const { action, functionName, request, json, region, profile } = command;
    const invoke = await world.invoker({ region, profile });
    if (action === "rotate-key") return await rotateKey(command, invoke, world, complain);
    const answer = await call({
      functionName,
      action,
      request,
      invoke,
      progress: (soFar) => err(`${action}: ${size(soFar)} so far, going on …\n`),
    });
    if (!answer.ok) {
      if (json) out(`${safeJson(answer)}\n`);
      complain(answer.error.message);
      return status.refused;
    }
    const cloudwatch =
      answer.action === "status"
        ? await watch(await world.cloudwatch({ region, profile }), answer, world.now())
        : undefined;
    if (json) out(`${safeJson(cloudwatch === undefined ? answer : { ...answer, cloudwatch })}\n`);
    else out(`${render(answer, cloudwatch, painter(colours(terminal.out)))}\n`);
    return hasProblem(answer) ? status.problem : status.well;
  } catch (error) {
    if (error instanceof UsageError) {
      complain(`${error.message} "bridge --help" shows all options.`);
      return status.usage;
    }
    if (error instanceof RotationError) {
      complain(error.message);
      return status.refused;
    }
    if (error instanceof CallError) {
      complain(error.message);
      return status.call;
    }
    // Whatever it is (credentials, the network), its text may be somebody else's.
    complain(error instanceof Error ? (error.stack ?? error.message) : String(error));
    return status.call;
  }
};

/** A file's text. Throws UsageError. */
const contentOf = (file: string): string => {
  try {
    return readFileSync(file, "utf8").trim();
  } catch (error) {
    throw new UsageError(`--certificate: the file can't be read: ${(error as Error).message}.`);
  }
};

const rotateKey = async (
  { functionName, request, rotate: { certificate, ...options }, json, region, profile }: Command,
  invoke: Invoke,
  world: World,
  complain: (message: string) => void,
): Promise<number> => {
  const stream = String(request["stream"]);
  const rotation = await rotate(
    { stream, ...options, certificate: certificate === undefined ? undefined : contentOf(certificate) },
    async (asked) => {
      const answer = await call({ functionName, action: "rotate-key", request: asked, invoke, progress: () => {} });
      if (answer.ok && answer.action === "rotate-key") return answer;
      if (!answer.ok) complain(answer.error.message);
      return undefined;
    },
    world.keyServices({ region, profile }),
  );
  if (rotation === undefined) return status.refused;
  world.out(
    json ? `${safeJson(rotation)}\n` : `${describeRotation(rotation, stream).split("\n").map(safeLines).join("\n")}\n`,
  );
  return rotation.state === "refused" || rotation.state === "waits" ? status.problem : status.well;
};
