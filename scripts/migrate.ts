// `npm run -s migrate -- CONFIG [--rules rules.json]`: a configuration of gilt/s3-sftp-bridge as the module's stream map.
// `--help` tells the rest.
import { writeFile } from "node:fs/promises";
import { KMSClient } from "@aws-sdk/client-kms";
import { S3Client } from "@aws-sdk/client-s3";
import { SecretsManagerClient } from "@aws-sdk/client-secrets-manager";
import { type Command, help, readArguments, UsageError } from "./migrate/arguments.ts";
import { Refusal } from "./migrate/json.ts";
import { migrate } from "./migrate/migrate.ts";
import { readSource, Unreadable } from "./migrate/source.ts";
import { storeSecret } from "./migrate/store.ts";
import type { Migration } from "./migrate/types.ts";

const clients = {
  s3: () => new S3Client({ forcePathStyle: process.env["AWS_ENDPOINT_URL"] !== undefined }),
  kms: () => new KMSClient(),
};

const tell = (title: string, lines: readonly string[]): void => {
  if (lines.length > 0) console.error(`${title}\n${lines.map((line) => `- ${line}\n`).join("")}`);
};

/** Stores every secret; the ARNs, by name. */
const storeAll = async ({ region }: Command, { secrets }: Migration): Promise<ReadonlyMap<string, string>> => {
  const client = new SecretsManagerClient(region === undefined ? {} : { region });
  const arns = new Map<string, string>();
  for (const { name, value } of secrets) {
    const { arn, found } = await storeSecret(client, name, value).catch((error: Error) => {
      throw new Error(`${name}: can't be stored: ${error.message}`, { cause: error });
    });
    console.error(found ? `${name} is there already: left as it is.` : `${name} is stored.`);
    arns.set(name, arn);
  }
  return arns;
};

const run = async (): Promise<number> => {
  const command = readArguments(process.argv.slice(2));
  if (command === "help") {
    console.log(help);
    return 0;
  }
  const { text, encrypted } = await readSource(command.config, clients);
  const rules =
    command.rules === undefined
      ? undefined
      : { name: command.rules, text: (await readSource(command.rules, clients)).text };
  const options = { ...command, source: command.config, encrypted, rules };
  let migration = migrate(text, options);
  if (command.storeSecrets) migration = migrate(text, { ...options, arns: await storeAll(command, migration) });
  const { hcl, left, remarks, steps } = migration;
  if (command.out === undefined) process.stdout.write(hcl);
  else await writeFile(command.out, hcl); // its error names the file
  tell("Not carried over:", left);
  tell("Good to know:", remarks);
  tell("To do:", steps);
  return left.length > 0 ? 1 : 0;
};

run().then(
  (status) => {
    process.exitCode = status;
  },
  (error: unknown) => {
    console.error(error instanceof Error ? error.message : String(error));
    if (error instanceof UsageError) console.error("`npm run migrate -- --help` tells how.");
    process.exitCode =
      error instanceof UsageError ? 2 : error instanceof Refusal ? 3 : error instanceof Unreadable ? 4 : 5;
  },
);
