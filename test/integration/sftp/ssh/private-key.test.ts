import { execFileSync } from "node:child_process";
import { generateKeyPairSync } from "node:crypto";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import test from "ava";
import { parsePrivateKey } from "../../../../lambda/src/sftp/ssh/private-key.ts";
import { makeKey } from "../../../helpers/sftp/keys.ts";

const passphrase = "correct horse";

for (const type of ["ed25519", "rsa", "ecdsa"] as const)
  test(`an OpenSSH key of type ${type} is read, with and without passphrase`, (t) => {
    const plain = makeKey(type);
    t.deepEqual(parsePrivateKey(plain.privateKey).getPublicSSH(), plain.publicKey);
    const locked = makeKey(type, { passphrase });
    t.deepEqual(parsePrivateKey(locked.privateKey, passphrase).getPublicSSH(), locked.publicKey);
  });

for (const format of ["PEM", "PKCS8"] as const)
  for (const type of ["rsa", "ecdsa"] as const)
    test(`a ${format} key of type ${type} is read, with and without passphrase`, (t) => {
      const plain = makeKey(type, { format });
      t.deepEqual(parsePrivateKey(plain.privateKey).getPublicSSH(), plain.publicKey);
      const locked = makeKey(type, { format, passphrase });
      t.deepEqual(parsePrivateKey(locked.privateKey, passphrase).getPublicSSH(), locked.publicKey);
      t.throws(() => parsePrivateKey(locked.privateKey, "wrong"), { message: /passphrase is wrong/ });
      t.throws(() => parsePrivateKey(locked.privateKey), { message: /encrypted and there is no passphrase/ });
    });

test("an Ed25519 key in PKCS#8 is read and signs as ever, with and without passphrase", (t) => {
  for (let times = 0; times < 3; times += 1) {
    const { privateKey } = generateKeyPairSync("ed25519");
    const type = { format: "pem", type: "pkcs8" } as const;
    const plain = parsePrivateKey(privateKey.export(type).toString());
    t.is(plain.type, "ssh-ed25519");
    const locked = privateKey.export({ ...type, cipher: "aes-256-cbc", passphrase }).toString();
    t.deepEqual(parsePrivateKey(locked, passphrase).getPublicSSH(), plain.getPublicSSH());
    t.throws(() => parsePrivateKey(locked, "wrong"), { message: /passphrase is wrong/ });
    const raw = Buffer.from(privateKey.export({ format: "jwk" }).x ?? "", "base64url");
    t.deepEqual(plain.getPublicSSH().subarray(-32), raw);
    const data = Buffer.from("signed");
    t.true(plain.verify(data, plain.sign(data) as Buffer) === true);
  }
});

test("every wrong passphrase is told as one, also those that seem to open the key", (t) => {
  const locked = generateKeyPairSync("ed25519")
    .privateKey.export({ format: "pem", type: "pkcs8", cipher: "aes-256-cbc", passphrase })
    .toString();
  for (let times = 0; times < 800; times++)
    t.throws(() => parsePrivateKey(locked, `wrong ${times}`), { message: /passphrase is wrong/ });
});

/** What a command, as an error names it, makes of a copy of the key: `copy-of-the-key` in place, or `new-key`. */
const converted = (text: string, command: string, more: readonly string[]): string => {
  const folder = mkdtempSync(join(tmpdir(), "convert-"));
  try {
    const file = (name: string) => join(folder, name);
    writeFileSync(file("copy-of-the-key"), text, { mode: 0o600 });
    const [program = "", ...args] = command.split(" ");
    const named = args.map((word) => (/^(copy-of-the-key|new-key)$/.test(word) ? file(word) : word));
    execFileSync(program, [...named, ...more], { stdio: ["ignore", "pipe", "pipe"] });
    return readFileSync(file(command.includes("new-key") ? "new-key" : "copy-of-the-key"), "utf8");
  } finally {
    rmSync(folder, { recursive: true });
  }
};
const commandIn = (message: string) => /`(.+?)`/.exec(message)?.[1] ?? "none";

test("encryption that is too old names the command that renews it, and the command does", (t) => {
  const key = makeKey("rsa", { format: "PEM" });
  const legacy = ["-provider", "legacy", "-provider", "default", "-passout", `pass:${passphrase}`];
  for (const old of [
    converted(key.privateKey, "openssl pkcs8 -topk8 -v1 PBE-MD5-DES -in copy-of-the-key -out new-key", legacy),
    converted(key.privateKey, "openssl rsa -traditional -des -in copy-of-the-key -out new-key", legacy),
  ]) {
    const { message } = t.throws(() => parsePrivateKey(old, passphrase), { message: /DES or RC2/ });
    const phrases = ["-passin", `pass:${passphrase}`, "-passout", `pass:${passphrase}`];
    const renewed = converted(old, commandIn(message), phrases);
    t.deepEqual(parsePrivateKey(renewed, passphrase).getPublicSSH(), key.publicKey);
    t.throws(() => parsePrivateKey(renewed), { message: /encrypted/ }, "it isn't left open");
  }
});

test("a cipher of OpenSSH that isn't known names the command that changes it, and the command does", (t) => {
  const key = makeKey("ed25519", { passphrase });
  const phrases = ["-P", passphrase, "-N", passphrase];
  for (const cipher of ["aes128-ctr", "aes192-cbc", "aes256-gcm@openssh.com"]) {
    const known = converted(key.privateKey, `ssh-keygen -p -Z ${cipher} -f copy-of-the-key`, phrases);
    t.deepEqual(parsePrivateKey(known, passphrase).getPublicSSH(), key.publicKey, cipher);
  }
  const odd = converted(key.privateKey, "ssh-keygen -p -Z chacha20-poly1305@openssh.com -f copy-of-the-key", phrases);
  const { message } = t.throws(() => parsePrivateKey(odd, passphrase), { message: /chacha20-poly1305/ });
  const changed = converted(odd, commandIn(message), phrases);
  t.deepEqual(parsePrivateKey(changed, passphrase).getPublicSSH(), key.publicKey);
});

test("types that SSH has no use for, DSA, and several keys in one secret are told as such", (t) => {
  const pem = (type: "x25519" | "ed448") =>
    (generateKeyPairSync as (type: string) => ReturnType<typeof generateKeyPairSync>)(type).privateKey;
  for (const type of ["x25519", "ed448"] as const)
    t.throws(() => parsePrivateKey(pem(type).export({ format: "pem", type: "pkcs8" }).toString()), {
      message: new RegExp(`a key of type ${type}\\. Use a key of type ed25519`),
    });
  const { privateKey } = generateKeyPairSync("ec", { namedCurve: "secp256k1" });
  t.throws(() => parsePrivateKey(privateKey.export({ format: "pem", type: "sec1" }).toString()), {
    message: /a key of type secp256k1/,
  });
  const dsa = generateKeyPairSync("dsa", { modulusLength: 1024, divisorLength: 160 }).privateKey;
  t.throws(() => parsePrivateKey(dsa.export({ format: "pem", type: "pkcs8" }).toString()), {
    message: /DSA key.*`ssh-keygen -t ed25519`/,
  });
  const two = makeKey("ed25519").privateKey + makeKey("rsa").privateKey;
  t.throws(() => parsePrivateKey(two), { message: /several private keys/ });
});

test("a passphrase for a key that has none does no harm", (t) => {
  const key = makeKey("ed25519");
  t.deepEqual(parsePrivateKey(key.privateKey, passphrase).getPublicSSH(), key.publicKey);
});

test("line breaks that a secret store has changed are put right", (t) => {
  const { privateKey, publicKey } = makeKey("ed25519");
  for (const changed of [
    privateKey.replaceAll("\n", "\\n"),
    privateKey.replaceAll("\n", "\r\n"),
    privateKey.trim().replaceAll("\n", " "),
    `  ${privateKey}\n\n`,
  ])
    t.deepEqual(parsePrivateKey(changed).getPublicSSH(), publicKey);
});

test("each mistake has its own message, and none repeats the key", (t) => {
  const plain = makeKey("ed25519");
  const locked = makeKey("ed25519", { passphrase });
  const refuse = (text: string, given: string | undefined, message: RegExp) => {
    const error = t.throws(() => parsePrivateKey(text, given), { name: "RemoteError", message });
    t.is((error as { kind?: string }).kind, "authentication");
    t.notRegex(error.message, /[A-Za-z0-9+/]{30}/);
    if (given) t.false(error.message.includes(given));
  };
  refuse(locked.privateKey, undefined, /encrypted and there is no passphrase.*`passphrase`/);
  refuse(locked.privateKey, "wrong one", /passphrase is wrong/);
  refuse(plain.publicLine, undefined, /is a public key.*without \.pub/);
  refuse("-----BEGIN PUBLIC KEY-----\nMFkw\n-----END PUBLIC KEY-----", undefined, /is a public key/);
  refuse("hunter2", undefined, /isn't a private key/);
  refuse("", undefined, /it is empty/);
  refuse(plain.privateKey.slice(0, 200), undefined, /it was cut off/);
  refuse(plain.privateKey.replace(/\n.{20}/, "\n"), undefined, /it is damaged/);
  refuse('{"privateKey":"x"}', undefined, /isn't a private key/);
});

test("a key that was opened once is opened at once, but not with another passphrase", (t) => {
  const key = makeKey("ed25519", { passphrase });
  t.is(parsePrivateKey(key.privateKey, passphrase), parsePrivateKey(key.privateKey, passphrase));
  t.throws(() => parsePrivateKey(key.privateKey, "wrong"), { message: /passphrase is wrong/ });
});
