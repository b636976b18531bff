/** Archives that other programs have made: Python's zipfile and tarfile, GNU tar, Info-ZIP's zip, 7-Zip, and where the machine has a JDK its jar. */
import { execFileSync, spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { gzipSync } from "node:zlib";
import test from "ava";
import type { PullExtract } from "../../../lambda/src/config/types.ts";
import { defaultSizes } from "../../../lambda/src/transfer/sizes.ts";
import { place } from "../../helpers/memory-remote.ts";
import { pull, stream } from "../../helpers/streams.ts";
import { createWorld } from "../../helpers/world.ts";

const old = Date.UTC(2025, 11, 1) / 1000;
const extract: PullExtract = {
  formats: ["zip", "tar", "tar.gz"],
  into: "{dir}/{stem}",
  maxEntries: 100,
  maxBytes: 100_000_000,
  maxRatio: 1_000,
};

const folder = mkdtempSync(join(tmpdir(), "bridge-archives-"));
test.after.always(() => rmSync(folder, { recursive: true, force: true }));

const files = {
  "one.txt": "the first file\n".repeat(50),
  "a/b/größe ☃.csv": "name;größe\n",
  "a/empty": "",
  [`deep/${"n".repeat(120)}/${"m".repeat(200)}.txt`]: "a long name",
};
for (const [path, content] of Object.entries(files)) {
  mkdirSync(join(folder, "in", path, ".."), { recursive: true });
  writeFileSync(join(folder, "in", path), content);
}
mkdirSync(join(folder, "in/nothing"));

/** All others are there: setup provides them. */
const isThere = (what: string): boolean => !/jar/.test(what) || spawnSync("sh", ["-c", "command -v jar"]).status === 0;

/** What a program writes to the path that it is given last. */
const made = (name: string, program: string, ...args: string[]): Buffer => {
  const path = join(folder, name);
  execFileSync(program, [...args.map((arg) => (arg === "OUT" ? path : arg))], {
    cwd: join(folder, "in"),
    stdio: ["ignore", "ignore", "inherit"],
    env: { ...process.env, LC_ALL: "C.UTF-8" },
  });
  return readFileSync(path);
};
const python = (name: string, code: string) =>
  made(
    name,
    "python3",
    "-c",
    `import sys, io, os, warnings, zipfile, tarfile\nwarnings.simplefilter('ignore')\nout = sys.argv[1]\n${code}`,
    "OUT",
  );

const walked = `names = sorted(os.path.join(d, f)[2:] for d, _, fs in os.walk(".") for f in fs)`;

const fetched = async (name: string, archive: Buffer) => {
  const world = createWorld(stream({ pull: { ...pull, extract } }));
  place(world.disk, `outbox/${name}`, archive, old);
  const [config] = world.config.streams.values();
  if (!config) throw new Error("a world has its stream");
  const bridge = world.bridge(undefined, undefined, { sizes: { ...defaultSizes, part: 1_000_000 } });
  await bridge.poll(config);
  // zlib takes real time, during which the world's clock may not run away.
  await bridge.drainAll({ sleep: () => pause(1) });
  const found = Object.fromEntries(
    [...world.buckets.objects].map(([key, versions]) => [
      key.replace("bucket/in/x/", ""),
      versions.at(-1)?.bytes.toString(),
    ]),
  );
  return { found, said: JSON.stringify(world.entries()[0]?.["last_error"])?.replaceAll('\\"', '"') };
};

for (const [what, name, make] of [
  ["Info-ZIP", "x.zip", () => made("i.zip", "zip", "-q", "-r", "OUT", ".")],
  [
    "Info-ZIP, written to a pipe: sizes behind the data",
    "x.zip",
    () => made("p.zip", "sh", "-c", 'zip -q -r - . | cat > "$0"', "OUT"),
  ],
  ["Info-ZIP, with zip64", "x.zip", () => made("6.zip", "zip", "-q", "-r", "-fz", "OUT", ".")],
  [
    "Info-ZIP, with a comment and only stored",
    "x.zip",
    () => made("c.zip", "sh", "-c", 'zip -q -r -0 "$0" . && printf "a comment" | zip -q -z "$0" > /dev/null', "OUT"),
  ],
  ["7-Zip", "x.zip", () => made("7.zip", "7zz", "a", "-bd", "-tzip", "OUT", ".")],
  ["7-Zip, a tar and its gzip", "x.tgz", () => gzipSync(made("7.tar", "7zz", "a", "-bd", "-ttar", "OUT", "."))],
  ["Java's jar", "x.zip", () => made("j.zip", "jar", "--create", "--no-manifest", "--file", "OUT", ".")],
  [
    "Python's zipfile",
    "x.zip",
    () =>
      python(
        "z.zip",
        `${walked}\nwith zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as z:\n    for n in names: z.write(n)`,
      ),
  ],
  [
    "Python's zipfile, with zip64 in each header and sizes behind the data",
    "x.zip",
    () =>
      python(
        "s.zip",
        `${walked}\nclass Pipe(io.RawIOBase):\n    def __init__(self): self.f = open(out, "wb")\n    def writable(self): return True\n    def write(self, b): return self.f.write(b)\nwith zipfile.ZipFile(Pipe(), "w", zipfile.ZIP_DEFLATED) as z:\n    for n in names:\n        with z.open(n, "w", force_zip64=True) as f: f.write(open(n, "rb").read())`,
      ),
  ],
  ["GNU tar", "x.tar", () => made("g.tar", "tar", "-cf", "OUT", ".")],
  ["GNU tar, with gzip and pax", "x.tgz", () => made("g.tgz", "tar", "--format=pax", "-czf", "OUT", ".")],
  [
    "Python's tarfile, as GNU has it",
    "x.tar.gz",
    () =>
      python(
        "t.tgz",
        `tarfile.open(out, "w:gz", format=tarfile.GNU_FORMAT).add(".")`.replace(/^(.*)\.add/, "with $1 as t: t.add"),
      ),
  ],
  [
    "Python's tarfile, with pax",
    "x.tar",
    () => python("t.tar", `with tarfile.open(out, "w", format=tarfile.PAX_FORMAT) as t: t.add(".")`),
  ],
] as const)
  (isThere(what) ? test : test.skip)(`${what}: all files are there, by their names`, async (t) => {
    const { found, said } = await fetched(name, make());
    t.is(said, undefined as never);
    t.deepEqual(found, files);
  });

const hostile = (code: string) =>
  python(`h${Math.random()}`, `with zipfile.ZipFile(out, "w") as z:\n    z.writestr("good.txt", "good")\n    ${code}`);
const hostileTar = (code: string) =>
  python(
    `h${Math.random()}`,
    `with tarfile.open(out, "w") as t:\n    i = tarfile.TarInfo("good.txt")\n    t.addfile(i)\n    i = tarfile.TarInfo("bad")\n    ${code}`,
  );

for (const [what, name, make, expected] of [
  [
    "climbs out",
    "x.zip",
    () => hostile('z.writestr("../../bad", "x")'),
    /leads out of its directory .*invalid relative path/,
  ],
  ["is absolute", "x.zip", () => hostile('z.writestr("/etc/bad", "x")'), /leads out of its directory .*absolute path/],
  ["comes twice", "x.zip", () => hostile('z.writestr("good.txt", "bad")'), /"good.txt" inside twice/],
  [
    "is a link",
    "x.zip",
    () => hostile('i = zipfile.ZipInfo("bad"); i.external_attr = 0o120777 << 16; z.writestr(i, "/etc/passwd")'),
    /a symbolic link/,
  ],
  ["is compressed by bzip2", "x.zip", () => hostile('z.writestr("bad", "x" * 999, zipfile.ZIP_BZIP2)'), /method 12/],
  [
    "has a password",
    "x.zip",
    () => made("e.zip", "zip", "-q", "-P", "secret", "OUT", "one.txt"),
    /encrypted with a password/,
  ],
  [
    "lies in a zip of several parts",
    "x.zip",
    () => made("v.zip", "sh", "-c", 'head -c 200000 /dev/urandom > ../noise && zip -q -s 64k "$0" ../noise', "OUT"),
    /cut off or damaged/,
  ],
  ["climbs out", "x.tar", () => hostileTar('i.name = "../bad"; t.addfile(i)'), /would leave its directory/],
  [
    "is a link",
    "x.tar",
    () => hostileTar('i.type = tarfile.SYMTYPE; i.linkname = "/etc"; t.addfile(i)'),
    /a symbolic link/,
  ],
  [
    "is a hard link",
    "x.tar",
    () => hostileTar('i.type = tarfile.LNKTYPE; i.linkname = "good.txt"; t.addfile(i)'),
    /a hard link/,
  ],
  ["is a device", "x.tar", () => hostileTar("i.type = tarfile.CHRTYPE; t.addfile(i)"), /a device/],
  [
    "is sparse",
    "x.tar",
    () =>
      made("sp.tar", "sh", "-c", 'truncate -s 1M ../hole && echo end >> ../hole && tar -cSf "$0" -C .. hole', "OUT"),
    /sparse/,
  ],
] as const)
  (isThere(what) ? test : test.skip)(
    `nothing shows of an archive made by another program in which a file ${what} (${name})`,
    async (t) => {
      const { found, said } = await fetched(name, make());
      t.deepEqual(found, {});
      t.regex(said ?? "", expected);
    },
  );
