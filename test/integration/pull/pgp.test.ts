/** Files that a partner's GnuPG has encrypted to us, and that are decrypted on their way (`pull.pgp`). */
import { randomBytes } from "node:crypto";
import { setTimeout as pause } from "node:timers/promises";
import { gzipSync } from "node:zlib";
import test from "ava";
import { encrypt, readKey, readMessage } from "openpgp";
import type { PullConfig, PullExtract, PullPgp } from "../../../lambda/src/config/types.ts";
import { check } from "../../../lambda/src/operator/check.ts";
import { tick } from "../../../lambda/src/runs/tick.ts";
import { decryptWith } from "../../../lambda/src/staging/pgp/decrypt.ts";
import { UnfitError } from "../../../lambda/src/transfer/errors.ts";
import { defaultSizes } from "../../../lambda/src/transfer/sizes.ts";
import { zipOf } from "../../helpers/archives.ts";
import { Crash, type Effects } from "../../helpers/effects.ts";
import { createKeyRing } from "../../helpers/gnupg.ts";
import { place } from "../../helpers/memory-remote.ts";
import { pull, stream } from "../../helpers/streams.ts";
import { createWorld, untilLapsed, type World } from "../../helpers/world.ts";

// The world's time is the 1st of January 2026.
const ring = createKeyRing("20251201T000000");
const ours = ring.make("ours <files@us.example>", { passphrase: "open sesame" });
ring.make("next <files@us.example>", { kind: "rsa3072", expires: "20d" });
const fingerprint = (user: string) =>
  /[0-9A-F]{40}/.exec(ring.must(["--list-keys", "--with-colons", user]).toString())?.[0] ?? "";
ring.must(["--passphrase", "", "--quick-add-key", fingerprint("next"), "rsa3072", "encr"]);
const acme = ring.make("acme <files@acme.example>");
ring.make("stranger <files@else.example>");
test.after.always(() => ring.remove());

const secrets = {
  ours: ours.private,
  next: ring.must(["--armor", "--export-secret-keys", "next"]).toString(),
  words: "open sesame\n",
  acme: acme.public,
  stranger: ring.must(["--armor", "--export", "stranger"]).toString(),
  "ours-public": ours.public,
};
const at = (secretArn: keyof typeof secrets) => ({ secretArn });
const mebibyte = 1024 * 1024;
const base: PullPgp = {
  decryptWith: [at("ours")],
  passphrase: at("words"),
  verifyFrom: [at("acme")],
  requireSignature: true,
  stripSuffix: ".pgp",
  maxBytes: 1024 * mebibyte,
  maxRatio: 200,
};
const extract: PullExtract = {
  formats: ["gzip"],
  into: "{dir}/{stem}",
  maxEntries: 10,
  maxBytes: 1024 * mebibyte,
  maxRatio: 200,
};

const calmly = { sleep: () => pause(1) };
const old = Date.UTC(2025, 11, 15) / 1000;

const worldOf = (pgp: Partial<PullPgp> = {}, changes: Partial<PullConfig> = {}): World => {
  const world = createWorld(stream({ pull: { ...pull, after: "delete", pgp: { ...base, ...pgp }, ...changes } }));
  for (const [arn, text] of Object.entries(secrets)) world.secrets.set(arn, text);
  return world;
};

const fetchIn = async (world: World) => {
  const [config] = world.config.streams.values();
  if (!config) throw new Error("a world has its stream");
  const bridge = world.bridge(undefined, undefined, { sizes: { ...defaultSizes, part: 64 * 1024 } });
  await bridge.poll(config);
  await bridge.drainAll(calmly);
  return bridge;
};
const fetched = async (file: Buffer | string, pgp: Partial<PullPgp> = {}, name = "file.pgp") => {
  const world = worldOf(pgp);
  place(world.disk, `outbox/${name}`, file, old);
  await fetchIn(world);
  return world;
};

const there = (world: World, key: string): Buffer | undefined =>
  world.buckets.objects.get(`bucket/in/${key}`)?.at(-1)?.bytes;
const said = (world: World): string => JSON.stringify(world.entries()[0]?.["last_error"]);
const seal = (args: readonly string[], content: Buffer | string) =>
  ring.must(["--passphrase", "", "--output", "-", ...args], content);
const sealed = (content: Buffer | string, ...more: string[]) =>
  seal(["--recipient", "ours", "--local-user", "acme", "--sign", "--encrypt", ...more], content);

const text = Buffer.from("line after line, to be compressed\n".repeat(100));

test("what no invocation has the time to decrypt, and to unpack, isn't fetched, and says how long it would take", async (t) => {
  for (const [name, changes, by] of [
    ["file.pgp", {}, "OpenPGP"],
    ["file.gz.pgp", { extract }, "OpenPGP and extract"],
    ["file.zip.pgp", { extract: { ...extract, formats: ["zip"] } }, "OpenPGP and [a-z]+"],
  ] as const) {
    const world = worldOf({}, changes);
    place(world.disk, `outbox/${name}`, sealed(text), old);
    const made: string[] = [];
    const watching: Effects = async (effect, act) => {
      made.push(effect);
      return act();
    };
    const [config] = world.config.streams.values();
    if (!config) throw new Error("a world has its stream");
    const bridge = world.bridge(watching, undefined, { sizes: { ...defaultSizes, cores: 1e-9 } });
    await bridge.poll(config);
    await bridge.drainAll(calmly);
    t.false(made.includes("remote.openRead"), name);
    t.regex(
      said(world),
      new RegExp(`has \\d+ bytes, and ${by} may need \\d+ s .* an invocation has 900 s.*Raise timeout`),
    );
    t.deepEqual([...world.disk.files.keys()], [`outbox/${name}`]);
  }
});

for (const [what, file, pgp] of [
  ["signed, and compressed inside", sealed(text), {}],
  ["without compression", sealed(text, "--compress-algo", "none"), {}],
  ["compressed by zlib", sealed(text, "--compress-algo", "zlib"), {}],
  ["compressed by bzip2", sealed(text, "--compress-algo", "bzip2"), {}],
  ["armoured", sealed(text, "--armor"), {}],
  ["armoured, with the line ends of Windows", sealed(text, "--armor").toString().replaceAll("\n", "\r\n"), {}],
  ["to several recipients", sealed(text, "--recipient", "acme", "--recipient", "next"), {}],
  ["to nobody by name", sealed(text, "--throw-keyids"), {}],
  [
    "to the second of our keys, an RSA one that has expired since",
    seal(["--recipient", "next", "--local-user", "acme", "--sign", "--encrypt"], text),
    { decryptWith: [at("ours"), at("next")] },
  ],
  ["with the second of their keys", sealed(text), { verifyFrom: [at("stranger"), at("acme")] }],
  [
    "unsigned, where nobody asks for a signature",
    seal(["--recipient", "ours", "--encrypt"], text),
    { requireSignature: false },
  ],
  [
    "signed by somebody whom nobody knows, where nobody asks for one",
    seal(["--recipient", "ours", "--local-user", "stranger", "--sign", "--encrypt"], text),
    { requireSignature: false },
  ],
  ["signed, where signatures aren't looked at", sealed(text), { requireSignature: false, verifyFrom: [] }],
] as const)
  test(`GnuPG's file is decrypted: ${what}`, async (t) => {
    const world = await fetched(Buffer.from(file), pgp);
    t.is(said(world), undefined as never);
    t.true(there(world, "file")?.equals(text));
    t.deepEqual([...world.buckets.objects.keys()], ["bucket/in/file"]);
    t.deepEqual([...world.disk.files.keys()], []);
  });

const bomb = sealed(Buffer.alloc(20 * mebibyte));
const plain = seal(["--recipient", "ours", "--encrypt"], text);
const old3des = seal(
  ["--recipient", "ours", "--encrypt", "--rfc2440", "--cipher-algo", "AES256", "--disable-mdc"],
  text,
);

for (const [what, file, expected, pgp, name] of [
  [
    "it is for somebody else",
    seal(["--recipient", "acme", "--local-user", "acme", "--sign", "--encrypt"], text),
    /is encrypted to [0-9A-F]{16}, and none of pull\.pgp\.decrypt_with opens it \([0-9A-F]{40}\)/,
  ],
  ["it isn't signed", plain, /isn't signed\. Known are [0-9A-F]{40}/],
  [
    "it is signed by somebody whom nobody knows",
    seal(["--recipient", "ours", "--local-user", "stranger", "--sign", "--encrypt"], text),
    /isn't signed by a key of pull\.pgp\.verify_from: its signature by [0-9A-F]{16}/,
  ],
  ["it isn't protected against changes", old3des, /without protection against changes/, { requireSignature: false }],
  ["it is in the clear", text, /is in the clear, or something else/],
  ["it is empty", "", /is in the clear, or something else/],
  [
    "it is signed and not encrypted",
    seal(["--local-user", "acme", "--sign"], text),
    /can't be decrypted|isn't encrypted to a key/,
  ],
  [
    "it is signed as text",
    seal(["--local-user", "acme", "--clearsign"], text),
    /is \\"-----BEGIN PGP SIGNED MESSAGE-----\\", and no encrypted message/,
  ],
  [
    "it is encrypted to a password",
    ring.must(["--passphrase", "x", "--output", "-", "--symmetric"], text),
    /isn't encrypted to a key/,
  ],
  ["it is a key", ours.public, /is \\"-----BEGIN PGP PUBLIC KEY BLOCK-----\\"/],
  [
    "it is something else",
    Buffer.concat([Buffer.from([0xff]), randomBytes(500)]),
    // By chance it is a packet of OpenPGP's.
    /no OpenPGP message|can't be decrypted|isn't encrypted to a key/,
  ],
  [
    "it is in the clear, under the name that it has without the ending",
    text,
    /isn't called as what this stream opens \(pull\.pgp\.strip_suffix\): a name ending in \.pgp/,
    {},
    "file",
  ],
] as const)
  test(`a file is given up at once and stays at the partner, with words: ${what}`, async (t) => {
    const world = await fetched(Buffer.from(file), pgp, name);
    if (world.entries()[0]?.["state"] === "pending") {
      // An empty one has to hold still for longer.
      world.time.now += untilLapsed;
      await fetchIn(world);
    }
    t.is(world.entries()[0]?.["state"], "failed");
    t.regex(said(world), expected);
    t.regex(said(world), /UnfitError.*Stream acme: .*stays at the partner/);
    t.deepEqual([...world.disk.files.keys()], [`outbox/${name ?? "file.pgp"}`]);
    t.deepEqual([...world.buckets.objects.keys()], []);
    t.is(world.buckets.uploads.size, 0);
    t.notRegex(JSON.stringify(world.entries()), /sesame|BEGIN PGP PRIVATE/);
  });

test("the same name in the clear and encrypted: the encrypted one is delivered, and the other one stays", async (t) => {
  const world = worldOf();
  place(world.disk, "outbox/file.csv", "in the clear", old);
  place(world.disk, "outbox/file.csv.pgp", sealed(text), old);
  for (let turn = 0; turn < 2; turn++) await fetchIn(world);
  t.true(there(world, "file.csv")?.equals(text));
  t.is(world.buckets.objects.get("bucket/in/file.csv")?.length, 1);
  t.deepEqual([...world.disk.files.keys()], ["outbox/file.csv"]);
});

test("it is decrypted first, and then extracted", async (t) => {
  const world = worldOf({}, { extract });
  place(world.disk, "outbox/file.csv.gz.pgp", sealed(gzipSync(text), "--compress-algo", "none"), old);
  await fetchIn(world);
  t.is(said(world), undefined as never);
  t.true(there(world, "file.csv")?.equals(text));
});

for (const [what, pgp, expected] of [
  [
    "many times as large as it is",
    {},
    /becomes more than 200 times as large as it is, which pull\.pgp\.max_ratio allows/,
  ],
  [
    "more than is allowed",
    { maxBytes: 1_000_000 },
    /more than 1000000 bytes inside, which pull\.pgp\.max_bytes allows/,
  ],
] as const)
  test(`a message that becomes ${what} is given up, and stays at the partner`, async (t) => {
    const world = await fetched(bomb, pgp);
    t.is(world.entries()[0]?.["state"], "failed");
    t.regex(said(world), expected);
    t.deepEqual([...world.buckets.objects.keys()], []);
    t.is(world.buckets.uploads.size, 0);
    t.deepEqual([...world.disk.files.keys()], ["outbox/file.pgp"]);
  });

test("an archive is decrypted first, and then unpacked; what a run has decrypted, the next one doesn't", async (t) => {
  const world = worldOf({}, { extract: { ...extract, formats: ["zip"] } });
  const members = [
    { name: "a/one.txt", content: text },
    { name: "two.txt", content: "2" },
  ];
  place(world.disk, "outbox/x.zip.pgp", sealed(zipOf(members), "--compress-algo", "none"), old);
  const [config] = world.config.streams.values();
  if (!config) throw new Error("a world has its stream");
  const sizes = { ...defaultSizes, part: 64 * 1024 };
  let completed = 0;
  // The archive in staging is complete, and in the clear; then the run dies with its first file.
  let puts = 0;
  const dying: Effects = async (name, effect) => {
    // The first one puts what was fetched into staging.
    if (name === "objects.put") puts++;
    if (puts > 1) throw new Crash(name);
    return effect();
  };
  const first = world.bridge(dying, undefined, { sizes });
  await first.poll(config);
  await t.throwsAsync(first.drainAll(calmly), { instanceOf: Crash });
  world.time.now += untilLapsed;
  const second = world.bridge(
    async (name, effect) => {
      if (name === "objects.completeUpload") completed++;
      return effect();
    },
    undefined,
    { sizes },
  );
  await second.drainAll(calmly);
  t.is(said(world), undefined as never);
  t.is(completed, 0, "it was decrypted once");
  for (const { name, content } of members) t.true(there(world, `x/${name}`)?.equals(Buffer.from(content)));
  t.deepEqual([...world.buckets.objects.keys()].toSorted(), ["bucket/in/x/a/one.txt", "bucket/in/x/two.txt"]);
  t.deepEqual([...world.disk.files.keys()], []);
});

/** What comes out of a message, in pieces as S3 gives them; throws what the hop throws. */
const open = async (file: Buffer, pgp: Partial<PullPgp> = {}): Promise<Buffer> => {
  const world = worldOf(pgp);
  const { deps, telemetry } = world.bridge();
  const context = { stream: "acme", readSecret: deps.readSecret("acme"), clock: deps.clock, log: telemetry.log };
  const hop = await decryptWith("Stream acme: file", { ...base, ...pgp }, context);
  async function* pieces() {
    for (let from = 0; from < file.byteLength; from += 1_000) yield file.subarray(from, from + 1_000);
  }
  const chunks: Uint8Array[] = [];
  for await (const chunk of hop.transform(pieces(), new AbortController().signal)) chunks.push(chunk);
  return Buffer.concat(chunks);
};

test("whatever bit is flipped and wherever it is cut off, the file is unfit: nothing else comes out at its end", async (t) => {
  const content = randomBytes(3_000);
  const unsigned = { requireSignature: false, verifyFrom: [] };
  for (const [file, pgp] of [
    [sealed(content, "--compress-algo", "none"), {}],
    [seal(["--recipient", "ours", "--encrypt", "--compress-algo", "none"], content), unsigned],
    [seal(["--recipient", "ours", "--encrypt"], text), unsigned],
  ] as const) {
    const whole = await open(file, pgp);
    t.true(whole.equals(content) || whole.equals(text));
    const body = file.byteLength;
    // All of the beginning and of the end, where the parts of the format are, and some between.
    const places = [...Array(body).keys()].filter((n) => n < 24 || n > body - 48 || n % 211 === 0);
    for (const n of places) {
      const flipped = Buffer.from(file);
      flipped[n] = (flipped[n] ?? 0) ^ (1 << (n % 8));
      const came = await open(flipped, pgp).catch((error: unknown) => error);
      // The ID of a signer and the like are of no matter; the content is.
      if (Buffer.isBuffer(came)) t.true(came.equals(whole), `flipped ${n} of ${body}`);
      else t.true(came instanceof UnfitError, `flipped ${n}: ${came}`);
      const cut = await open(file.subarray(0, n), pgp).catch((error: unknown) => error);
      t.true(cut instanceof UnfitError, `cut off at ${n} of ${body}: ${cut}`);
    }
  }
});

test("a signature by a known key that is wrong is never good, whether one is wanted or not", async (t) => {
  const signed = seal(["--local-user", "acme", "--sign", "--compress-algo", "none"], "pay 100 to nobody");
  const forged = Buffer.from(signed.toString("latin1").replace("pay 100", "pay 999"), "latin1");
  const encryptionKeys = await readKey({ armoredKey: ours.public });
  for (const [binary, isGood] of [
    [signed, true],
    [forged, false],
  ] as const) {
    const message = await readMessage({ binaryMessage: new Uint8Array(binary) });
    // The signature behind the content is read late.
    const { stream: rest } = message.packets as unknown as {
      stream: { readToEnd(join: (all: unknown) => unknown): Promise<unknown> };
    };
    message.packets.push(...([await rest.readToEnd((all) => all)].flat(2) as typeof message.packets));
    const file = Buffer.from(
      await encrypt({ message, encryptionKeys, format: "binary", date: new Date(Date.UTC(2025, 11, 2)) }),
    );
    for (const requireSignature of [true, false]) {
      const came = await open(file, { requireSignature }).catch((error: unknown) => error);
      if (isGood) t.is(String(came), "pay 100 to nobody");
      else t.regex(String(came), /UnfitError: .* its signature by [0-9A-F]{16} isn't good .*it was changed since/);
    }
  }
});

test("what S3 fails with in the middle is S3's failure, and no judgement of the file", async (t) => {
  const { deps, telemetry } = worldOf().bridge();
  const context = { stream: "acme", readSecret: deps.readSecret("acme"), clock: deps.clock, log: telemetry.log };
  const hop = await decryptWith("Stream acme: file", base, context);
  const file = sealed(randomBytes(100_000));
  async function* broken() {
    yield file.subarray(0, 50_000);
    throw new TypeError("socket hang up");
  }
  const read = async () => {
    for await (const _ of hop.transform(broken(), new AbortController().signal));
  };
  await t.throwsAsync(read, { instanceOf: TypeError, message: "socket hang up" });
});

const gaugeOf = async (world: World) => {
  const { invocation, telemetry } = world.bridge();
  await tick(invocation);
  return telemetry.gauges.find(({ name }) => name === "pgp-key-seconds-left")?.value;
};

test("each tick tells how long partners can encrypt to us, and sign what they send", async (t) => {
  const day = 86_400;
  t.is(Math.round(((await gaugeOf(worldOf())) ?? 0) / day), 334, "a year from the 1st of December");
  t.true(((await gaugeOf(worldOf({ decryptWith: [at("next")] }))) ?? 0) < 0, "it has expired");
  t.is(await gaugeOf(worldOf({ decryptWith: [at("ours-public")] })), undefined);
});

test("a check decrypts with each key, and names those that it can't use", async (t) => {
  const step = async (world: World) => {
    const { streams } = await check(world.bridge().invocation, { stream: "acme" });
    return streams[0]?.steps.find((one) => one.step === "pull: decrypt with each key");
  };
  const good = await step(worldOf());
  t.is(good?.verdict, "ok", good?.detail);
  t.regex(
    good?.detail ?? "",
    /decrypt_with\[0\]: [0-9A-F]{40}, until 2026-12-01; pull\.pgp\.verify_from\[0\]: [0-9A-F]{40}, until 2026-12-01/,
  );
  const bad = await step(worldOf({ decryptWith: [at("ours"), at("next")] }));
  t.regex(bad?.detail ?? "", /decrypt_with\[1\]: [0-9A-F]{40} has expired \(2025-12-21\)/);
  const wrong = await step(worldOf({ decryptWith: [at("ours-public")] }));
  t.regex(wrong?.detail ?? "", /decrypt_with\[0\], secret ours-public, is a public key/);
  t.is((await step(worldOf({ passphrase: at("acme") })))?.verdict, "failed");
});
