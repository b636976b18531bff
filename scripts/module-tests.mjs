// `terraform test`, by what its files need: a copy of the module for each kind, with what that kind needs and no more.
import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { counted, follow, sum } from "./follow.mjs";
import { redsOfTerraform } from "./reds.mjs";
import { provideEngines } from "./setup/engines.mjs";
import { shareProvider } from "./setup/shared-provider.mjs";
import { terraformEnvironment } from "./setup/terraform-environment.mjs";
import { inSlot } from "./slots.mjs";

const folder = "test/module";

/** Plans hundreds of streams: of the speed of the Terraform on PATH, and nothing that differs between versions. */
const scale = "scale.tftest.hcl";

/** Make resources, and show sizes and looked-up networks: not with the newest Terraform as well as with three others. */
const sizes = ["access-scale", "schedule-rules", "vpc"].map((name) => `${name}.tftest.hcl`);

/**
 * A file without `mock_provider` is a table: values that variables take or refuse. It needs no resource, so its copy of the module
 * has none: of the root and of the modules with resources nothing but the variables, and modules/config, which is all of it variables.
 * There 73 runs of the root's variables take 3 s of CPU; beside the resources they took over 200 s.
 */
const isTable = (root, file) => !/^mock_provider /m.test(readFileSync(join(root, folder, file), "utf8"));

/** The test files by kind; those named in `files` (or all). */
function kinds(root, files = []) {
  // OpenTofu takes a .tofutest.hcl in place of the .tftest.hcl beside it.
  const nameOf = (file) => /^(.+)\.(?:tftest|tofutest)\.hcl$/.exec(basename(file))?.[1];
  const named = files.map(nameOf);
  const all = readdirSync(join(root, folder)).filter(
    (file) => nameOf(file) !== undefined && (files.length === 0 || named.includes(nameOf(file))),
  );
  const tables = all.filter((file) => isTable(root, file));
  const others = all.filter((file) => !tables.includes(file));
  return { scale: others.filter((file) => file === scale), resources: others.filter((file) => file !== scale), tables };
}

/** All module tests with the Terraform on PATH, or those in `files`. */
export async function runModuleTests(root, tools, files = []) {
  const unknown = files.filter((file) => Object.values(kinds(root, [file])).every((found) => found.length === 0));
  if (unknown.length > 0) {
    console.log(`There is no ${unknown.join(", ")}.`);
    return { passed: 0, failed: unknown.length, skipped: 0 };
  }
  const found = kinds(root, files);
  const isNeeded = found.scale.length + found.resources.length > 0;
  return withProvider(isNeeded && tools.terraformConfig, (environment) =>
    Promise.all([
      run(root, tools, environment, found.scale),
      run(root, tools, environment, found.resources),
      run(root, tools, environment, found.tables, { isTables: true }),
    ]),
  );
}

/**
 * The same with the other versions of Terraform and with OpenTofu. Of each only the files' results are printed, and everything
 * where one fails. The newest Terraform makes all resources, and has no tables: what its own language takes and refuses is between the one
 * on PATH, the oldest, whose && and || look at both sides, and OpenTofu, which is another program.
 */
export async function runVersions(root, tools, files = []) {
  const { resources, tables } = kinds(root, files);
  const engines = await provideEngines(tools.terraformConfig);
  return withProvider(resources.length > 0 && tools.terraformConfig, (environment) =>
    Promise.all(
      engines.flatMap(({ title, isWithoutTables, ...engine }) => {
        const made = isWithoutTables ? resources.filter((file) => !sizes.includes(file)) : resources;
        return [
          run(root, engine, environment, made, { title }),
          run(root, engine, environment, isWithoutTables ? [] : tables, { title, isTables: true }),
        ];
      }),
    ),
  );
}

/** Runs `work` beside one process of the provider for all (where there is a configuration of one), and adds up what its runs counted. */
async function withProvider(terraformConfig, work) {
  const provider = terraformConfig ? await shareProvider(terraformConfig) : undefined;
  try {
    const counts = await work(provider?.environment);
    const sumOf = (key) => counts.reduce((so, count) => so + count[key], 0);
    const told = counts.flatMap(({ reds = [] }) => reds);
    const reds =
      told.length === 0
        ? undefined
        : { names: told.flatMap(({ names }) => names), details: told.flatMap(({ details }) => details) };
    return { passed: sumOf("passed"), failed: sumOf("failed"), skipped: sumOf("skipped"), reds };
  } finally {
    await provider?.stop();
  }
}

async function run(root, engine, environment, files, { title, isTables = false } = {}) {
  if (files.length === 0) return { passed: 0, failed: 0, skipped: 0 };
  return inSlot(async () => {
    const tree = mkdtempSync(join(tmpdir(), "bridge-module-test-"));
    try {
      copyModule(root, tree, isTables);
      for (const file of files) cpSync(join(root, folder, file), join(tree, folder, file));
      return await runIn(tree, engine, isTables ? {} : environment(engine.terraformConfig), title);
    } finally {
      rmSync(tree, { recursive: true, force: true });
    }
  });
}

/** Copies the module to `tree`; for tables without anything that needs a provider. */
function copyModule(root, tree, isTables) {
  const isTerraform = (file) => file.endsWith(".tf") && (!isTables || /^variables(?:\..+)?\.tf$/.test(file));
  for (const file of readdirSync(root).filter(isTerraform)) cpSync(join(root, file), join(tree, file));
  mkdirSync(join(tree, folder), { recursive: true });
  if (isTables) cpSync(join(root, "modules/config"), join(tree, "modules/config"), { recursive: true });
  else
    for (const name of ["modules", "examples", "schemas", `${folder}/fixtures`, "lambda/dist"])
      cpSync(join(root, name), join(tree, name), { recursive: true });
}

async function runIn(cwd, { terraform, terraformConfig }, environment, title) {
  const env = { ...process.env, TF_CLI_CONFIG_FILE: terraformConfig, ...terraformEnvironment, ...environment };
  const said = [];
  const onLine = (line) => {
    said.push(line);
    if (title === undefined) console.log(line);
    else if (/^test\/module\/.*\.\.\. (?:pass|fail)$/.test(line)) console.log(`${title}: ${line}`);
  };
  const options = { cwd, env, onLine };
  const directory = `-test-directory=${folder}`;
  const init = ["init", "-backend=false", "-input=false", "-no-color", directory];
  const { status: initStatus, lines: initLines } = await follow(terraform, init, { ...options, quiet: true });
  if (initStatus !== 0) {
    console.log([`${title ?? "terraform init"}:`, ...initLines].join("\n"));
    const reds = { names: [`  terraform init, ${title ?? "Terraform on PATH"}`], details: initLines };
    return { passed: 0, failed: 1, skipped: 0, reds };
  }
  const { status, lines } = await follow(terraform, ["test", "-no-color", directory], options);
  const result = counted(status, {
    passed: sum(lines, /^(?:Success|Failure)! (\d+) passed/),
    failed: sum(lines, /^(?:Success|Failure)! \d+ passed, (\d+) failed/),
    skipped: sum(lines, /^(?:Success|Failure)! .* (\d+) skipped/),
  });
  if (result.failed === 0) return result;
  if (title !== undefined) console.log([`${title}:`, ...said].join("\n"));
  const { names, details } = redsOfTerraform(said);
  return { ...result, reds: { names: names.map((name) => `${name} (${title ?? "Terraform on PATH"})`), details } };
}
