// Everything that tests and the demo need and a fresh clone does not have. Each step does nothing where all is there.
import { fileURLToPath } from "node:url";
import { provideArchivers } from "./archivers.mjs";
import { provideGnupg } from "./gnupg.mjs";
import { provideNodeModules } from "./node-modules.mjs";
import { provideOpenSsh } from "./openssh.mjs";
import { provideProvider } from "./provider.mjs";
import { providePuttygen } from "./putty.mjs";
import { providePython } from "./python.mjs";
import { step } from "./report.mjs";
import { provideTerraform } from "./terraform.mjs";

/** The root of the repository. */
export const root = fileURLToPath(new URL("../../", import.meta.url));

/**
 * Provides all tools and returns their paths: `{ node, python, openssh, puttygen, gnupg, archivers, terraform, terraformConfig }`.
 * Prints each step that has something to do.
 */
export async function setup() {
  if (process.platform === "win32") throw new Error("the local stack runs on Linux and macOS; on Windows use WSL");
  const node = await step("npm packages and Node 24", (note) => provideNodeModules(root, note));
  const terraform = await step("Terraform", provideTerraform);
  const python = await step("AWS emulator (Python)", (note) =>
    providePython("stack", fileURLToPath(new URL("../../test/stack/requirements.txt", import.meta.url)), note),
  );
  const openssh = await step("OpenSSH server", provideOpenSsh);
  const puttygen = await step("PuTTY's key program", providePuttygen);
  const gnupg = await step("GnuPG", provideGnupg);
  const archivers = await step("7-Zip and zip", provideArchivers);
  const terraformConfig = await step("AWS provider for Terraform", (note) => provideProvider(terraform, note));
  return { node, python, openssh, puttygen, gnupg, archivers, terraform, terraformConfig };
}
