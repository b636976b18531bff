/** Names: whatever S3 takes as a key goes to the partner and back unchanged, or is refused with a reason; none leaves its root. */
import { existsSync, renameSync } from "node:fs";
import { rm } from "node:fs/promises";
import { join } from "node:path";
import { PutObjectCommand } from "@aws-sdk/client-s3";
import test from "ava";
import fc from "fast-check";
import type { Entry } from "../../lambda/src/journal/entry.ts";
import { entriesOf, pulledVersions } from "../faults/invariants.ts";
import { buildProgram } from "../faults/program.ts";
import { createRandom } from "../faults/random.ts";
import { createWorld, sha256, stream } from "../faults/world.ts";
import { startStack } from "../stack/index.ts";
import { temporaryFolder } from "../stack/temporary.ts";

const utf8 = (text: string) => Buffer.byteLength(text);

const segment = fc.oneof(
  { weight: 6, arbitrary: fc.string({ unit: "grapheme", minLength: 1, maxLength: 12 }) },
  { weight: 2, arbitrary: fc.stringMatching(/^[-. +%#&?'"*\\|<>:;=@!$~^`{}[\]()a]{1,8}$/) },
  {
    weight: 1,
    arbitrary: fc.constantFrom("..", ".", "", ".done", "%2e%2e", "..\\..", "con", "a\nb", "\u0001", "~", " "),
  },
  { weight: 1, arbitrary: fc.integer({ min: 80, max: 300 }).map((length) => "ü".repeat(length / 2)) },
);
const anyKey = fc
  .array(segment, { minLength: 1, maxLength: 5 })
  .map((parts) => parts.map((part) => part.replaceAll("/", "")).join("/"))
  .filter((key) => key !== "" && utf8(`out/${key}`) <= 1024 && !key.includes("\0"));

const refusal = /empty segment|would leave its directory|servers allow 255|aren't UTF-8|NUL|begins with/;
const isDecided = (entry: Entry | undefined): boolean =>
  entry?.state === "delivered" || refusal.test(entry?.last_error?.message ?? "");

test("any key goes to the partner and back unchanged, or is refused with a reason", async (t) => {
  const folder = temporaryFolder("names");
  const [stack, program] = await Promise.all([startStack(), buildProgram(join(folder, "program"))]);
  t.teardown(async () => {
    await stack.stop();
    await rm(folder, { recursive: true, force: true });
  });
  const world = await createWorld({
    stack,
    program,
    name: `names-${process.pid}`,
    random: createRandom(1),
    slots: 1,
    diskBytes: 64 * 1024 * 1024,
    after: "move",
    log: join(folder, "log"),
    timeoutMs: 120_000,
  });
  t.teardown(world.stop);

  const entriesByKey = async () => new Map((await entriesOf(world)).map((entry) => [entry.path, entry]));

  const seed = Number(process.env["NAMES_SEED"] ?? Date.now() % 1e6);
  t.log(`NAMES_SEED=${seed}`);
  const keys = [...new Set(fc.sample(anyKey, { seed, numRuns: 150 }))]
    // Where one name is a file and a directory, no file system can have both.
    .filter((key, _, all) => !all.some((other) => other.startsWith(`${key}/`) || key.startsWith(`${other}/`)));
  const taken: string[] = [];
  for (const key of keys) {
    try {
      await world.s3.send(new PutObjectCommand({ Bucket: world.name, Key: `out/${key}`, Body: `content of ${key}` }));
      taken.push(key);
    } catch {
      // Not a key that S3, or a client of it, takes.
    }
  }
  t.true(taken.length > 60, `${taken.length} keys`);
  const records = taken.map((key, n) => ({
    messageId: `m${n}`,
    eventSource: "aws:sqs",
    body: JSON.stringify({
      "detail-type": "Object Created",
      source: "aws.s3",
      detail: { bucket: { name: world.name }, object: { key: `out/${key}`, size: 1, sequencer: "01" } },
    }),
  }));
  for (let at = 0; at < records.length; at += 10)
    t.deepEqual(await world.environments.invoke({ Records: records.slice(at, at + 10) }), { batchItemFailures: [] });

  let entries = await entriesByKey();
  // What a busy machine has left for later comes with a tick.
  for (let turn = 0; turn < 10 && taken.some((key) => !isDecided(entries.get(key))); turn++) {
    world.environments.advance(10 * 60_000);
    await world.environments.invoke({ action: "tick" });
    entries = await entriesByKey();
  }
  const delivered: string[] = [];
  for (const key of taken) {
    const entry = entries.get(key);
    if (entry?.state === "delivered") {
      delivered.push(key);
      t.is(world.sshd.files.read(`inbox/${key}`).toString(), `content of ${key}`, JSON.stringify(key));
    } else {
      t.is(entry?.state, "pending", JSON.stringify(key));
      t.regex(entry?.last_error?.message ?? "", refusal, JSON.stringify(key));
    }
  }
  const outside = world.sshd.files.list().filter((path) => !path.startsWith("inbox/"));
  t.deepEqual(outside, [], "nothing lies outside the root");
  t.true(delivered.length > taken.length / 3, `${delivered.length} of ${taken.length} were delivered`);

  // And back: what lies in .done stays there, as it does for any pull.
  renameSync(world.at("inbox"), world.at("inbox-before"));
  world.sshd.files.mkdir("inbox");
  if (existsSync(world.at("outbox"))) await rm(world.at("outbox"), { recursive: true });
  renameSync(world.at("inbox-before"), world.at("outbox"));
  world.environments.advance(10 * 60_000);
  for (let turn = 0; turn < 2; turn++) await world.environments.invoke({ action: "poll", streams: [stream] });
  let pulled = await pulledVersions(world);
  const expected = delivered.filter((key) => !`/${key}`.includes("/.done/") && !key.endsWith(".part"));
  for (let turn = 0; turn < 10 && pulled.size < expected.length; turn++) {
    world.environments.advance(10 * 60_000);
    await world.environments.invoke({ action: "tick" });
    pulled = await pulledVersions(world);
  }
  const deliveries = new Map(
    (await entriesOf(world))
      .filter(({ direction }) => direction === "pull")
      .map((entry) => [entry.path, entry.deliveries]),
  );
  for (const key of expected) {
    // A request that a busy machine answers too late is made again: a version more of the same bytes.
    const hashes = [...new Set(pulled.get(key))];
    t.deepEqual(hashes, [sha256(Buffer.from(`content of ${key}`))], JSON.stringify(key));
    t.is(deliveries.get(key)?.length, 1, JSON.stringify(key));
  }
  t.is(pulled.size, expected.length);
  t.log(`${taken.length} keys: ${delivered.length} there, ${expected.length} back, the others refused with a reason`);
});
