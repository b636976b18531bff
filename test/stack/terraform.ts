// Terraform on the local stack: a copy of the module and its examples, as a user would have them, plus one file that
// tells the provider what an emulator needs. Nothing in the repository itself is written to.
import { cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import { createInterface } from "node:readline";
import { terraformEnvironment } from "../../scripts/setup/terraform-environment.mjs";
import type { Stack } from "./emulator.ts";
import { supervise } from "./process.ts";
import { repository, type Tools, tools } from "./tools.ts";

/** A change that a plan would make. */
export type PlannedChange = {
  readonly address: string;
  readonly actions: readonly string[];
  readonly before: unknown;
  readonly after: unknown;
};

export type Variables = Readonly<Record<string, unknown>>;

/** A Terraform configuration on a stack. Its folder goes when the stack stops. */
export type Workspace = {
  readonly folder: string;
  /** Runs `terraform <args>` there and returns its standard output; throws with its errors where it fails. */
  readonly terraform: (args: readonly string[]) => Promise<string>;
  /** Applies, with the variables given or the ones before, and returns the outputs. */
  readonly apply: (variables?: Variables) => Promise<Outputs>;
  /** What another apply would change: nothing, right after one. */
  readonly plan: (variables?: Variables) => Promise<PlannedChange[]>;
  readonly outputs: () => Promise<Outputs>;
  readonly destroy: () => Promise<void>;
  /** Addresses of all resources in the state, without data sources. */
  readonly resources: () => Promise<string[]>;
};

export type Outputs = Readonly<Record<string, unknown>>;

export type WorkspaceOptions = {
  /** Hears every line that Terraform prints. */
  readonly onLine?: (line: string) => void;
  /** Another program than the one on PATH. */
  readonly engine?: Pick<Tools, "terraform" | "terraformConfig">;
};

/** Where Terraform applies: a stack, or an account of AWS, where the provider is left as it is. */
export type Account = Pick<Stack, "env" | "folder"> & { readonly isReal?: boolean };

/** What an emulator needs and AWS does not: without the first, S3 Control is asked at `<account>.127.0.0.1`. */
const providerSettings = `  skip_requesting_account_id  = true
  skip_credentials_validation = true
  skip_metadata_api_check     = true
  s3_use_path_style           = true
`;

/** Copies the module and opens `examples/<name>` of the copy, initialised. */
export function openExample(stack: Account, name: string, options: WorkspaceOptions = {}): Promise<Workspace> {
  if (!existsSync(join(repository, "examples", name))) throw new Error(`there is no examples/${name}`);
  const tree = copyModule(stack);
  return open(stack, join(tree, "examples", name), options);
}

/**
 * Copies the module and opens a configuration made of `files` (name → text) in a folder of the copy's examples, so that
 * `source = "../.."` is the module; initialised.
 */
export function openConfiguration(
  stack: Account,
  files: Readonly<Record<string, string>>,
  options: WorkspaceOptions = {},
): Promise<Workspace> {
  const folder = join(copyModule(stack), "examples/of-the-test");
  mkdirSync(folder, { recursive: true });
  for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text);
  return open(stack, folder, options);
}

/** Applies an example and returns its workspace and outputs. */
export async function applyExample(
  stack: Account,
  name: string,
  variables: Variables = {},
  options: WorkspaceOptions = {},
): Promise<Workspace & { readonly applied: Outputs }> {
  const workspace = await openExample(stack, name, options);
  return { ...workspace, applied: await workspace.apply(variables) };
}

/** The module as a registry would serve it: no development files, and nothing that a local run left behind. */
function copyModule(stack: Account): string {
  const tree = mkdtempSync(join(stack.folder, "module-"));
  const isLeftover = (path: string) =>
    [".terraform", ".terraform.lock.hcl"].includes(basename(path)) || /\.tfstate/.test(path);
  for (const name of [
    ...readdirSync(repository).filter((file) => file.endsWith(".tf")),
    "modules",
    "schemas",
    "examples",
    "lambda/dist",
  ])
    if (existsSync(join(repository, name)))
      cpSync(join(repository, name), join(tree, name), { recursive: true, filter: (path) => !isLeftover(path) });
  return tree;
}

async function open(stack: Account, folder: string, { onLine, engine }: WorkspaceOptions): Promise<Workspace> {
  if (!stack.isReal) addProviderSettings(folder);
  const terraform = (args: readonly string[]) => run(stack, folder, args, { onLine, engine });
  const quietly = (args: readonly string[]) => run(stack, folder, args, { engine });
  const setVariables = (variables?: Variables) => {
    if (variables !== undefined) writeFileSync(join(folder, "stack.auto.tfvars.json"), JSON.stringify(variables));
  };
  const outputs = async () => {
    const printed = JSON.parse(await quietly(["output", "-json"])) as Record<string, { value: unknown }>;
    return Object.fromEntries(Object.entries(printed).map(([name, { value }]) => [name, value]));
  };
  await terraform(["init", "-input=false", "-no-color"]);
  return {
    folder,
    terraform,
    outputs,
    apply: async (variables) => {
      setVariables(variables);
      await terraform(["apply", "-auto-approve", "-input=false", "-no-color"]);
      return outputs();
    },
    plan: async (variables) => {
      setVariables(variables);
      await terraform(["plan", "-input=false", "-no-color", "-out=planned.tfplan"]);
      return changesIn(await quietly(["show", "-json", "planned.tfplan"]));
    },
    destroy: async () => {
      await terraform(["destroy", "-auto-approve", "-input=false", "-no-color"]);
    },
    resources: async () =>
      (await quietly(["state", "list"])).split("\n").filter((line) => line !== "" && !/(^|\.)data\./.test(line)),
  };
}

/** Terraform merges an override file into provider blocks that exist, and refuses it where there are none. */
function addProviderSettings(folder: string): void {
  const text = readdirSync(folder)
    .filter((name) => name.endsWith(".tf"))
    .map((name) => readFileSync(join(folder, name), "utf8"))
    .join("\n");
  const blocks = [...text.matchAll(/^provider "aws" \{([\s\S]*?)^\}/gm)].map(
    ([, body = ""]) => /^\s*alias\s*=\s*"([^"]+)"/m.exec(body)?.[1],
  );
  const aliases = blocks.length === 0 ? [undefined] : blocks;
  const settings = aliases
    .map((alias) => `provider "aws" {\n${alias === undefined ? "" : `  alias = "${alias}"\n`}${providerSettings}}\n`)
    .join("\n");
  writeFileSync(join(folder, blocks.length === 0 ? "emulator.tf" : "emulator_override.tf"), settings);
}

/**
 * The provider waits minutes for queues and lifecycle rules to be the same everywhere in AWS (a queue's deletion is
 * confirmed 15 times), which an emulator is at once. In this mode, made for its own tests, it does not pause between its
 * looks; nothing else depends on it in the released program (internal/retry/state.go of the provider).
 */
const withoutPauses = { VCR_MODE: "REPLAY_ONLY", VCR_PATH: "/nonexistent" };

async function run(
  stack: Account,
  folder: string,
  args: readonly string[],
  { onLine, engine = tools() }: { onLine?: ((line: string) => void) | undefined; engine?: WorkspaceOptions["engine"] },
): Promise<string> {
  const { terraform, terraformConfig } = engine;
  const { child, exited } = supervise(terraform, args, {
    cwd: folder,
    env: {
      ...stack.env,
      PATH: process.env["PATH"],
      HOME: stack.isReal ? process.env["HOME"] : stack.folder,
      TF_CLI_CONFIG_FILE: terraformConfig,
      ...terraformEnvironment,
      ...(stack.isReal ? {} : withoutPauses),
      ...(process.env["TF_LOG"] === undefined ? {} : { TF_LOG: process.env["TF_LOG"] }),
    },
  });
  const output: string[] = [];
  const errors: string[] = [];
  if (child.stdout !== null)
    createInterface({ input: child.stdout }).on("line", (line) => {
      output.push(line);
      onLine?.(line);
    });
  if (child.stderr !== null) createInterface({ input: child.stderr }).on("line", (line) => errors.push(line));
  const status = await exited;
  if (status !== 0) throw new Error(`terraform ${args[0]} failed in ${folder}:\n${errors.join("\n")}`);
  return output.join("\n");
}

type Plan = {
  readonly resource_changes?: readonly { readonly address: string; readonly change: Omit<PlannedChange, "address"> }[];
  readonly output_changes?: Readonly<Record<string, Omit<PlannedChange, "address">>>;
};

/** Format: Terraform's JSON output, developer.hashicorp.com/terraform/internals/json-format. */
function changesIn(json: string): PlannedChange[] {
  const plan = JSON.parse(json) as Plan;
  const outputs = Object.entries(plan.output_changes ?? {}).map(([name, change]) => ({
    address: `output.${name}`,
    change,
  }));
  return [...(plan.resource_changes ?? []), ...outputs]
    .filter(({ change }) => !["no-op", "read"].includes(change.actions[0] ?? ""))
    .map(({ address, change: { actions, before, after } }) => ({ address, actions, before, after }));
}
