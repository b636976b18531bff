// The programs that the stack runs, as setup provides them.
import { execFileSync } from "node:child_process";
import { fileURLToPath } from "node:url";

/** The root of the repository. */
export const repository = fileURLToPath(new URL("../../", import.meta.url));

/** Paths of what `scripts/setup.mjs` provides. */
export type Tools = {
  /** Node 24. */
  readonly node: string;
  /** A Python that has the packages of `requirements.txt`. */
  readonly python: string;
  /** `libraries` is a value for LD_LIBRARY_PATH, or "". */
  readonly openssh: {
    readonly sshd: string;
    readonly keygen: string;
    readonly sftp: string;
    readonly libraries: string;
  };
  readonly terraform: string;
  /** A value for TF_CLI_CONFIG_FILE. */
  readonly terraformConfig: string;
};

let found: Tools | undefined;

/** Sets up what is missing (which may take minutes, and says so on standard error) and returns the paths. */
export function tools(): Tools {
  found ??= JSON.parse(
    execFileSync(process.execPath, [`${repository}scripts/setup.mjs`, "--json"], {
      encoding: "utf8",
      stdio: ["ignore", "pipe", "inherit"],
    }),
  ) as Tools;
  return found;
}
