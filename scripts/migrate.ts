// `npm run -s migrate -- CONFIG [--rules rules.json]`: a configuration of gilt/s3-sftp-bridge as the module's stream map.
// `--help` tells the rest.
import { writeFile } from "node:fs/promises";
import { KMSClient } from "@aws-sdk/client-kms";
import { S3Client } from "@aws-sdk/client-s3";
import { help, readArguments, UsageError } from "./migrate/arguments.ts";
import { Refusal } from "./migrate/json.ts";
import { migrate } from "./migrate/migrate.ts";
import { readSource, Unreadable } from "./migrate/source.ts";

const clients = {
  s3: () => new S3Client({ forcePathStyle: process.env["AWS_ENDPOINT_URL"] !== undefined }),
  kms: () => new KMSClient(),
};

const tell = (title: string, lines: readonly string[]): void => {
  if (lines.length > 0) console.error(`${title}\n${lines.map((line) => `- ${line}\n`).join("")}`);
};

const run = async (): Promise<number> => {
  const command = readArguments(process.argv.slice(2));
  if (command === "help") {
    console.log(help);
    return 0;
  }
  const text = await readSource(command.config, clients);
  const rules =
    command.rules === undefined ? undefined : { name: command.rules, text: await readSource(command.rules, clients) };
  const { hcl, left, remarks, steps } = migrate(text, { ...command, source: command.config, rules });
  if (command.out === undefined) process.stdout.write(hcl);
  else await writeFile(command.out, hcl);
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
      error instanceof UsageError ? 2 : error instanceof Refusal ? 3 : error instanceof Unreadable ? 4 : 70;
  },
);
