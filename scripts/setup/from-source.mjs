// Programs that are built from their sources, which the Go module proxy has, and kept in the cache.
import { cpSync } from "node:fs";
import { join } from "node:path";
import { cached } from "./cache.mjs";
import { run, which } from "./run.mjs";
import { inTemporary } from "./temporary.mjs";

/**
 * Builds `main` of the Go module `module` at `version`, whose source has to have the checksum `sum`, and returns the path of
 * `program`. `ldflags` go to the linker; `prepare(folder)` may change the source first. A `go install` would ask the proxy for a
 * module's list of versions as well, which not every proxy has.
 */
export async function buildFromSource({ module, version, sum, main, program, ldflags = "-s -w", prepare }, note) {
  const folder = await cached(`${program}-${version}`, note, async (work) => {
    if (!(await which("go"))) throw new Error("there is no Go to build it with: install Go 1.25 or newer");
    note("fetching its source from the Go module proxy");
    await inTemporary(async (source) => {
      const found = JSON.parse(
        await run("go", ["mod", "download", "-json", `${module}@v${version}`], { cwd: source, env: { GOWORK: "off" } }),
      );
      if (found.Sum !== sum) throw new Error(`the source of ${module} ${version} is ${found.Sum}, expected ${sum}`);
      cpSync(found.Dir, source, { recursive: true });
      await run("chmod", ["-R", "u+w", source]);
      prepare?.(source);
      let compiled = 0;
      note("building it");
      const flags = ["-mod=mod", "-trimpath", "-buildvcs=false", "-ldflags", ldflags];
      await run("go", ["build", "-v", ...flags, "-o", join(work, program), main], {
        cwd: source,
        env: { CGO_ENABLED: "0", GOWORK: "off" },
        onLine: () => note(`building it, ${++compiled} packages compiled`),
      });
    });
  });
  return join(folder, program);
}
