/** `push.compress = "zip"`, read by other programs: Python's, which setup needs as well, and where the machine has them Info-ZIP's unzip and the JDK's jar. */
import { spawnSync } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import test from "ava";
import { type ZippedFile, zipOf } from "../../../lambda/src/staging/zip.ts";
import { RefusedError } from "../../../lambda/src/transfer/errors.ts";
import { push, stream } from "../../helpers/streams.ts";
import { createWorld } from "../../helpers/world.ts";

const time = Date.UTC(2026, 1, 3, 4, 5, 7);

const zipped = async (content: Buffer, name: string, zip64?: boolean): Promise<Buffer> => {
  const file: ZippedFile = { what: "Stream acme: s3://bucket/key", name, time, size: content.byteLength };
  // Chunks of the function's own size, each in memory that the next one takes again.
  const source = async function* () {
    const chunk = Buffer.alloc(65_536);
    for (let at = 0; at < content.byteLength; at += chunk.byteLength)
      yield chunk.subarray(0, content.copy(chunk, 0, at, at + chunk.byteLength));
  };
  const chunks: Uint8Array[] = [];
  for await (const chunk of zipOf(file, zip64).transform(source(), new AbortController().signal)) chunks.push(chunk);
  return Buffer.concat(chunks);
};

const withPython = `
import json, sys, zipfile
with zipfile.ZipFile(sys.argv[1]) as archive:
    bad = archive.testzip()
    one, = archive.infolist()
    content = archive.read(one)
    with open(sys.argv[2], "wb") as file: file.write(content)
    print(json.dumps([bad, one.filename, list(one.date_time), oct(one.external_attr >> 16), one.extract_version, one.file_size]))
`;

const others = ([["unzip"], ["jar", "xf"]] as const).filter(
  ([program]) => spawnSync(program, ["--help"]).error === undefined,
);

const random = Buffer.from(Array.from({ length: 300_000 }, (_, n) => Math.imul(n, 2_654_435_761) >>> 24));

for (const [title, content, name, zip64] of [
  ["an empty file", Buffer.alloc(0), "empty", false],
  ["text", Buffer.from("line after line\n".repeat(20_000)), "text.csv", false],
  ["bytes that don't get smaller, and a name that isn't ASCII", random, "Übersicht für März ✓.bin", false],
  ["sizes of eight bytes", random, "large.bin", true],
  ["an empty file with sizes of eight bytes", Buffer.alloc(0), "empty.bin", true],
] as const)
  test(`other programs read a zip of ${title}`, async (t) => {
    const home = mkdtempSync(join(tmpdir(), "zip-"));
    t.teardown(() => rmSync(home, { recursive: true }));
    const [archive, out] = [join(home, "archive.zip"), join(home, "out")];
    const bytes = await zipped(content, name, zip64);
    t.true((await zipped(content, name, zip64)).equals(bytes), "the same for the same version");
    writeFileSync(archive, bytes);

    const { stdout, stderr, status } = spawnSync("python3", ["-c", withPython, archive, out]);
    t.is(status, 0, stderr.toString());
    t.deepEqual(JSON.parse(stdout.toString()), [
      null,
      name,
      [2026, 2, 3, 4, 5, 6],
      "0o100644",
      zip64 ? 45 : 20,
      content.byteLength,
    ]);
    t.true(readFileSync(out).equals(content));

    for (const [program, ...args] of others) {
      const directory = mkdtempSync(join(home, "unpacked-"));
      const env = { ...process.env, LC_ALL: "C.UTF-8", TZ: "Asia/Tokyo" };
      const ran = spawnSync(program, [...args, archive], { cwd: directory, env });
      t.is(ran.status, 0, `${program}: ${ran.stdout}${ran.stderr}`);
      const [only = ""] = readdirSync(directory);
      t.is(only.normalize(), name.normalize(), program);
      t.true(readFileSync(join(directory, only)).equals(content), program);
      t.is(
        Math.floor(statSync(join(directory, only)).mtimeMs / 1_000),
        time / 1_000,
        `${program}: the time, by its zone`,
      );
    }
  });

test("a file that could pass 4 GiB when it can't be compressed has sizes of eight bytes", async (t) => {
  const first = async (size: number) => {
    const file = { what: "", name: "a", time, size };
    for await (const chunk of zipOf(file).transform((async function* () {})(), new AbortController().signal))
      return Buffer.from(chunk).readUInt16LE(4);
    return undefined;
  };
  t.is(await first(4_289_999_999), 20);
  t.is(await first(4_290_000_000), 45);
});

for (const name of ["..\\..\\evil.exe", "a\nb", "..", ""])
  test(`a name that isn't one everywhere is refused: ${JSON.stringify(name)}`, (t) => {
    const error = t.throws(() => zipOf({ what: "Stream acme: s3://bucket/key", name, time, size: 1 }), {
      instanceOf: RefusedError,
    });
    t.regex(
      error.message,
      /^Stream acme: s3:\/\/bucket\/key: in a zip it would be called .* Give the object another name/,
    );
  });

test('push.compress = "zip": the partner gets an archive with the file under the last part of its key', async (t) => {
  const world = createWorld(stream({ push: { ...push, compress: "zip" } }));
  await world.bridge().intake(world.put("bucket", "out/a/file.txt", "some content"));
  await world.bridge().drainAll({ sleep: () => pause(1) });
  t.deepEqual([...world.disk.files.keys()], ["inbox/a/file.txt.zip"]);
  const home = mkdtempSync(join(tmpdir(), "zip-"));
  t.teardown(() => rmSync(home, { recursive: true }));
  const [archive, out] = [join(home, "archive.zip"), join(home, "out")];
  writeFileSync(archive, world.disk.files.get("inbox/a/file.txt.zip")?.bytes ?? "");
  const { stdout, stderr } = spawnSync("python3", ["-c", withPython, archive, out]);
  t.is(JSON.parse(stdout.toString() || "[]")[1], "file.txt", stderr.toString());
  t.is(readFileSync(out).toString(), "some content");
  t.deepEqual(
    [...world.buckets.objects.keys()].filter((key) => key.startsWith("config-bucket/")),
    [],
  );
});
