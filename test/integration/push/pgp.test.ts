/** Files that are encrypted on their way to a partner, who has GnuPG (`push.pgp`). */
import { randomBytes } from "node:crypto";
import { setTimeout as pause } from "node:timers/promises";
import { gunzipSync } from "node:zlib";
import test from "ava";
import type { PushConfig, PushPgp } from "../../../lambda/src/config/types.ts";
import { check } from "../../../lambda/src/operator/check.ts";
import { tick } from "../../../lambda/src/runs/tick.ts";
import { defaultSizes } from "../../../lambda/src/transfer/sizes.ts";
import { createKeyRing } from "../../helpers/gnupg.ts";
import { push, stream } from "../../helpers/streams.ts";
import { createWorld, type World } from "../../helpers/world.ts";

// The world's time is the 1st of January 2026.
const ring = createKeyRing("20251201T000000");
const acme = ring.make("acme <files@acme.example>");
ring.make("next <files@acme.example>", { kind: "rsa3072", expires: "20d" });
ring.must([
  "--armor",
  "--passphrase",
  "",
  "--quick-add-key",
  /[0-9A-F]{40}/.exec(ring.must(["--list-keys", "--with-colons", "next"]).toString())?.[0] ?? "",
  "rsa3072",
  "encr",
]);
const rotated = ring.must(["--armor", "--export", "next"]).toString();
const ours = ring.make("ours <files@us.example>", { passphrase: "open sesame" });
test.after.always(() => ring.remove());

const secrets = {
  acme: acme.public,
  next: rotated,
  ours: ours.private,
  words: "open sesame\n",
  wrong: "close sesame",
  "acme-private": acme.private,
  garbage: "-----BEGIN PGP PUBLIC KEY BLOCK-----\n\nmQENBF\n-----END PGP PUBLIC KEY BLOCK-----\n",
  "a password": "hunter2hunter2",
};

const at = (secretArn: keyof typeof secrets) => ({ secretArn });
const calmly = { sleep: () => pause(1) };

const worldOf = (pgp: Partial<PushPgp> = {}, changes: Partial<PushConfig> = {}): World => {
  const world = createWorld(
    stream({
      push: { ...push, pgp: { encryptTo: [at("acme")], armor: false, suffix: ".pgp", ...pgp }, ...changes },
    }),
  );
  for (const [arn, text] of Object.entries(secrets)) world.secrets.set(arn, text);
  return world;
};

const send = async (world: World, name: string, content: string | Buffer) => {
  const bridge = world.bridge(undefined, undefined, { sizes: { ...defaultSizes, part: 6 * 1024 } });
  await bridge.intake(world.put("bucket", `out/${name}`, content));
  await bridge.drainAll(calmly);
  return bridge;
};
const there = (world: World, path: string): Buffer => world.disk.files.get(`inbox/${path}`)?.bytes ?? Buffer.alloc(0);
const decrypt = (file: Buffer) => ring.run(["--passphrase", "", "--decrypt"], file);
const said = (world: World): string => JSON.stringify(world.entries()[0]?.["last_error"]);

test("what no invocation has the time to encrypt is refused before it is begun, with the figure", async (t) => {
  for (const [changes, name] of [
    [{}, "OpenPGP"],
    [{ compress: "zip" }, "zip and OpenPGP"],
  ] as const) {
    const world = worldOf({}, changes);
    const bridge = world.bridge(undefined, undefined, { sizes: { ...defaultSizes, cores: 1e-9 } });
    await bridge.intake(world.put("bucket", "out/file.bin", "some content".repeat(100)));
    await bridge.drainAll(calmly);
    t.deepEqual([...world.disk.files.keys()], []);
    t.regex(
      said(world),
      new RegExp(`has 1200 bytes, and ${name} may need \\d+ s .* an invocation has 900 s.*Raise timeout`),
    );
    t.false([...world.buckets.objects.keys()].some((key) => key.startsWith("config-bucket/staging/")));
  }
});

test("GnuPG decrypts what was sent, and knows who it is from", async (t) => {
  const world = worldOf({ signWith: at("ours"), passphrase: at("words") });
  const content = randomBytes(20_000);
  await send(world, "a/file.bin", content);
  t.deepEqual([...world.disk.files.keys()], ["inbox/a/file.bin.pgp"]);
  const { status, out, said } = decrypt(there(world, "a/file.bin.pgp"));
  t.is(status, 0, said);
  t.true(out.equals(content));
  t.regex(said, /GOODSIG [0-9A-F]+ ours/);
  t.regex(said, /GOODMDC/, "it is protected against changes");
  t.is(world.entries()[0]?.["state"], "delivered");
  t.deepEqual(
    [...world.buckets.objects.keys()].filter((name) => name.startsWith("config-bucket/")),
    [],
  );
});

test("an empty file, as text, without a signature", async (t) => {
  const world = worldOf({ armor: true, suffix: ".asc" });
  await send(world, "file", "");
  const file = there(world, "file.asc");
  t.regex(file.toString(), /^-----BEGIN PGP MESSAGE-----/);
  const { status, out } = decrypt(file);
  t.is(status, 0);
  t.is(out.byteLength, 0);
});

test("it is compressed first, and both are in its name", async (t) => {
  const world = worldOf({}, { compress: "gzip" });
  const content = "line after line\n".repeat(300);
  await send(world, "file.csv", content);
  const { out, status } = decrypt(there(world, "file.csv.gz.pgp"));
  t.is(status, 0);
  t.is(gunzipSync(out).toString(), content);
});

test("each of several keys opens it; one that soon expires is told of, and one that has is left out", async (t) => {
  const world = worldOf({ encryptTo: [at("acme"), at("next")] });
  const bridge = await send(world, "one", "some content");
  const listed = ring.run(["--list-packets"], there(world, "one.pgp")).said;
  t.is([...listed.matchAll(/ENC_TO/g)].length, 1, "the second has expired since");
  t.true(
    bridge.telemetry.lines.some(
      ({ level, message }) => level === "warn" && /encrypt_to.*is left out: [0-9A-F]{40} has expired/.test(message),
    ),
  );

  const earlier = worldOf({ encryptTo: [at("acme"), at("next")] });
  earlier.time.now = Date.UTC(2025, 11, 5);
  const other = await send(earlier, "one", "some content");
  t.is([...ring.run(["--list-packets"], there(earlier, "one.pgp")).said.matchAll(/ENC_TO/g)].length, 2);
  t.true(other.telemetry.lines.some(({ message }) => /push.pgp.encrypt_to\) expires in 15 days/.test(message)));
});

for (const [what, pgp, expected] of [
  [
    "all keys have expired",
    { encryptTo: [at("next")] },
    /push\.pgp\.encrypt_to: [0-9A-F]{40} has expired \(2025-12-21\).*Nothing is sent/,
  ],
  [
    "a private key is no public one",
    { encryptTo: [at("acme-private")] },
    /push\.pgp\.encrypt_to\[0\], secret acme-private, is a private key\. Store the public one/,
  ],
  [
    "what is cut off is no key",
    { encryptTo: [at("garbage")] },
    /encrypt_to\[0\], secret garbage, holds an OpenPGP key that can't be read/,
  ],
  [
    "a password is no key",
    { encryptTo: [at("a password")] },
    /encrypt_to\[0\], secret a password, isn't an OpenPGP key/,
  ],
  [
    "a private key wants its passphrase",
    { signWith: at("ours") },
    /push\.pgp\.sign_with, secret ours, is a private key with a passphrase/,
  ],
  [
    "another passphrase opens nothing",
    { signWith: at("ours"), passphrase: at("wrong") },
    /sign_with, secret ours, can't be opened by the passphrase/,
  ],
] as const)
  test(`nothing is sent, with words: ${what}`, async (t) => {
    const world = worldOf(pgp);
    await send(world, "file", "some content");
    t.deepEqual([...world.disk.files.keys()], []);
    t.regex(said(world), /Stream acme: /);
    t.regex(said(world), expected);
    t.notRegex(JSON.stringify(world.entries()), /hunter2|sesame"|BEGIN PGP P/);
  });

const gaugeOf = async (world: World) => {
  const { invocation, telemetry } = world.bridge();
  await tick(invocation);
  return telemetry.gauges.find(({ name }) => name === "pgp-key-seconds-left")?.value;
};

test("each tick tells how long there are keys: until the last of them expires", async (t) => {
  const world = worldOf({ encryptTo: [at("acme"), at("next")] });
  const day = 86_400;
  t.is(Math.round(((await gaugeOf(world)) ?? 0) / day), 334, "a year from the 1st of December");
  t.true(((await gaugeOf(worldOf({ encryptTo: [at("next")] }))) ?? 0) < 0, "it has expired");
  const broken = worldOf({ encryptTo: [at("garbage")] });
  t.is(await gaugeOf(broken), undefined);
});

test("a check encrypts to each key, and names those that it can't use", async (t) => {
  const step = async (world: World) => {
    const { streams } = await check(world.bridge().invocation, { stream: "acme" });
    return streams[0]?.steps.find((one) => one.step === "push: encrypt to each key");
  };
  const good = await step(worldOf({ signWith: at("ours"), passphrase: at("words") }));
  t.is(good?.verdict, "ok", good?.detail);
  t.regex(
    good?.detail ?? "",
    /encrypt_to\[0\]: [0-9A-F]{40}, until 2026-12-01; push\.pgp\.sign_with: [0-9A-F]{40}, until 2026-12-01/,
  );
  const bad = await step(worldOf({ encryptTo: [at("acme"), at("next")] }));
  t.is(bad?.verdict, "failed");
  t.regex(
    bad?.detail ?? "",
    /encrypt_to\[1\]: [0-9A-F]{40} has expired \(2025-12-21\).*Good: push\.pgp\.encrypt_to\[0\]/,
  );
  t.is((await step(worldOf({ encryptTo: [at("acme-private")] })))?.verdict, "failed");
});
