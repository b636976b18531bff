/** The command line: which action, with which options, and how the answer is shown. */
import { type ParseArgsConfig, parseArgs } from "node:util";
import { actionParameters, type OperatorAction } from "../../lambda/src/operator/actions.ts";

import { type KeyType, keyTypes } from "./new-key.ts";

/** The command line can't be understood. The message says what to write. */
export class UsageError extends Error {
  override readonly name = "UsageError";
}

interface ActionOptions {
  /** What it does, for the help. */
  readonly about: string;
  /** The option that a bare argument stands for. */
  readonly bare?: string;
  readonly needs: readonly string[];
}

export const actions = {
  check: {
    about: "try everything that a stream needs: name, connection, host key, log-in, listing, a probe file, S3, keys",
    needs: [],
  },
  list: {
    about: "the files at a stream's source, and what the journal says of each",
    needs: ["stream"],
  },
  "dry-run": {
    about: "what the next poll or a redelivery would move, and why or why not",
    needs: ["stream"],
  },
  replay: {
    about: "move one file, those below a prefix, or those of a time range again",
    bare: "path",
    needs: ["stream"],
  },
  fetch: {
    about: "pull one file now, by its path: also where the server lists nothing",
    bare: "path",
    needs: ["stream", "path"],
  },
  send: {
    about: "send one object now, by its key: also where no event told of it",
    bare: "path",
    needs: ["stream", "path"],
  },
  skip: {
    about: "a file that failed or waits isn't moved, unless it changes; --number: a missing number isn't awaited",
    bare: "path",
    needs: ["stream"],
  },
  redrive: {
    about: "files that were given up or wait are due at once; --queue: events that ended in a dead-letter queue",
    bare: "path",
    needs: [],
  },
  reconcile: {
    about: "send what no event told of since the bridge knows the stream",
    needs: ["stream"],
  },
  backfill: {
    about: "send what was there before the bridge",
    needs: ["stream"],
  },
  history: {
    about: "when a file went, where to, with which checksum",
    bare: "path",
    needs: ["stream", "path"],
  },
  "forget-traits": {
    about: "forget what was learned of a partner's server, or one trait of it: it is found out again",
    bare: "trait",
    needs: ["stream"],
  },
  "rotate-key": {
    about: "a new key beside the old one; once the partner has it: try it, and switch only if it logs in",
    needs: ["stream"],
  },
  status: { about: "how each stream is doing", needs: [] },
} as const satisfies Record<OperatorAction, ActionOptions>;

/** Those of the command alone: the function only tries keys. */
const rotateOptions = ["type", "certificate", "abandon"];

/** The options of an action, without their dashes: what the function takes for it. */
const optionsOf = (action: OperatorAction): string[] =>
  action === "rotate-key"
    ? ["stream", ...rotateOptions]
    : actionParameters[action].map((name) => name.replaceAll("_", "-"));

const isAction = (name: string | undefined): name is OperatorAction =>
  name !== undefined && Object.hasOwn(actions, name);
const actionNames = Object.keys(actions).filter(isAction);

export const help = `Usage: bridge ACTION --function NAME [options]

Actions
${actionNames
  .map(
    (name) =>
      `  ${name.padEnd(13)} ${actions[name].about}\n${" ".repeat(16)}${optionsOf(name)
        .map((one) => `--${one}`)
        .join(" ")}`,
  )
  .join("\n")}
  report        what was delivered, failed and waits, as CSV with checksums: of the last 24 hours, or --from and --to
                --stream --from --to --table
  console       what status, list and history tell, as a page in your browser, on this machine only
                --port --table

Options
  --function NAME    the bridge's function (its name or ARN); or the environment variable BRIDGE_FUNCTION
  --stream NAME      the stream
  --direction SIDE   push or pull, where the stream has both
  --path FILE        one file, below the stream's source; may be written without --path
  --prefix PREFIX    files below it
  --since, --until   times such as 2026-03-01T07:30:00Z
  --trait NAME       forget-traits: one of those that check and status show
  --number N, N-M    skip: running numbers of which no file comes (order = "sequence")
  --force            also what was delivered already; skip: also a number that no file waits behind
  --all, --queue     redrive: all streams; the dead-letter queues
  --type TYPE        rotate-key: ed25519 (the default) or rsa-4096
  --certificate FILE rotate-key: the new key's, where the stream logs in with one (sftp.certificate)
  --abandon          rotate-key: drop the new key, keep the old one
  --dry-run          tell what would be sent, and send nothing
  --region, --profile   as for the AWS CLI
  --from, --to       report: times such as 2026-03-01T07:30:00Z, or days (UTC) such as 2026-03-01; --to is not included
  --port, --table    console: the page's port; console and report: the journal's table, where it can't be found out
  --json             the answer as JSON
  --help, --version

Exit status: 0 all is well · 1 the answer tells of a problem · 2 the command can't be understood ·
3 the function can't be called · 4 the bridge refuses the action, or its partner is busy`;

export interface Command {
  readonly action: OperatorAction;
  readonly functionName: string;
  /** What is sent to the function beside the action. */
  readonly request: Readonly<Record<string, string | true>>;
  /** For rotate-key. */
  readonly rotate: { readonly type: KeyType; readonly abandon: boolean; readonly certificate: string | undefined };
  readonly json: boolean;
  readonly region: string | undefined;
  readonly profile: string | undefined;
}

const flags = {
  function: { type: "string" },
  stream: { type: "string" },
  direction: { type: "string" },
  path: { type: "string" },
  prefix: { type: "string" },
  since: { type: "string" },
  until: { type: "string" },
  trait: { type: "string" },
  number: { type: "string" },
  force: { type: "boolean" },
  all: { type: "boolean" },
  queue: { type: "boolean" },
  "dry-run": { type: "boolean" },
  type: { type: "string" },
  abandon: { type: "boolean" },
  certificate: { type: "string" },
  region: { type: "string" },
  profile: { type: "string" },
  json: { type: "boolean" },
  help: { type: "boolean", short: "h" },
  version: { type: "boolean" },
} as const;

const own = new Set(["function", "region", "profile", "json", "help", "version"]);

/** The command that the arguments stand for, or which page to show. Throws UsageError. */
export const readArguments = (
  args: readonly string[],
  environment: Readonly<Record<string, string | undefined>>,
): Command | "help" | "version" => {
  const parsed = parseOptions({ args: [...args], options: flags, allowPositionals: true });
  const { values, positionals } = parsed;
  if (values.help || (args.length === 0 && positionals.length === 0)) return "help";
  if (values.version) return "version";
  const [action, ...bare] = positionals;
  if (!isAction(action))
    throw new UsageError(
      `${action === undefined ? "Which action" : `There is no action ${JSON.stringify(action)}`}: give one of ${Object.keys(actions).join(", ")}.`,
    );
  const takes: ActionOptions = actions[action];
  const request: Record<string, string | true> = {};
  for (const [name, value] of Object.entries(values)) {
    if (own.has(name) || value === undefined || value === false) continue;
    if (!optionsOf(action).includes(name))
      throw new UsageError(
        `${action} doesn't take --${name}; it takes ${optionsOf(action)
          .map((one) => `--${one}`)
          .join(", ")}.`,
      );
    if (!rotateOptions.includes(name)) request[name.replaceAll("-", "_")] = value;
  }
  const [first, second] = bare;
  if (first !== undefined) {
    if (takes.bare === undefined || second !== undefined || takes.bare in request)
      throw new UsageError(
        `${action} has no use for ${JSON.stringify(takes.bare === undefined || takes.bare in request ? first : second)}. Names with spaces need quotes.`,
      );
    request[takes.bare] = first;
  }
  for (const name of takes.needs) if (!(name in request)) throw new UsageError(`${action} needs --${name}.`);
  const functionName = functionNameOf(values.function, environment);
  return {
    action,
    functionName,
    request,
    rotate: { type: keyTypeOf(values.type), abandon: values.abandon === true, certificate: values.certificate },
    json: values.json === true,
    region: values.region,
    profile: values.profile,
  };
};

const keyTypeOf = (given = "ed25519"): KeyType => {
  const type = keyTypes.find((one) => one === given);
  if (type === undefined) throw new UsageError(`--type is one of ${keyTypes.join(", ")}.`);
  return type;
};

/** The options as `util.parseArgs` reads them. Throws UsageError. */
export const parseOptions = <T extends ParseArgsConfig>(config: T) => {
  try {
    return parseArgs(config);
  } catch (error) {
    throw new UsageError((error as Error).message.replace(/\.?$/, "."));
  }
};

/** The function that is asked. Throws UsageError where nobody says. */
export const functionNameOf = (
  given: string | undefined,
  environment: Readonly<Record<string, string | undefined>>,
): string => {
  const name = given ?? environment["BRIDGE_FUNCTION"];
  if (name) return name;
  throw new UsageError(
    "Which bridge: give --function NAME (the module's output function_name), or set BRIDGE_FUNCTION.",
  );
};
