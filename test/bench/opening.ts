/**
 * `npm run bench:opening`: a file that GnuPG has encrypted and signed, through `pull.pgp` into parts of an upload, by Node with the
 * flags that a function of 512 MB gets, in a control group of 512 MB where the machine has such: its peak memory, and the pace. Fails
 * where another content comes out, or it needs more than the box. `--gigabytes N` (1). S3 is left out: what is read is a file, and
 * parts are hashed and dropped. Not part of `npm test`.
 */
import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { createReadStream, mkdirSync, mkdtempSync, rmdirSync, rmSync, statSync, writeFileSync } from "node:fs";
import { loadavg, tmpdir } from "node:os";
import { join } from "node:path";
import { createBudget } from "../../lambda/src/concurrency/budget.ts";
import { decryptWith } from "../../lambda/src/staging/pgp/decrypt.ts";
import { stage } from "../../lambda/src/staging/stage.ts";
import { sizesFor } from "../../lambda/src/transfer/sizes.ts";
import { createKeyRing } from "../helpers/gnupg.ts";

const megabytes = 512;
const mebibyte = 1024 * 1024;
const flags = ["--expose-gc", "--max-semi-space-size=25", "--max-old-space-size=460"];
const box = `/sys/fs/cgroup/memory/bridge-opening-${process.pid}`;

/** What came out, and what it took. */
interface Opened {
  readonly sha256: string;
  readonly bytes: number;
  readonly rss: number;
  readonly cpu: number;
  readonly wall: number;
}

const open = async (file: string, keys: { readonly ours: string; readonly theirs: string }): Promise<Opened> => {
  const began = performance.now();
  const hop = await decryptWith(
    "Benchmark: file.pgp",
    {
      decryptWith: [{ secretArn: "ours" }],
      verifyFrom: [{ secretArn: "theirs" }],
      requireSignature: true,
      stripSuffix: ".pgp",
      maxBytes: 1e12,
      maxRatio: 200,
    },
    {
      stream: "benchmark",
      readSecret: async (
        _field: string,
        source: { secretArn: "ours" | "theirs" } | undefined,
        pick: (text: string, of: object) => string,
      ) => (source === undefined ? undefined : pick(keys[source.secretArn], source)),
      clock: { wall: Date.now, steady: () => performance.now() },
      log: { info() {}, warn: console.error, error: console.error },
    } as never,
  );
  const hash = createHash("sha256");
  let bytes = 0;
  const objects = {
    createUpload: async () => ({ uploadId: "1" }),
    async uploadPart(_place: unknown, _id: string, number: number, part: Buffer) {
      hash.update(part);
      bytes += part.byteLength;
      return { number, etag: String(number) };
    },
    completeUpload: async () => "etag",
    head: async () => ({ size: bytes, etag: "etag" }),
  };
  const { signal } = new AbortController();
  const chunks = hop.transform(createReadStream(file, { highWaterMark: 64 * 1024 }), signal);
  const context = { objects, memory: createBudget(15 * mebibyte), sizes: sizesFor(megabytes), signal };
  const place = { bucket: "bucket", key: "file" };
  await stage({ what: "Benchmark", chunks, expected: statSync(file).size, place }, context as never);
  const { user, system } = process.cpuUsage();
  const rss = process.resourceUsage().maxRSS * 1024;
  return {
    sha256: hash.digest("hex"),
    bytes,
    rss,
    cpu: (user + system) / 1e6,
    wall: (performance.now() - began) / 1e3,
  };
};

const measure = (gigabytes: number): void => {
  const folder = mkdtempSync(join(tmpdir(), "bridge-opening-"));
  const ring = createKeyRing();
  try {
    const keys = { ours: ring.make("ours@us.example").private, theirs: ring.make("theirs@acme.example").public };
    const [plain, sealed] = [join(folder, "file"), join(folder, "file.pgp")];
    execFileSync("sh", ["-c", `head -c ${gigabytes * 1e9} /dev/urandom > "$0"`, plain]);
    const args = ["--recipient", "ours@us.example", "--local-user", "theirs@acme.example", "--sign", "--encrypt"];
    ring.must(["--passphrase", "", "--compress-algo", "none", "--output", sealed, ...args, plain]);
    const expected = execFileSync("sha256sum", [plain], { encoding: "utf8" }).slice(0, 64);
    rmSync(plain);
    let enter = "";
    try {
      mkdirSync(box);
      writeFileSync(join(box, "memory.limit_in_bytes"), String(megabytes * mebibyte));
      enter = `echo $$ > ${box}/cgroup.procs; `;
    } catch {
      console.log("This machine has no control groups of version 1: without a box");
    }
    const command = [process.execPath, ...flags, import.meta.filename, "--open", sealed];
    const said = execFileSync("sh", ["-c", `${enter}exec "$@"`, "sh", ...command], {
      input: JSON.stringify(keys),
      encoding: "utf8",
      stdio: ["pipe", "pipe", "inherit"],
    });
    const { sha256, bytes, rss, cpu, wall } = JSON.parse(said) as Opened;
    const pace = (bytes / mebibyte / cpu).toFixed(1);
    console.log(
      `${bytes} bytes: peak ${(rss / 1e6).toFixed(0)} MB; CPU ${cpu.toFixed(1)} s, ${pace} MiB a second of one processor; ${wall.toFixed(0)} s, load ${loadavg()[0]?.toFixed(1)}`,
    );
    if (sha256 !== expected) throw new Error("another content came out");
  } finally {
    ring.remove();
    rmSync(folder, { recursive: true, force: true });
    try {
      rmdirSync(box);
    } catch {}
  }
};

const [verb, value] = process.argv.slice(2);
if (verb === "--open") {
  let keys = "";
  for await (const chunk of process.stdin) keys += chunk;
  process.stdout.write(JSON.stringify(await open(value ?? "", JSON.parse(keys))));
} else measure(Number(value ?? 1));
