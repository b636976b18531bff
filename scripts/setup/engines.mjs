// The other versions of Terraform, and OpenTofu, that the module has to work with: built from their sources, which the Go
// module proxy has, and kept in the cache. The Terraform on PATH is tested as it is.
import { cpSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { cached } from "./cache.mjs";
import { buildFromSource } from "./from-source.mjs";
import { cliConfig, providerAddress } from "./provider.mjs";
import { step } from "./report.mjs";

const terraform = (version, sum) => ({
  title: `Terraform ${version}`,
  module: "github.com/hashicorp/terraform",
  main: ".",
  program: "terraform",
  version,
  sum,
});

/** The oldest that the module takes, the newest, and the newest OpenTofu; with the checksum of each source. */
export const engines = [
  terraform("1.9.8", "h1:dNHFvyJgWshdOaPYtt3mHrJNa8kNyWuNj2A7+WOS4gI="),
  { ...terraform("1.13.3", "h1:Wjwx4gk2sEFbSiHK30nLgde+KuHoIvk1MTW2hojnbmg="), isWithoutTables: true },
  {
    title: "OpenTofu 1.12.6",
    module: "github.com/opentofu/opentofu",
    main: "./cmd/tofu",
    program: "tofu",
    version: "1.12.6",
    sum: "h1:0VT4P8pMmGcCUnQ9JDrJ+Qg2d35Vzm4FFd/9+H7oF98=",
  },
];

/**
 * Provides them all: `[{ title, terraform, terraformConfig }]`, as `setup` names the program on PATH. `terraformConfig` is
 * the one of `setup`: its provider serves all of them.
 */
export async function provideEngines(terraformConfig) {
  const provided = [];
  for (const engine of engines)
    provided.push(
      await step(engine.title, async (note) => {
        const program = await provideEngine(engine, note);
        return {
          title: engine.title,
          isWithoutTables: engine.isWithoutTables === true,
          terraform: program,
          terraformConfig: await provideMirror(engine, program, terraformConfig, note),
        };
      }),
    );
  return provided;
}

const provideEngine = (engine, note) =>
  buildFromSource(
    { ...engine, ldflags: `-s -w -X ${engine.module}/version.dev=no`, prepare: leaveOutRemoteState },
    note,
  );

/**
 * Takes the backends out that keep state in a cloud: their modules lie in folders that the proxy doesn't have, the SDKs that
 * they bring are most of the build, and no test here keeps state anywhere but in a file.
 */
function leaveOutRemoteState(source) {
  const file = join(source, "internal/backend/init/init.go");
  let lines = readFileSync(file, "utf8").split("\n");
  for (const line of [...lines]) {
    const [, alias, name] = /^\t(\w+) "[^"]*\/internal\/backend\/remote-state\/([\w-]+)"$/.exec(line) ?? [];
    if (alias === undefined || name === "http" || name === "inmem") continue;
    lines = lines.filter((one) => one !== line && !one.includes(`${alias}.New(`));
  }
  writeFileSync(file, lines.join("\n"));
  const mod = join(source, "go.mod");
  const kept = readFileSync(mod, "utf8")
    .split("\n")
    .filter((line) => !line.includes("/internal/backend/remote-state/"));
  writeFileSync(mod, kept.join("\n"));
}

/** OpenTofu means another registry by `hashicorp/aws`: the same provider, in a mirror of its own. */
async function provideMirror({ program, version }, path, terraformConfig, note) {
  if (program === "terraform") return terraformConfig;
  const base = dirname(terraformConfig);
  const folder = await cached(
    `provider-for-${program}/${version}-${base.split("/").at(-1)}`,
    note,
    async (work, target) => {
      const [host] = readdirSync(join(base, "mirror"));
      const address = await providerAddress(path);
      const place = join(work, "mirror", address);
      mkdirSync(dirname(place), { recursive: true });
      cpSync(join(base, "mirror", host, "hashicorp/aws"), place, { recursive: true });
      writeFileSync(join(work, "terraform.rc"), cliConfig(join(target, "mirror")));
    },
  );
  return join(folder, "terraform.rc");
}
