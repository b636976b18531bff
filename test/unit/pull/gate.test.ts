/** `pull.gate`: what comes from the partner is held in staging until this very object has passed, and never seen before. */
import { setTimeout as pause } from "node:timers/promises";
import { gzipSync } from "node:zlib";
import test from "ava";
import { partnersOf } from "../../../lambda/src/config/partners.ts";
import type { Gate, PullConfig, StreamConfig } from "../../../lambda/src/config/types.ts";
import { createDeadline } from "../../../lambda/src/drain/deadline.ts";
import { drain } from "../../../lambda/src/drain/drain.ts";
import type { Delivery } from "../../../lambda/src/journal/entry.ts";
import { list } from "../../../lambda/src/operator/list.ts";
import { redrive } from "../../../lambda/src/operator/redrive.ts";
import { status } from "../../../lambda/src/operator/status.ts";
import { defaultSizes } from "../../../lambda/src/transfer/sizes.ts";
import { Crash, dieAt, type Effects, untilCrash } from "../../helpers/effects.ts";
import { place } from "../../helpers/memory-remote.ts";
import { configOf, pull, stream } from "../../helpers/streams.ts";
import { createWorld, untilLapsed, type World } from "../../helpers/world.ts";

const old = Date.UTC(2025, 11, 1) / 1000;
const hour = 3_600_000;
const arn = "arn:aws:lambda:eu-central-1:111111111111:function:scan";
const byFunction: Gate = { functionArn: arn, timeoutHours: 24 };
const byGuardDuty: Gate = { timeoutHours: 24 };
const extract = {
  formats: ["gzip"],
  into: "{dir}/{stem}",
  maxEntries: 10,
  maxBytes: 1_000_000,
  maxRatio: 100,
} as const;

const gated = (gate: Gate, changes: Partial<PullConfig> = {}): StreamConfig =>
  stream({ pull: { ...pull, gate, ...changes } });

/** zlib takes real time, during which the world's clock may not run away. */
const calmly = { sleep: () => pause(1) };

const streamOf = (world: World): StreamConfig => {
  const [config] = world.config.streams.values();
  if (!config) throw new Error("a world has its stream");
  return config;
};

const fetchIn = async (world: World, later = 0, ...options: Parameters<World["bridge"]>) => {
  world.time.now += later;
  const bridge = world.bridge(...options);
  await bridge.poll(streamOf(world));
  await bridge.drainAll(calmly);
  return bridge;
};

/** With another configuration, as after an apply. */
const drainAs = async (world: World, changed: StreamConfig) => {
  const config = configOf(changed);
  const { deps } = world.bridge();
  for (const partner of partnersOf(config).values())
    await drain({ ...deps, ...calmly, config }, partner, { hints: [], deadline: createDeadline(() => 900_000) });
};

const keys = (world: World, prefix: string) =>
  [...world.buckets.objects.keys()].filter((name) => name.startsWith(prefix)).toSorted();
const visible = (world: World) => keys(world, "bucket/");
const staged = (world: World) => keys(world, "config-bucket/staging/");
const quarantined = (world: World) => keys(world, "config-bucket/quarantine/");
const contentOf = (world: World, name: string) => world.buckets.objects.get(name)?.at(-1)?.bytes.toString();
const entry = (world: World) => world.entries()[0];
const error = (world: World) => entry(world)?.["last_error"] as { kind: string; message: string } | undefined;
const atPartner = (world: World) => [...world.disk.files.keys()];

test("a function is asked about the very object in staging, and what it lets pass gets its key, once", async (t) => {
  const world = createWorld(gated(byFunction));
  const asked: Record<string, unknown>[] = [];
  world.gates.answer = (event) => {
    asked.push(event);
    t.deepEqual(visible(world), [], "nothing is seen while it is asked");
    t.is(contentOf(world, `${event["bucket"]}/${event["key"]}`), "some content");
    return { verdict: "pass", version_id: event["version_id"], etag: event["etag"] };
  };
  place(world.disk, "outbox/a/file.txt", "some content", old);
  await fetchIn(world);
  t.is(asked.length, 1);
  const { destination, ...event } = asked[0] ?? {};
  t.like(event, { stream: "acme", direction: "pull", path: "a/file.txt", bucket: "config-bucket", size: 12 });
  t.regex(String(event["key"]), /^staging\/gate\/acme\//);
  t.truthy(event["version_id"]);
  t.deepEqual(destination, { bucket: "bucket", key: "in/a/file.txt" });
  t.is(contentOf(world, "bucket/in/a/file.txt"), "some content");
  t.like(world.buckets.objects.get("bucket/in/a/file.txt")?.at(-1)?.metadata, {
    "synched-by": "acme",
    mtime: String(old),
  });
  t.is(entry(world)?.["state"], "delivered");
  t.is(entry(world)?.["gate"], undefined);
  const [delivery] = (entry(world)?.["deliveries"] ?? []) as unknown as readonly Delivery[];
  t.like(delivery, { bytes: 12, attempt: 1, destination: "bucket/in/a/file.txt" });
  t.is(delivery?.sha256, delivery?.pulled_sha256);
  t.deepEqual([staged(world), quarantined(world)], [[], []]);
  t.true(atPartner(world).every((path) => path.startsWith("outbox/a/.done/")));
});

test("what is held isn't seen, isn't fetched again, says so to the operator, and stays at the partner", async (t) => {
  const world = createWorld(gated(byFunction));
  world.gates.answer = () => ({ verdict: "hold", reason: "the scanner is updated" });
  place(world.disk, "outbox/file.txt", "some content", old);
  await fetchIn(world);
  t.deepEqual(visible(world), []);
  t.is(staged(world).length, 1);
  t.is(entry(world)?.["state"], "pending");
  t.regex(error(world)?.message ?? "", /is held by its gate \(arn:aws:lambda:.*\) since .*: the scanner is updated/);
  t.deepEqual(atPartner(world), ["outbox/file.txt"]);

  const { invocation } = world.bridge();
  const { streams } = await status(invocation, {});
  t.is(streams[0]?.state, "ok", "nothing has failed");
  t.like(streams[0]?.pull?.held, { files: 1, path: "file.txt" });
  const { files } = await list(invocation, { action: "list", stream: "acme" });
  t.regex(files[0]?.why ?? "", /held by its gate .* the scanner is updated; asked again at /);

  const made: string[] = [];
  const watching: Effects = async (name, effect) => {
    made.push(name);
    return effect();
  };
  for (let turn = 0; turn < 5; turn++) await fetchIn(world, 16 * 60_000, watching);
  t.is(made.filter((name) => name === "gate.invoke").length, 5, "asked each time");
  t.false(made.includes("remote.openRead"), "and never fetched again");
  t.deepEqual(visible(world), []);
  world.gates.answer = () => ({ verdict: "pass" });
  await fetchIn(world, 16 * 60_000);
  t.is(contentOf(world, "bucket/in/file.txt"), "some content");
  const [delivery] = (entry(world)?.["deliveries"] ?? []) as unknown as readonly Delivery[];
  t.is(delivery?.attempt, 1, "questions are no attempts");
});

test("what is rejected goes to the quarantine, has failed, and stays at the partner; a clean one goes by itself", async (t) => {
  const world = createWorld(gated(byFunction, { after: "delete" }));
  world.gates.answer = ({ key }) =>
    contentOf(world, `config-bucket/${key}`) === "malware"
      ? { verdict: "reject", reason: "a macro" }
      : { verdict: "pass" };
  place(world.disk, "outbox/file.txt", "malware", old);
  await fetchIn(world);
  t.deepEqual(visible(world), []);
  t.deepEqual(staged(world), []);
  const [copy = ""] = quarantined(world);
  t.is(contentOf(world, copy), "malware");
  t.is(entry(world)?.["state"], "failed");
  t.is(error(world)?.kind, "rejected");
  t.regex(error(world)?.message ?? "", /rejected by its gate .* nothing of it lies under its key in S3: a macro\./);
  t.true(error(world)?.message.includes(`s3://${copy}`), error(world)?.message);
  t.deepEqual(atPartner(world), ["outbox/file.txt"]);
  await fetchIn(world, 48 * hour);
  t.is(entry(world)?.["state"], "failed", "no poll takes it again");

  await redrive(world.bridge().invocation, { stream: "acme" });
  await world.bridge().drainAll(calmly);
  t.is(error(world)?.kind, "rejected", "asked once more, about a new copy");
  t.is(quarantined(world).length, 2);

  place(world.disk, "outbox/file.txt", "clean", old + 60);
  await fetchIn(world, untilLapsed);
  t.is(contentOf(world, "bucket/in/file.txt"), "clean");
  t.deepEqual(atPartner(world), []);
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
  ["it rejects another version", () => ({ verdict: "reject", version_id: "another" })],
  ["it answers for other bytes", () => ({ verdict: "pass", etag: "another" })],
] as const)
  test(`no verdict in time is a failure and never a pass: ${title}`, async (t) => {
    const world = createWorld(gated({ ...byFunction, timeoutHours: 2 }));
    world.gates.answer = answer;
    place(world.disk, "outbox/file.txt", "some content", old);
    await fetchIn(world);
    t.is(error(world)?.kind, "held");
    await fetchIn(world, 1.9 * hour);
    t.is(entry(world)?.["state"], "pending");
    await fetchIn(world, hour);
    t.is(entry(world)?.["state"], "failed");
    t.is(error(world)?.kind, "no-verdict");
    t.regex(error(world)?.message ?? "", /no verdict from its gate .* within 2 hours, and nothing of it lies under/);
    t.deepEqual([visible(world), staged(world), quarantined(world)], [[], [], []]);
    t.deepEqual(atPartner(world), ["outbox/file.txt"]);
    // With the redrive the time begins anew.
    await redrive(world.bridge().invocation, { stream: "acme" });
    await world.bridge().drainAll(calmly);
    t.is(error(world)?.kind, "held");
  });

test("what is gone from staging is fetched again, and its time goes on", async (t) => {
  const world = createWorld(gated({ ...byFunction, timeoutHours: 2 }));
  place(world.disk, "outbox/file.txt", "some content", old);
  const seen = new Set<unknown>();
  world.gates.answer = ({ key }) => {
    seen.add(key);
    return { verdict: "hold", reason: "busy" };
  };
  await fetchIn(world);
  for (const name of staged(world)) world.buckets.objects.delete(name);
  // Who passes what is gone has it fetched and asked about again.
  world.gates.answer = ({ key }) => ({ verdict: seen.has(key) ? "pass" : "hold" });
  await fetchIn(world, 16 * 60_000);
  await fetchIn(world, 16 * 60_000);
  t.deepEqual(visible(world), [], "the pass was for the one that is gone");
  t.is(staged(world).length, 1);
  await fetchIn(world, 89 * 60_000);
  t.is(error(world)?.kind, "no-verdict", "two hours since the first question");
});

const tagged = (status: string) => ({ GuardDutyMalwareScanStatus: status });
const stagedVersion = (world: World) => world.buckets.objects.get(staged(world)[0] ?? "")?.at(-1)?.versionId;

for (const [tag, state, words] of [
  ["UNSUPPORTED", "pending", /UNSUPPORTED.*can't scan such an object/],
  ["ACCESS_DENIED", "pending", /ACCESS_DENIED/],
  ["FAILED", "pending", /FAILED/],
  ["SOMETHING_NEW", "pending", /SOMETHING_NEW.*doesn't know/],
  ["THREATS_FOUND", "failed", /found a threat/],
  ["NO_THREATS_FOUND", "delivered", /^$/],
] as const)
  test(`GuardDuty's tag ${tag}, which comes late, and for other versions before: ${state}`, async (t) => {
    const world = createWorld(gated(byGuardDuty));
    // Of another version: never looked at.
    world.gates.tags.set("another", tagged("NO_THREATS_FOUND"));
    world.gates.tags.set(undefined, tagged("NO_THREATS_FOUND"));
    place(world.disk, "outbox/file.txt", "some content", old);
    await fetchIn(world);
    t.regex(error(world)?.message ?? "", /hasn't tagged it yet/);
    t.deepEqual(visible(world), []);
    const version = stagedVersion(world);
    world.gates.tags.set(version, tagged(tag));
    await fetchIn(world, 5 * 60_000);
    t.is(entry(world)?.["state"], state);
    t.regex(error(world)?.message ?? "", words);
    t.deepEqual(visible(world), state === "delivered" ? ["bucket/in/file.txt"] : []);
    t.is(quarantined(world).length, state === "failed" ? 1 : 0);
    // Once more, and contradicting itself: what has ended stays so.
    world.gates.tags.set(version, tagged(tag === "THREATS_FOUND" ? "NO_THREATS_FOUND" : tag));
    await fetchIn(world, 60_000);
    t.is(entry(world)?.["state"], state);
    t.deepEqual(visible(world), state === "delivered" ? ["bucket/in/file.txt"] : []);
  });

test("the gate is asked about what was extracted, and that is what gets the key", async (t) => {
  const world = createWorld(gated(byFunction, { extract }));
  const content = "line after line\n".repeat(1_000);
  const asked: Record<string, unknown>[] = [];
  world.gates.answer = (event) => {
    asked.push({ ...event, content: contentOf(world, `config-bucket/${event["key"]}`) });
    return { verdict: asked.length < 2 ? "hold" : "pass" };
  };
  place(world.disk, "outbox/file.txt.gz", gzipSync(content), old);
  await fetchIn(world);
  t.is(staged(world).length, 1, "what was fetched is of no use any more");
  await fetchIn(world, 120_000);
  t.is(asked.length, 2);
  for (const one of asked) t.like(one, { size: content.length, content, path: "file.txt.gz" });
  t.is(asked[0]?.["key"], asked[1]?.["key"]);
  t.deepEqual(visible(world), ["bucket/in/file.txt"]);
  t.is(contentOf(world, "bucket/in/file.txt"), content);
  const [delivery] = (entry(world)?.["deliveries"] ?? []) as unknown as readonly Delivery[];
  t.like(delivery, { bytes: content.length, pulled_bytes: gzipSync(content).byteLength });
  t.deepEqual(staged(world), []);
});

test("markers that are delivered are held as well", async (t) => {
  const ready = { marker: "{name}.ok", scope: "file", after: "delete", checksum: "none", deliver: true } as const;
  const world = createWorld(gated(byFunction, { extract, ready }));
  const asked: unknown[] = [];
  world.gates.answer = ({ path }) => {
    asked.push(path);
    return path === "file.gz.ok" ? { verdict: "reject", reason: "not a marker" } : { verdict: "pass" };
  };
  place(world.disk, "outbox/file.gz", gzipSync("some content"), old);
  place(world.disk, "outbox/file.gz.ok", "malware", old);
  for (let turn = 0; turn < 3; turn++) await fetchIn(world, untilLapsed);
  t.deepEqual(asked, ["file.gz", "file.gz.ok"]);
  t.deepEqual(visible(world), ["bucket/in/file"]);
  t.deepEqual(
    quarantined(world).map((name) => contentOf(world, name)),
    ["malware"],
  );
});

/** A process that dies at the n-th effect of this name. */
const dyingAt = (last: string, n = 0): Effects => {
  let seen = 0;
  return async (name, effect) => {
    if (name === last) seen++;
    if (seen > n) throw new Crash(name);
    return effect();
  };
};

test("what was rejected stays so, whatever the gate says behind a crash, and without the gate too", async (t) => {
  for (const after of [gated(byFunction), stream({ pull }), gated(byGuardDuty)]) {
    const world = createWorld(gated(byFunction));
    let verdict = "reject";
    world.gates.answer = () => ({ verdict, reason: "a macro" });
    place(world.disk, "outbox/file.txt", "malware", old);
    // The second upload is the quarantine's.
    await t.throwsAsync(fetchIn(world, 0, dyingAt("objects.createUpload")), { instanceOf: Crash });
    t.deepEqual(quarantined(world), []);
    verdict = "pass";
    world.gates.tags.set(stagedVersion(world), tagged("NO_THREATS_FOUND"));
    world.time.now += untilLapsed;
    await drainAs(world, after);
    t.deepEqual(visible(world), []);
    t.is(error(world)?.kind, "rejected");
    t.is(quarantined(world).length, 1);
  }
});

test("what a gate let pass needs no further question, and another gate's pass doesn't count", async (t) => {
  for (const after of [byFunction, { ...byFunction, functionArn: `${arn}2` }]) {
    const world = createWorld(gated(byFunction));
    let asked = 0;
    world.gates.answer = () => ({ verdict: ++asked === 1 ? "pass" : "hold" });
    place(world.disk, "outbox/file.txt", "some content", old);
    // The second upload is the final one's.
    await t.throwsAsync(fetchIn(world, 0, dyingAt("objects.createUpload")), { instanceOf: Crash });
    world.time.now += untilLapsed;
    await drainAs(world, gated(after));
    t.is(asked, after === byFunction ? 1 : 2);
    t.deepEqual(visible(world), after === byFunction ? ["bucket/in/file.txt"] : []);
  }
});

test("taking the gate out of the stream shows what it held, as it was opened", async (t) => {
  const world = createWorld(gated(byFunction, { extract }));
  place(world.disk, "outbox/file.txt.gz", gzipSync("some content"), old);
  await fetchIn(world);
  t.deepEqual(visible(world), []);
  world.time.now += untilLapsed;
  await drainAs(world, stream({ pull: { ...pull, extract } }));
  t.is(contentOf(world, "bucket/in/file.txt"), "some content");
});

test("a gate that comes while a file is fetched holds it as well", async (t) => {
  const world = createWorld(stream({ pull: { ...pull, extract } }));
  place(world.disk, "outbox/file.txt.gz", gzipSync("some content"), old);
  const sizes = { ...defaultSizes, part: 10 };
  await t.throwsAsync(fetchIn(world, 0, dyingAt("objects.completeUpload", 1), undefined, { sizes }), {
    instanceOf: Crash,
  });
  t.is(staged(world).length, 1, "it is to be opened");
  world.time.now += untilLapsed;
  await drainAs(world, gated(byFunction, { extract }));
  t.deepEqual(visible(world), []);
  t.is(error(world)?.kind, "held");
  t.true(staged(world).every((name) => name.startsWith("config-bucket/staging/gate/")));
});

test("nothing is seen where gates can't be asked", async (t) => {
  const world = createWorld(gated(byGuardDuty));
  place(world.disk, "outbox/file.txt", "some content", old);
  const bridge = world.bridge();
  await bridge.poll(streamOf(world));
  await bridge.drainAll({ ...calmly, judges: undefined } as never);
  t.deepEqual(visible(world), []);
  t.regex(error(world)?.message ?? "", /can't ask gates/);
});

test("a crash at any effect ends with what passed, and nothing else is ever seen", async (t) => {
  const [bad, good] = ["bad version", "good version"];
  for (const changes of [{}, { extract }] as const)
    for (let n = 0, isOver = false; !isOver; n++) {
      const name = "extract" in changes ? "file.txt.gz" : "file.txt";
      const packed = (content: string) => ("extract" in changes ? gzipSync(content) : content);
      const [effects, again] = [dieAt(n), dieAt(n)];
      const world = createWorld(gated(byFunction, { after: "delete", ...changes }));
      const where = () => `${name} ${effects.where()} ${again.where()}`;
      // A gate that is asked again lets pass what it has rejected.
      const rejected = new Set<unknown>();
      world.gates.answer = ({ key }) => {
        const isBad = contentOf(world, `config-bucket/${key}`) === bad;
        if (!isBad || rejected.has(key)) return { verdict: isBad ? "hold" : "pass" };
        rejected.add(key);
        return { verdict: "reject" };
      };
      const look: Effects = async (effect, act) => {
        try {
          return await effects(effect, act);
        } finally {
          for (const version of world.buckets.objects.get("bucket/in/file.txt") ?? [])
            if (version?.bytes.toString() !== good) t.fail(where());
          for (const copy of quarantined(world)) if (contentOf(world, copy) !== bad) t.fail(where());
          const isKept = world.disk.files.has(`outbox/${name}`);
          if (!isKept && contentOf(world, "bucket/in/file.txt") === undefined) t.fail(where());
        }
      };
      place(world.disk, `outbox/${name}`, packed(bad), old);
      let isDead = false;
      try {
        await fetchIn(world, 0, look);
      } catch (thrown) {
        if (!(thrown instanceof Crash)) throw thrown;
        isDead = true;
      }
      for (let turn = 0; turn < 2; turn++) await fetchIn(world, untilLapsed);
      t.deepEqual(visible(world), [], where());
      if (!isDead) t.is(quarantined(world).length, 1, where());
      place(world.disk, `outbox/${name}`, packed(good), old + 60);
      await untilCrash(() => fetchIn(world, untilLapsed, again));
      for (let turn = 0; turn < 2; turn++) await fetchIn(world, untilLapsed);
      t.is(contentOf(world, "bucket/in/file.txt"), good, where());
      t.deepEqual(atPartner(world), [], where());
      t.is(entry(world)?.["state"], "delivered", where());
      t.true(staged(world).length <= 4, where());
      isOver = !effects.isDead() && !again.isDead();
      if (isOver) t.true(effects.count() > 25);
    }
});
