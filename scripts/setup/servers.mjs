// Servers of other makes that the conformance tests run against, beyond those of the stack: fetched by the package managers
// into the cache the first time that a test asks for them. None is started by itself.
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { cached, keyOf } from "./cache.mjs";
import { libraryFolder, unpackPackages } from "./debian.mjs";
import { step } from "./report.mjs";
import { run, which } from "./run.mjs";

const sources = fileURLToPath(new URL("../../test/servers/", import.meta.url));

/** ProFTPD with mod_sftp: `{ program, modules, libraries }`; the module folder, and a value for LD_LIBRARY_PATH or "". */
export const provideProftpd = () => step("ProFTPD", async (note) => (await machinesOwn()) ?? (await unpacked(note)));

const packages = [
  "proftpd-core",
  "proftpd-mod-crypto",
  "libhashkit2",
  "libhiredis0.14",
  "libmemcached11",
  "libmemcachedutil2",
  "libpcre2-posix3",
  "libsodium23",
];

async function machinesOwn() {
  const program = [await which("proftpd"), "/usr/sbin/proftpd"].find((path) => path && existsSync(path));
  const modules = ["/usr/lib/proftpd", "/usr/libexec/proftpd"].find((path) => existsSync(join(path, "mod_sftp.so")));
  return program && modules ? { program, modules, libraries: "" } : undefined;
}

async function unpacked(note) {
  const remedy = "install ProFTPD with mod_sftp (Debian, Ubuntu: apt-get install proftpd-core proftpd-mod-crypto)";
  const programsIn = (folder) => ({
    program: join(folder, "root/usr/sbin/proftpd"),
    modules: join(folder, "root/usr/lib/proftpd"),
    libraries: libraryFolder(join(folder, "root"), /libmemcached\.so/),
  });
  const folder = await cached("proftpd", note, async (work) => {
    await unpackPackages(work, packages, note, remedy);
    const { program, modules, libraries } = programsIn(work);
    if (!existsSync(join(modules, "mod_sftp.so"))) throw new Error(`the package has no mod_sftp: ${remedy}`);
    // A library that this machine lacks shows only when the program runs.
    await run(program, ["-v"], { env: { LD_LIBRARY_PATH: libraries } }).catch((error) => {
      throw new Error(`the unpacked ProFTPD does not run (${error.message}): ${remedy}`);
    });
  });
  return programsIn(folder);
}

/** Apache MINA SSHD with the program in test/servers/mina: `{ java, classpath }`. */
export const provideMina = () =>
  step("Apache MINA SSHD", async (note) => {
    await provideJava(note);
    const pom = join(sources, "mina/pom.xml");
    const program = join(sources, "mina/Server.java");
    const folder = await cached(`mina-${keyOf(readFileSync(pom), readFileSync(program))}`, note, async (work) => {
      const jars = join(work, "jars");
      note("fetching its jars");
      // An old version of this plugin, which any Maven 3 can run.
      const copy = "org.apache.maven.plugins:maven-dependency-plugin:3.6.1:copy-dependencies";
      await run("mvn", ["-q", "-B", "-f", pom, copy, `-DoutputDirectory=${jars}`]);
      await run("javac", ["-cp", join(jars, "*"), "-d", join(work, "classes"), program]);
    });
    return { java: "java", classpath: [join(folder, "jars/*"), join(folder, "classes")].join(":") };
  });

async function provideJava(note) {
  const missing = async () =>
    (await Promise.all(["java", "javac", "mvn"].map(async (name) => ((await which(name)) ? [] : [name])))).flat();
  const lacking = await missing();
  if (lacking.length === 0) return;
  const remedy = `${lacking.join(", ")} not found: install a JDK (11 or newer) and Maven (Debian, Ubuntu: apt-get install default-jdk-headless maven)`;
  if (process.getuid?.() !== 0 || !(await which("apt-get"))) throw new Error(remedy);
  const install = () =>
    run("apt-get", ["install", "-y", "-qq", "--no-install-recommends", "default-jdk-headless", "maven"], {
      env: { DEBIAN_FRONTEND: "noninteractive" },
      onLine: note,
    });
  note("installing a JDK and Maven");
  await install().catch(async () => {
    await run("apt-get", ["update", "-qq"]);
    await install();
  });
  if ((await missing()).length > 0) throw new Error(remedy);
}

/** rclone with `serve sftp` alone, built from the Go module proxy: the path of the program. */
export const provideRclone = () =>
  step("rclone serve sftp", async (note) => {
    const source = join(sources, "rclone");
    if (!(await which("go"))) throw new Error("there is no Go to build rclone with: install Go 1.25 or newer");
    const recipe = ["go.mod", "go.sum", "main.go"].map((name) => readFileSync(join(source, name)));
    const folder = await cached(
      `rclone-serve-${keyOf(process.platform, process.arch, ...recipe)}`,
      note,
      async (work) => {
        note("building it: about a minute, once");
        await run(
          "go",
          ["build", "-trimpath", "-buildvcs=false", "-ldflags", "-s -w", "-o", join(work, "rclone"), "."],
          {
            cwd: source,
            env: { CGO_ENABLED: "0", GOWORK: "off" },
            onLine: note,
          },
        );
      },
    );
    return join(folder, "rclone");
  });
