import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import test from "ava";
import { parsePrivateKey } from "../../../../lambda/src/sftp/ssh/private-key.ts";
import { makeKey } from "../../../helpers/sftp/keys.ts";

const passphrase = "correct horse";

/** `text` through puttygen, as in `-O private -o new`; the file that it wrote. */
const puttygen = (text: string, args: readonly string[], phrases: { old?: string; new?: string } = {}): string => {
  const folder = mkdtempSync(join(tmpdir(), "putty-"));
  try {
    const at = (name: string) => join(folder, name);
    writeFileSync(at("in"), text, { mode: 0o600 });
    writeFileSync(at("old"), phrases.old ?? "");
    writeFileSync(at("new"), phrases.new ?? "");
    const files = ["--random-device", "/dev/urandom", "--old-passphrase", at("old"), "--new-passphrase", at("new")];
    execFileSync("puttygen", [at("in"), ...args, ...files, "-o", at("out")], { stdio: ["ignore", "ignore", "pipe"] });
    return readFileSync(at("out"), "utf8");
  } finally {
    rmSync(folder, { recursive: true });
  }
};

for (const version of ["2", "3"] as const)
  for (const type of ["ed25519", "rsa", "ecdsa"] as const)
    test(`a PuTTY key of version ${version} and type ${type} is read, with and without passphrase`, (t) => {
      const key = makeKey(type);
      const change = ["-P", "-C", "C:\\new key, 100%", "-O", "private", "--ppk-param", `version=${version}`];
      const plain = puttygen(key.privateKey, change);
      t.regex(plain, new RegExp(`^PuTTY-User-Key-File-${version}: `));
      t.deepEqual(parsePrivateKey(plain).getPublicSSH(), key.publicKey);
      for (const mangled of [plain.replaceAll("\n", "\r\n"), plain.replace(/\r?\n/g, "\r"), `"${plain}"`])
        t.deepEqual(parsePrivateKey(mangled).getPublicSSH(), key.publicKey);

      const locked = puttygen(key.privateKey, change, { new: passphrase });
      t.regex(locked, /Encryption: aes256-cbc/);
      const opened = parsePrivateKey(locked, passphrase);
      t.deepEqual(opened.getPublicSSH(), key.publicKey);
      const data = Buffer.from("to be signed");
      t.true(parsePrivateKey(key.privateKey).verify(data, opened.sign(data) as Buffer) === true);
      t.throws(() => parsePrivateKey(locked, "wrong"), { message: /passphrase is wrong/ });
      t.throws(() => parsePrivateKey(locked), { message: /encrypted and there is no passphrase/ });
    });

for (const derivation of ["argon2i", "argon2d", "argon2id"])
  test(`a passphrase that is stretched by ${derivation} opens a key`, (t) => {
    const key = makeKey("ed25519");
    const params = `version=3,kdf=${derivation},memory=1024,passes=3,parallelism=2`;
    const locked = puttygen(key.privateKey, ["-P", "-O", "private", "--ppk-param", params], { new: passphrase });
    t.deepEqual(parsePrivateKey(locked, passphrase).getPublicSSH(), key.publicKey);
  });

test("line breaks that became blanks or escapes are put right, where the comment has none", (t) => {
  const key = makeKey("ecdsa");
  const plain = puttygen(key.privateKey, ["-P", "-C", "acme", "-O", "private"]).trim();
  for (const mangled of [
    plain.replace(/\r?\n/g, " "),
    plain.replace(/\r?\n/g, "\\n"),
    plain.replace(/\r?\n/g, "\\\\r\\\\n"),
  ])
    t.deepEqual(parsePrivateKey(mangled).getPublicSSH(), key.publicKey);
});

test("a key that was changed or cut off is refused", (t) => {
  const plain = puttygen(makeKey("ed25519").privateKey, ["-P", "-C", "acme", "-O", "private"]);
  t.throws(() => parsePrivateKey(plain.replace("Comment: acme", "Comment: bolt")), { message: /it is damaged/ });
  t.throws(() => parsePrivateKey(plain.slice(0, 200)), { message: /it was cut off/ });
});

/** The command between backquotes in an error, run over a copy as its reader would; what it wrote. */
const remedyOf = (message: string): readonly string[] =>
  (/`puttygen copy-of-the-key ([^`]*) -o new-key`/.exec(message)?.[1] ?? "").split(" ");

test("what can't be read names the command that converts it, and the command does", (t) => {
  const key = makeKey("rsa");
  const params = "version=3,memory=131072,passes=1";
  const heavy = puttygen(key.privateKey, ["-P", "-O", "private", "--ppk-param", params], { new: passphrase });
  const tectia = puttygen(key.privateKey, ["-P", "-O", "private-sshcom"], { new: passphrase });
  for (const [text, reason] of [
    [heavy, /takes 128 MiB and 1 passes/],
    [tectia, /in Tectia's format/],
  ] as const) {
    const { message } = t.throws(() => parsePrivateKey(text, passphrase), { message: reason });
    const converted = puttygen(text, remedyOf(message), { old: passphrase, new: passphrase });
    t.deepEqual(parsePrivateKey(converted, passphrase).getPublicSSH(), key.publicKey);
    t.throws(() => parsePrivateKey(converted), { message: /encrypted/ }, "the passphrase is kept");
  }
  t.throws(() => parsePrivateKey("PuTTY-User-Key-File-1: ssh-rsa\nEncryption: none\n"), {
    message: /a version that can't be read.*puttygen/,
  });
});
