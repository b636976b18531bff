// `npm run docs:inputs`: writes the inputs and outputs of the module, and of the modules that are used alone, into their pages,
// between markers. The linters check that they are what the variables say.
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { buildFromSource } from "./setup/from-source.mjs";
import { step } from "./setup/report.mjs";
import { run } from "./setup/run.mjs";

const terraformDocs = {
  module: "github.com/terraform-docs/terraform-docs",
  version: "0.20.0",
  sum: "h1:qg0gtYlecCLDgEoJ+KqeAfYDc1iDDmOaF8may9iK444=",
  main: ".",
  program: "terraform-docs",
};

/** Each module with its page, relative to it: long descriptions as a document, short ones as a table. */
const pages = [
  { folder: ".", page: "docs/inputs.md", format: "document" },
  ...["bucket", "egress", "forwarding"].map((name) => ({
    folder: `modules/${name}`,
    page: "README.md",
    format: "table",
  })),
];

/** Writes the pages of the repository at `root`; with `check`, throws where one isn't what it would write. */
export async function writeInputs(root, { check = false } = {}) {
  const program = await step(`terraform-docs ${terraformDocs.version}`, (note) => buildFromSource(terraformDocs, note));
  for (const { folder, page, format } of pages) {
    const options = ["--show=inputs,outputs", "--lockfile=false", `--output-file=${page}`, "--output-mode=inject"];
    await run(program, ["markdown", format, ...options, ...(check ? ["--output-check"] : []), "."], {
      cwd: join(root, folder),
    }).catch((error) => {
      throw new Error(
        check
          ? `${join(folder, page)} isn't what the variables say: npm run docs:inputs (${error.message})`
          : error.message,
      );
    });
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await writeInputs(join(import.meta.dirname, ".."));
