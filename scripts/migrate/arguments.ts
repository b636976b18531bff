/** The command line of `npm run migrate`. */
import { parseArgs } from "node:util";

/** The command line can't be understood. The message says what to write. */
export class UsageError extends Error {
  override readonly name = "UsageError";
}

export const help = `Usage: npm run -s migrate -- CONFIG [options]

Turns a configuration of gilt/s3-sftp-bridge into the module's stream map, in HCL, on standard output. What can't be carried
over, what differs and what is to be done is told there in comments, and on standard error. No secret is in either.

  CONFIG                      a file, or s3://bucket/key (also one that node-s3-encryption-client encrypted)
  --rules FILE                the schedule rules, as \`aws events list-rules\` prints them; a file or s3://bucket/key
  --schedule NAME=SCHEDULE    a rule by hand, e.g. stream1.stream2='rate(5 minutes)'; may be repeated
  --push STREAM               the stream is polled, and its bucket calls the function too; may be repeated
  --kms-key STREAM=ARN        the KMS key that encrypts the stream's s3PrivateKey; may be repeated
  --encryption-context STREAM:NAME=VALUE   and its encryption context; may be repeated
  --name NAME                 name of the bridge (s3-sftp-bridge): its secrets are called NAME/STREAM/…
  --region, --account         where the secrets are; left out, taken from the ARNs of the rules
  --store-secrets             put the configuration's passwords and keys into Secrets Manager; what is there already stays
  --out FILE                  write there instead of to standard output
  --help

Exit status: 0 everything is carried over · 1 written, and something can't be carried over: it is listed ·
2 the command can't be understood · 3 the configuration or the rules are refused, nothing is written ·
4 they can't be read · 5 the file can't be written, or a secret can't be stored`;

export interface Command {
  readonly config: string;
  readonly rules: string | undefined;
  readonly schedules: readonly string[];
  readonly pushed: readonly string[];
  readonly kmsKeys: ReadonlyMap<string, string>;
  readonly encryptionContexts: ReadonlyMap<string, Readonly<Record<string, string>>>;
  readonly bridge: string;
  readonly region: string | undefined;
  readonly account: string | undefined;
  readonly out: string | undefined;
  readonly storeSecrets: boolean;
}

const parse = (args: readonly string[]) => {
  try {
    return parseArgs({
      args: [...args],
      allowPositionals: true,
      options: {
        account: { type: "string" },
        "encryption-context": { type: "string", multiple: true, default: [] },
        help: { type: "boolean", short: "h" },
        "kms-key": { type: "string", multiple: true, default: [] },
        name: { type: "string", default: "s3-sftp-bridge" },
        out: { type: "string" },
        push: { type: "string", multiple: true, default: [] },
        region: { type: "string" },
        rules: { type: "string" },
        "store-secrets": { type: "boolean" },
        schedule: { type: "string", multiple: true, default: [] },
      },
    });
  } catch (error) {
    throw new UsageError((error as Error).message);
  }
};

const split = (given: string, pattern: RegExp, usage: string): readonly string[] => {
  const match = pattern.exec(given);
  if (match === null) throw new UsageError(`${JSON.stringify(given)}: write ${usage}.`);
  return match.slice(1);
};

const check = (option: string, value: string | undefined, pattern: RegExp, usage: string): void => {
  if (value !== undefined && !pattern.test(value))
    throw new UsageError(`${option} ${JSON.stringify(value)}: ${usage}.`);
};

/** Throws UsageError. */
export const readArguments = (args: readonly string[]): Command | "help" => {
  const { values, positionals } = parse(args);
  if (values.help) return "help";
  const [config, extra] = positionals;
  if (config === undefined) throw new UsageError("Which configuration: give a file, or s3://bucket/key.");
  if (extra !== undefined)
    throw new UsageError(
      `One configuration at a time; ${JSON.stringify(extra)} is one too many. A schedule with spaces needs quotes.`,
    );
  check(
    "--name",
    values.name,
    /^[a-z]([a-z0-9-]{0,26}[a-z0-9])?$/,
    "1 to 28 lower-case letters, digits and hyphens, as the module's name",
  );
  check("--region", values.region, /^[a-z]{2}(-[a-z]+)+-\d$/, "write a region such as eu-central-1");
  check("--account", values.account, /^\d{12}$/, "write the account's 12 digits");
  const keys = values["kms-key"].map((given) =>
    split(given, /^([^=]+)=(arn:aws[a-z-]*:kms:.+:key\/.+)$/s, "STREAM=ARN, with the ARN of a key"),
  );
  const contexts = new Map<string, Record<string, string>>();
  for (const given of values["encryption-context"]) {
    const [stream = "", name = "", value = ""] = split(given, /^([^:]+):([^=]+)=(.*)$/s, "STREAM:NAME=VALUE");
    contexts.set(stream, { ...contexts.get(stream), [name]: value });
  }
  return {
    config,
    rules: values.rules,
    schedules: values.schedule,
    pushed: values.push,
    kmsKeys: new Map(keys.map(([stream = "", arn = ""]) => [stream, arn])),
    encryptionContexts: contexts,
    bridge: values.name,
    region: values.region,
    account: values.account,
    out: values.out,
    storeSecrets: values["store-secrets"] === true,
  };
};
