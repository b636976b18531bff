// One process of the AWS provider for all runs of `terraform test`. Without it, Terraform starts one for each walk of each run, and
// each builds the whole schema: a fifth of the CPU time (41 s became 33 s for 12 plans). The tests mock what it would ask AWS, so it is
// never configured; it only checks arguments, as it does in a process of its own.
import { spawn } from "node:child_process";
import { readdirSync } from "node:fs";
import { dirname, join } from "node:path";
import { createInterface } from "node:readline";

/** The only entry of a folder. */
const only = (path) => join(path, readdirSync(path)[0]);

/**
 * Starts it. Returns `environment(terraformConfig)`, the variable by which a Terraform (or OpenTofu) with that CLI configuration reaches it
 * in place of one of its own, and `stop()`.
 */
export async function shareProvider(terraformConfig) {
  const mirror = join(dirname(terraformConfig), "mirror");
  const program = only(only(only(join(only(mirror), "hashicorp/aws"))));
  const child = spawn(program, ["-debug"], { stdio: ["ignore", "pipe", "ignore"] });
  const stop = () => child.kill();
  process.once("exit", stop);
  const attachment = await new Promise((resolve, reject) => {
    child.once("error", reject);
    child.once("exit", (code) => reject(new Error(`the AWS provider ended with ${code} before it could be reached`)));
    createInterface({ input: child.stdout }).on("line", (line) => {
      const found = /TF_REATTACH_PROVIDERS='(\{.*\})'/.exec(line);
      if (found) resolve(Object.values(JSON.parse(found[1]))[0]);
    });
  });
  return {
    // By the address that this program means: OpenTofu has another registry.
    environment: (config) => ({
      TF_REATTACH_PROVIDERS: JSON.stringify({
        [`${readdirSync(join(dirname(config), "mirror"))[0]}/hashicorp/aws`]: attachment,
      }),
    }),
    stop: () => {
      process.off("exit", stop);
      return new Promise((resolve) => {
        if (child.exitCode !== null) return resolve();
        child.removeAllListeners("exit").once("exit", resolve);
        stop();
      });
    },
  };
}
