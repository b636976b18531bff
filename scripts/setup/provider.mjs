// The AWS provider for Terraform: from the Terraform registry where it answers, else built from its source, which the
// Go module proxy has. Either way it is unpacked once into the cache and served from there, so no `init` downloads it.
import { cpSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { trimProvider } from "../../test/stack/provider/trim.mjs";
import { cached, keyOf } from "./cache.mjs";
import { run, which } from "./run.mjs";
import { inTemporary } from "./temporary.mjs";
import { checkTerraformVersion } from "./terraform.mjs";

const version = "6.34.0";
const sources = fileURLToPath(new URL("../../test/stack/provider/", import.meta.url));
const module = "github.com/hashicorp/terraform-provider-aws";

/**
 * Returns the path of a Terraform CLI configuration (for TF_CLI_CONFIG_FILE) that serves the AWS provider to the
 * program `terraform` (or OpenTofu, which means another registry by the same address).
 */
export async function provideProvider(terraform, note) {
  const recipe = ["go.mod", "go.sum", "trim.mjs"].map((name) => readFileSync(join(sources, name)));
  const key = keyOf(version, basename(terraform), process.platform, process.arch, ...recipe);
  const folder = await cached(`provider/${version}-${key}`, note, async (work, target) => {
    await checkTerraformVersion(terraform);
    if (!(await fromRegistry(terraform, work, note))) await fromSource(terraform, work, note);
    writeFileSync(join(work, "terraform.rc"), cliConfig(join(target, "mirror")));
  });
  return join(folder, "terraform.rc");
}

/** Text of a CLI configuration that serves a mirror. No `direct` installation: what it lacks must not be fetched silently. */
export function cliConfig(mirror) {
  return `disable_checkpoint = true
provider_installation {
  filesystem_mirror {
    path    = ${JSON.stringify(mirror)}
    include = ["hashicorp/aws"]
  }
}
`;
}

/** Lets Terraform itself fetch and check the released provider; false where the registry does not answer. */
async function fromRegistry(terraform, work, note) {
  note("asking the Terraform registry");
  return inTemporary(async (dir) => {
    writeRequirement(dir);
    writeFileSync(join(dir, "terraform.rc"), "disable_checkpoint = true\nprovider_installation {\n  direct {}\n}\n");
    const env = {
      TF_CLI_CONFIG_FILE: join(dir, "terraform.rc"),
      TF_REGISTRY_CLIENT_TIMEOUT: "5",
      TF_REGISTRY_DISCOVERY_RETRY: "0",
    };
    try {
      await run(terraform, ["init", "-backend=false", "-input=false", "-no-color"], {
        cwd: dir,
        env,
        onLine: note,
        timeout: 600_000,
      });
    } catch {
      return false;
    }
    // What init unpacked has the layout of an unpacked mirror.
    cpSync(join(dir, ".terraform/providers"), join(work, "mirror"), { recursive: true, dereference: true });
    return true;
  });
}

async function fromSource(terraform, work, note) {
  if (!(await which("go")))
    throw new Error(
      "the Terraform registry does not answer and there is no Go to build the AWS provider with: install Go 1.25 or newer, or allow access to the registry",
    );
  await inTemporary(async (dir) => {
    for (const name of ["go.mod", "go.sum"]) cpSync(join(sources, name), join(dir, name));
    note("the Terraform registry does not answer; fetching the provider's source from the Go module proxy");
    const { Dir: source } = JSON.parse(await run("go", ["mod", "download", "-json", module], { cwd: dir }));
    const found = readFileSync(join(source, "version/VERSION"), "utf8").trim();
    if (found !== version)
      throw new Error(
        `test/stack/provider/go.mod names version ${found} of the AWS provider, scripts/setup/provider.mjs ${version}`,
      );
    const trimmed = join(dir, "source");
    const kept = trimProvider(source, trimmed);
    const output = join(
      work,
      "mirror",
      await addressIn(terraform, dir),
      version,
      `${goOs()}_${goArch()}`,
      `terraform-provider-aws_v${version}`,
    );
    mkdirSync(dirname(output), { recursive: true });
    let compiled = 0;
    note(`building ${kept.length} services of it`);
    await run(
      "go",
      [
        "build",
        "-v",
        "-buildvcs=false",
        "-trimpath",
        "-ldflags",
        `-s -w -X ${module}/version.ProviderVersion=${version}`,
        "-o",
        output,
        ".",
      ],
      {
        cwd: trimmed,
        env: { CGO_ENABLED: "0", GOWORK: "off" },
        onLine: () => note(`building ${kept.length} services of it, ${++compiled} packages compiled`),
      },
    );
  });
}

/** The provider's address with the host that this Terraform, or OpenTofu, means by none, such as `<host>/hashicorp/aws`. */
export function providerAddress(terraform) {
  return inTemporary((dir) => addressIn(terraform, dir));
}

async function addressIn(terraform, dir) {
  writeRequirement(dir);
  const printed = await run(terraform, ["providers", "-no-color"], {
    cwd: dir,
    env: { TF_CLI_CONFIG_FILE: "/dev/null" },
  });
  const match = /provider\[([^\]]+)\]/.exec(printed);
  if (match === null) throw new Error(`terraform providers printed no address:\n${printed}`);
  return match[1];
}

function writeRequirement(dir) {
  writeFileSync(
    join(dir, "main.tf"),
    `terraform {\n  required_providers {\n    aws = { source = "hashicorp/aws", version = "${version}" }\n  }\n}\n`,
  );
}

function goOs() {
  return process.platform === "win32" ? "windows" : process.platform;
}

function goArch() {
  return process.arch === "x64" ? "amd64" : process.arch;
}
