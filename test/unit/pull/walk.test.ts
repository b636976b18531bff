import test from "ava";
import { directoryFault, type WalkLimits } from "../../../lambda/src/pull/limits.ts";
import { type Listed, walk } from "../../../lambda/src/pull/walk.ts";
import type { Remote, RemoteEntry } from "../../../lambda/src/sftp/remote.ts";
import { place } from "../../helpers/memory-remote.ts";
import { pull, stream } from "../../helpers/streams.ts";
import { createWorld } from "../../helpers/world.ts";

const limits: WalkLimits = { depth: 5, directories: 50, names: 1_000, waiting: 10_000, listingMs: 1_000 };
const dir = (name: string): RemoteEntry => ({ name, kind: "directory", size: 0, mtime: 1 });
const file = (name: string): RemoteEntry => ({ name, kind: "file", size: 1, mtime: 1 });
const link = (name: string): RemoteEntry => ({ name, kind: "symlink", size: 1, mtime: 1 });

/** A partner that lists what it likes. */
const listing = (list: (path: string) => AsyncIterable<readonly RemoteEntry[]>): Remote =>
  ({ partner: "us@partner:22", lost: new AbortController().signal, list }) as unknown as Remote;

const reporting = () => {
  const told = { failed: [] as string[], refused: 0, limited: [] as string[] };
  return {
    told,
    failed: (path: string) => void told.failed.push(path),
    refused: () => void told.refused++,
    limited: (path: string, reason: string) => void told.limited.push(`${path} ${reason}`),
  };
};

const all = async (walking: AsyncIterable<Listed>, most = 100_000): Promise<Listed[]> => {
  const found: Listed[] = [];
  for await (const one of walking) {
    found.push(one);
    if (found.length >= most) throw new Error("it doesn't end");
  }
  return found;
};

/** Directories that list themselves, so many times. */
const mirrors = (count: number) =>
  listing(async function* (path) {
    yield [...Array.from({ length: count }, (_, at) => dir(`m${at}`)), file(`f-${path.length}`)];
  });

test("a directory that lists itself ends at a depth that is told, with what to do", async (t) => {
  const report = reporting();
  const found = await all(walk(mirrors(1), "outbox", report, { limits, steady: () => 0 }));
  t.is(found.filter(({ isLast }) => isLast).length, 6, "the root, and five below it");
  t.is(report.told.limited.length, 1);
  t.regex(report.told.limited[0] ?? "", /^m0\/m0\/m0\/m0\/m0\/m0 lies more than 5 directories deep\. Have the partner/);
});

test("directories that list themselves twice end at a number of directories; files found until then count", async (t) => {
  const report = reporting();
  const found = await all(walk(mirrors(3), "outbox", report, { limits: { ...limits, depth: 60 }, steady: () => 0 }));
  t.is(found.filter(({ isLast }) => isLast).length, 50);
  t.true(
    report.told.limited.some((line) => /one more than a poll looks into: 50/.test(line)),
    report.told.limited[0],
  );
});

test("a link is neither taken for a file nor entered, and is told as one", async (t) => {
  const report = reporting();
  const told: string[] = [];
  const looked: string[] = [];
  const remote = listing(async function* (path) {
    looked.push(path);
    yield path === "outbox" ? [link("to-a-file"), link("to-a-directory"), file("f")] : [file("beyond")];
  });
  const refused = (path: string, reason: string, words: string) => void told.push(`${path}: ${reason}, ${words}`);
  const found = await all(walk(remote, "outbox", { ...report, refused }, { limits, steady: () => 0 }));
  t.deepEqual(
    found.flatMap(({ files }) => files.map(({ name }) => name)),
    ["f"],
  );
  t.deepEqual(looked, ["outbox"]);
  t.deepEqual(
    told,
    ["to-a-file", "to-a-directory"].map((path) => `${path}: symbolic-link, is a symbolic link; links aren't followed`),
  );
});

for (const [what, batch] of Object.entries({
  links: [link("l")],
  "unusable names": [file("a/b")],
  files: [file("f")],
  directories: [dir("d")],
  ".done": [dir(".done")],
  "temporary names": [file(".s3-sftp-bridge-x.tmp")],
}))
  test(`endless ${what}: whoever walks can look at the time behind each batch, and the names end`, async (t) => {
    const report = reporting();
    let batches = 0;
    const remote = listing(async function* (path) {
      if (path !== "outbox") return;
      for (;;) {
        batches++;
        yield Array.from({ length: 10 }, () => batch[0] as RemoteEntry);
      }
    });
    const walking = walk(remote, "outbox", report, { limits, steady: () => 0 });
    const first = await walking.next();
    t.false(first.done);
    t.true(batches <= 2, "the first batch is handed on before the next is asked for");
    await all(walking, 5_000);
    t.true(batches <= 102, `${batches} batches`);
    t.true(report.told.limited.some((line) => /one name more than a poll looks at: 1000/.test(line)));
  });

test("directories that wait are bounded in their number and in the length of their paths", async (t) => {
  for (const [length, most] of [
    [3, 50],
    [200, 50],
    [255, 39],
  ] as const) {
    const report = reporting();
    const remote = listing(async function* (path) {
      if (path === "outbox") yield Array.from({ length: 500 }, (_, at) => dir(`${at}`.padStart(length, "d")));
    });
    const found = await all(
      walk(remote, "outbox", report, { limits: { ...limits, directories: 51 }, steady: () => 0 }),
    );
    const listed = found.filter(({ isLast }) => isLast).length;
    t.true(listed > most / 2 && listed <= most + 2, `${listed}`);
    t.regex(report.told.limited[0] ?? "", /one more than a poll can keep in mind/);
  }
});

test("a listing that drips is left after a time, and the others go on", async (t) => {
  const report = reporting();
  let now = 0;
  const remote = listing(async function* (path) {
    if (path === "outbox") yield [dir("good"), dir("drips")];
    else if (path === "outbox/good") yield [file("x")];
    else
      for (;;) {
        now += 300;
        yield [];
      }
  });
  const found = await all(walk(remote, "outbox", report, { limits, steady: () => now }), 100);
  t.deepEqual(
    found.flatMap(({ files }) => files.map(({ name }) => name)),
    ["x"],
  );
  t.regex(report.told.limited.join(), /outbox\/drips can't be listed in 1 s/);
});

test("parts of one walk count together, but not what is only gone through again", async (t) => {
  const report = reporting();
  const counts = { directories: 0, names: 0 };
  const tree = listing(async function* (path) {
    if (path === "outbox") yield Array.from({ length: 40 }, (_, at) => dir(`${at + 10}`));
  });
  await all(walk(tree, "outbox", report, { limits, steady: () => 0, counts }));
  t.deepEqual(counts, { directories: 41, names: 40 });
  await all(walk(tree, "outbox", report, { limits, steady: () => 0, counts, after: "45" }));
  t.deepEqual(counts, { directories: 45, names: 40 });
  t.deepEqual(report.told.limited, []);
});

test("a directory whose files fit into no key of S3 or of the journal isn't walked", async (t) => {
  const faultOf = directoryFault("acme", pull);
  t.is(faultOf("d".repeat(1_019)), undefined);
  t.regex(faultOf("d".repeat(1_020)) ?? "", /S3 keys would have 1025 bytes and more; S3 allows 1024\. Shorten/);
  t.regex(
    directoryFault("acme", { ...pull, prefix: "", directory: "o".repeat(1_500) })("d".repeat(1_000)) ?? "",
    /DynamoDB allows 2048/,
  );
});

test("a tree of which a part is too deep for any key: the poll takes the rest, again and again", async (t) => {
  const config = stream({ pull });
  const world = createWorld(config);
  const deep = Array.from({ length: 10 }, () => "d".repeat(250)).join("/");
  place(world.disk, "outbox/good.csv", "abc", 1_000_000);
  place(world.disk, `outbox/${deep}/evil.csv`, "abc", 1_000_000);
  for (let turn = 0; turn < 2; turn++) {
    const bridge = world.bridge();
    await bridge.poll(config);
    await bridge.drainAll();
    const errors = bridge.telemetry.lines.filter(({ level }) => level === "error");
    t.is(errors.length, 1, JSON.stringify(errors));
    t.regex(errors[0]?.message ?? "", /Not polled: the directory has files whose S3 keys would have 1\d\d\d bytes/);
  }
  t.deepEqual([...world.buckets.objects.keys()], ["bucket/in/good.csv"]);
});

test("files beyond max_open_files wait at the partner, which is told, and come when there is room", async (t) => {
  const config = stream({ pull: { ...pull, maxOpenFiles: 10, after: "keep" } });
  const world = createWorld(config);
  for (let at = 0; at < 25; at++) place(world.disk, `outbox/${at}`, "abc", 1_000_000);
  const counts: number[] = [];
  for (let turn = 0; turn < 3; turn++) {
    const bridge = world.bridge();
    await bridge.poll(config);
    await bridge.drainAll();
    counts.push(world.buckets.objects.size);
    const errors = bridge.telemetry.lines.filter(({ level }) => level === "error").map(({ message }) => message);
    if (turn < 2) t.regex(errors[0] ?? "", /Stream acme has 10 open files, which is its pull\.max_open_files/);
    else t.deepEqual(errors, []);
    t.is(errors.length, turn < 2 ? 1 : 0, "once a poll");
  }
  t.deepEqual(counts, [10, 20, 25]);
});
