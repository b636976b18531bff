// Terraform itself is the one thing that is not fetched: its version is the user's choice, and part of what is tested.
import { run, which } from "./run.mjs";

/** Returns the path of Terraform (or of the program named by TERRAFORM, for example tofu); throws where it is too old. */
export async function provideTerraform() {
  const program = process.env.TERRAFORM || "terraform";
  const path = await which(program);
  if (!path)
    throw new Error(
      `${program} is not installed: install Terraform 1.9 or newer (developer.hashicorp.com/terraform/install) and put it on PATH`,
    );
  return path;
}

/** Throws unless the Terraform at `path` is 1.9 or newer: the module's validations refer to other variables. */
export async function checkTerraformVersion(path) {
  const printed = JSON.parse(
    await run(path, ["version", "-json"], { env: { TF_CLI_CONFIG_FILE: "/dev/null", CHECKPOINT_DISABLE: "1" } }),
  );
  const [major, minor] = printed.terraform_version.split(".").map(Number);
  if (major < 1 || (major === 1 && minor < 9))
    throw new Error(`${path} is version ${printed.terraform_version}: 1.9 or newer is needed`);
}
