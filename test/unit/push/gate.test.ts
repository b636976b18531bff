/** `push.gate`: what is to be sent is held until this very version has passed. */
import test from "ava";
import type { Gate, PushConfig, StreamConfig } from "../../../lambda/src/config/types.ts";
import { list } from "../../../lambda/src/operator/list.ts";
import { redrive } from "../../../lambda/src/operator/redrive.ts";
import { status } from "../../../lambda/src/operator/status.ts";
import { Crash, deaths, type Effects, untilCrash } from "../../helpers/effects.ts";
import { push, stream } from "../../helpers/streams.ts";
import { createWorld, untilLapsed, type World } from "../../helpers/world.ts";

const arn = "arn:aws:lambda:eu-central-1:111111111111:function:scan";
const byFunction: Gate = { functionArn: arn, timeoutHours: 24 };
const byGuardDuty: Gate = { timeoutHours: 24 };

const gated = (gate: Gate, changes: Partial<PushConfig> = {}): StreamConfig =>
  stream({ push: { ...push, gate, ...changes } });

const hour = 3_600_000;
const files = (world: World) => [...world.disk.files.keys()].toSorted();
const content = (world: World, path: string) => world.disk.files.get(path)?.bytes.toString();
const error = (world: World) => world.entries()[0]?.["last_error"] as { kind: string; message: string } | undefined;
const drainLater = async (world: World, later = 61_000) => {
  world.time.now += later;
  await world.bridge().drainAll();
};

test("a function is asked about the very version, and what it lets pass is sent once", async (t) => {
  const world = createWorld(gated(byFunction));
  const asked: unknown[] = [];
  world.gates.answer = (event) => {
    asked.push(event);
    return { verdict: "pass" };
  };
  const put = world.put("bucket", "out/a/file.txt", "some content");
  await world.bridge().intake(put);
  await world.bridge().drainAll();
  t.is(content(world, "inbox/a/file.txt"), "some content");
  t.is(asked.length, 1);
  t.like(asked[0], {
    stream: "acme",
    direction: "push",
    bucket: "bucket",
    key: "out/a/file.txt",
    version_id: put.versionId,
    size: 12,
  });
  const [entry] = world.entries();
  t.is(entry?.["state"], "delivered");
  t.is(entry?.["gate"], undefined);
});

test("what is held isn't sent, says so to the operator, and is asked about again", async (t) => {
  const world = createWorld(gated(byFunction));
  world.gates.answer = () => ({ verdict: "hold", reason: "the scanner is updated" });
  await world.bridge().intake(world.put("bucket", "out/file.txt", "some content"));
  await world.bridge().drainAll();
  t.deepEqual(files(world), []);
  t.is(world.entries()[0]?.["state"], "pending");
  t.regex(error(world)?.message ?? "", /is held by its gate \(arn:aws:lambda:.*\) since .*: the scanner is updated/);

  const { invocation } = world.bridge();
  const { streams } = await status(invocation, {});
  t.is(streams[0]?.state, "ok", "nothing has failed");
  t.like(streams[0]?.push?.held, { files: 1, path: "file.txt" });
  t.regex(streams[0]?.push?.held?.why ?? "", /the scanner is updated/);
  const { files: listed } = await list(invocation, { action: "list", stream: "acme" });
  t.regex(listed[0]?.why ?? "", /held by its gate .* the scanner is updated; asked again at /);

  await drainLater(world);
  t.deepEqual(files(world), []);
  world.gates.answer = () => ({ verdict: "pass" });
  await drainLater(world, 16 * 60_000);
  t.is(content(world, "inbox/file.txt"), "some content");
});

test("what is rejected fails at once, nothing of it is sent, the object stays, and a redrive asks anew", async (t) => {
  const world = createWorld(gated(byFunction));
  let verdict = "reject";
  world.gates.answer = () => ({ verdict, reason: "a macro" });
  await world.bridge().intake(world.put("bucket", "out/file.txt", "some content"));
  await world.bridge().drainAll();
  t.deepEqual(files(world), []);
  t.is(world.entries()[0]?.["state"], "failed");
  t.is(error(world)?.kind, "rejected");
  t.regex(error(world)?.message ?? "", /rejected by its gate .* nothing of it was sent: a macro.*bridge redrive/);
  t.is(world.content("bucket", "out/file.txt"), "some content");
  await drainLater(world, 48 * hour);
  t.is(world.entries()[0]?.["state"], "failed");

  await redrive(world.bridge().invocation, { stream: "acme" });
  await world.bridge().drainAll();
  t.deepEqual(files(world), [], "rejected once more");
  verdict = "pass";
  await redrive(world.bridge().invocation, { stream: "acme" });
  await world.bridge().drainAll();
  t.is(content(world, "inbox/file.txt"), "some content");
});

for (const [title, answer] of [
  ["it holds", () => ({ verdict: "hold" })],
  [
    "it throws",
    () => {
      throw new Error("Task timed out");
    },
  ],
  ["it answers nonsense", () => "pass"],
  ["its verdict isn't one", () => ({ verdict: "PASS" })],
  ["it answers for another version", () => ({ verdict: "pass", version_id: "another" })],
  ["it answers for other bytes", () => ({ verdict: "pass", etag: "another" })],
] as const)
  test(`no verdict in time is a failure and never a pass: ${title}`, async (t) => {
    const world = createWorld(gated({ ...byFunction, timeoutHours: 2 }));
    world.gates.answer = answer;
    await world.bridge().intake(world.put("bucket", "out/file.txt", "some content"));
    await world.bridge().drainAll();
    t.is(error(world)?.kind, "held");
    await drainLater(world, 1.9 * hour);
    t.is(world.entries()[0]?.["state"], "pending");
    await drainLater(world, hour);
    t.is(world.entries()[0]?.["state"], "failed");
    t.is(error(world)?.kind, "no-verdict");
    t.regex(error(world)?.message ?? "", /no verdict from its gate .* within 2 hours, and nothing of it was sent/);
    t.deepEqual(files(world), []);
    // With the redrive the time begins anew.
    await redrive(world.bridge().invocation, { stream: "acme" });
    await world.bridge().drainAll();
    t.is(world.entries()[0]?.["state"], "pending");
  });

test("what passed doesn't let a newer version pass, nor one that came while the gate was asked", async (t) => {
  const world = createWorld(gated(byFunction));
  world.gates.answer = ({ version_id }) => ({ verdict: version_id === first.versionId ? "pass" : "hold" });
  const first = world.put("bucket", "out/file.txt", "first version");
  await world.bridge().intake(first);
  // Dies with the pass in the journal, before anything is sent.
  let isDead = false;
  const dying: Effects = async (name, effect) => {
    isDead ||= name.startsWith("remote.openWrite");
    if (isDead) throw new Crash(name);
    return effect();
  };
  await t.throwsAsync(world.bridge(dying).drainAll(), { instanceOf: Crash });
  await world.bridge().intake(world.put("bucket", "out/file.txt", "second version"));
  await drainLater(world, untilLapsed);
  t.deepEqual(
    files(world).filter((path) => !path.endsWith(".tmp")),
    [],
  );
  t.is(error(world)?.kind, "held");

  const other = createWorld(gated(byFunction));
  const asked: unknown[] = [];
  other.gates.answer = ({ version_id }) => {
    asked.push(version_id);
    if (asked.length === 1) other.put("bucket", "out/file.txt", "newer");
    return { verdict: asked.length === 1 ? "pass" : "hold" };
  };
  await other.bridge().intake(other.put("bucket", "out/file.txt", "older"));
  await other.bridge().drainAll();
  t.deepEqual(files(other), []);
  t.is(new Set(asked).size, 2, "the newer one was asked about by itself");
});

test("another gate's pass doesn't count", async (t) => {
  const world = createWorld(gated(byFunction));
  world.gates.answer = () => ({ verdict: "hold" });
  await world.bridge().intake(world.put("bucket", "out/file.txt", "some content"));
  await world.bridge().drainAll();
  const [item] = world.entries();
  const gate = item?.["gate"] as unknown as Record<string, unknown>;
  Object.assign(item ?? {}, { gate: { ...gate, by: "guardduty", passed: world.time.now }, next_attempt: 0 });
  await drainLater(world);
  t.deepEqual(files(world), []);
});

test("in a bucket without versions a pass counts only if nothing was replaced while the gate was asked", async (t) => {
  const world = createWorld(gated(byFunction));
  const { deps } = world.bridge();
  // As S3 has it without versioning: the newest alone, named by its bytes and its time.
  const plain = <T extends { etag: string; lastModified: number }>(version: T | undefined) =>
    version && { ...version, versionId: undefined, identity: `${version.etag}@${version.lastModified}` };
  const unversioned = (effects?: Effects) => {
    const bridge = world.bridge(effects);
    const { objects } = bridge.deps;
    return bridge.drainAll({
      objects: {
        ...objects,
        get: async (place, options) => plain(await objects.get(place, { ...options, versionId: undefined })),
        head: async (place) => plain(await objects.head(place)),
      },
    });
  };
  let isReplaced = false;
  world.gates.answer = () => {
    if (!isReplaced) world.put("bucket", "out/file.txt", "replaced");
    isReplaced = true;
    return { verdict: "pass" };
  };
  await world.bridge().intake({ ...world.put("bucket", "out/file.txt", "looked at"), versionId: undefined });
  await unversioned();
  t.deepEqual(files(world), []);
  t.regex(error(world)?.message ?? "", /was replaced while the gate was asked/);
  world.time.now += 61_000;
  await unversioned();
  t.is(content(world, "inbox/file.txt"), "replaced");
  t.truthy(deps);
});

for (const [tag, state, words] of [
  [undefined, "pending", /hasn't tagged it yet/],
  ["UNSUPPORTED", "pending", /UNSUPPORTED.*can't scan such an object/],
  ["ACCESS_DENIED", "pending", /ACCESS_DENIED/],
  ["FAILED", "pending", /FAILED/],
  ["SOMETHING_NEW", "pending", /SOMETHING_NEW.*doesn't know/],
  ["THREATS_FOUND", "failed", /found a threat/],
  ["NO_THREATS_FOUND", "delivered", /^$/],
] as const)
  test(`GuardDuty's tag ${tag}: ${state}`, async (t) => {
    const world = createWorld(gated(byGuardDuty));
    const put = world.put("bucket", "out/file.txt", "some content");
    // Of another version: never looked at.
    world.gates.tags.set("another", { GuardDutyMalwareScanStatus: "NO_THREATS_FOUND" });
    if (tag !== undefined) world.gates.tags.set(put.versionId, { GuardDutyMalwareScanStatus: tag });
    await world.bridge().intake(put);
    await world.bridge().drainAll();
    t.is(world.entries()[0]?.["state"], state);
    t.regex(error(world)?.message ?? "", words);
    t.deepEqual(files(world), state === "delivered" ? ["inbox/file.txt"] : []);
  });

test("tags that a bucket's policy denies hold a file, and the words say whom to ask; it goes once they can be read", async (t) => {
  const world = createWorld(gated(byGuardDuty));
  const put = world.put("bucket", "out/file.txt", "some content");
  world.gates.tags.set(put.versionId, { GuardDutyMalwareScanStatus: "NO_THREATS_FOUND" });
  const look = world.gates.mayLook;
  world.gates.mayLook = () => {
    const words =
      "not authorized to perform: s3:GetObjectVersionTagging with an explicit deny in a resource-based policy";
    throw Object.assign(new Error(words), { name: "AccessDenied" });
  };
  await world.bridge().intake(put);
  await world.bridge().drainAll();
  t.is(world.entries()[0]?.["state"], "pending");
  t.regex(
    error(world)?.message ?? "",
    /is held by its gate \(guardduty\).*tags of s3:\/\/bucket\/out\/file\.txt can't be read \(AccessDenied: .*explicit deny.*s3:GetObjectVersionTagging: see what the bucket's policy denies/,
  );
  t.deepEqual(files(world), []);
  world.gates.mayLook = look;
  world.time.now += 61_000;
  await world.bridge().drainAll();
  t.deepEqual(files(world), ["inbox/file.txt"]);
});

test("nothing lets a file pass where gates can't be asked", async (t) => {
  const world = createWorld(gated(byGuardDuty));
  await world.bridge().intake(world.put("bucket", "out/file.txt", "some content"));
  const { deps } = world.bridge();
  const { judges: _, ...without } = deps;
  await world.bridge().drainAll({ ...without, judges: undefined } as never);
  t.deepEqual(files(world), []);
  t.regex(error(world)?.message ?? "", /can't ask gates/);
});

test("a crash at any effect ends with what passed, and nothing else is ever seen", async (t) => {
  const [bad, good] = ["bad version", "good version"];
  for (const effects of deaths(15)) {
    const world = createWorld(gated(byFunction));
    const wrong: string[] = [];
    world.disk.watch = () => {
      for (const { bytes } of world.disk.files.values())
        if (bytes.byteLength > 0 && !good.startsWith(bytes.toString())) wrong.push(bytes.toString());
    };
    const older = world.put("bucket", "out/file.txt", bad);
    world.gates.answer = ({ version_id }) => ({ verdict: version_id === older.versionId ? "reject" : "pass" });
    await world.bridge().intake(older);
    await world.bridge().drainAll();
    await world.bridge().intake(world.put("bucket", "out/file.txt", good));
    await untilCrash(() => world.bridge(effects).drainAll());
    for (let turn = 0; turn < 3; turn++) await drainLater(world, untilLapsed);
    const where = effects.where();
    t.deepEqual(wrong, [], where);
    t.deepEqual(files(world), ["inbox/file.txt"], where);
    t.is(content(world, "inbox/file.txt"), good, where);
    t.is(world.entries()[0]?.["state"], "delivered", where);
  }
});
