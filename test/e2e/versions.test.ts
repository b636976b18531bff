/** The whole of `examples/complete` by each other version of Terraform and by OpenTofu: applied, moving files, destroyed. */
import { S3Client } from "@aws-sdk/client-s3";
import test from "ava";
import { provideEngines } from "../../scripts/setup/engines.mjs";
import { completeVariables, startPartners } from "../stack/complete.ts";
import { applyExample, awsConfig, startStack, until } from "../stack/index.ts";
import { tools } from "../stack/tools.ts";
import { inventory } from "./helpers/leftovers.ts";
import { putObject } from "./helpers/objects.ts";

test.serial(
  "examples/complete is applied and destroyed by the oldest and newest Terraform, and by OpenTofu",
  async (t) => {
    t.timeout(900_000);
    for (const { title, ...engine } of await provideEngines(tools().terraformConfig)) {
      const stack = await startStack();
      const partners = await startPartners();
      try {
        const before = await inventory(stack);
        const variables = await completeVariables(stack, partners);
        const example = await applyExample(stack, "complete", variables, { engine });
        const places = example.applied["places"] as Record<string, { push: string }>;
        await putObject(new S3Client(awsConfig(stack)), places["acme"]?.push, "a.txt", "to acme");
        await until(`the file to arrive (${title})`, 60, () => partners.acme.files.exists("inbox/a.txt") || undefined);
        t.deepEqual(await example.plan(), [], `${title}: a second plan has nothing to do`);
        await example.destroy();
        t.deepEqual(await inventory(stack), before, `${title}: nothing is left`);
        t.log(title);
      } finally {
        await partners.stop();
        await stack.stop();
      }
    }
  },
);
