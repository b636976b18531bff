import { execFileSync } from "node:child_process";
import test from "ava";
import { parsePrivateKey } from "../../../../lambda/src/sftp/ssh/private-key.ts";
import { makeKey } from "../../../helpers/sftp/keys.ts";

const passphrase = "correct horse";
const openssl = (...args: string[]) =>
  execFileSync("openssl", args, { stdio: ["ignore", "pipe", "ignore"] }).toString();

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
  refuse(plain.privateKey.slice(0, 200), undefined, /damaged/);
  refuse(openssl("genpkey", "-algorithm", "ed25519"), undefined, /PKCS#8 key of type ed25519.*ssh-keygen -p/);
  refuse('{"privateKey":"x"}', undefined, /isn't a private key/);
});

test("a key that was opened once is opened at once, but not with another passphrase", (t) => {
  const key = makeKey("ed25519", { passphrase });
  t.is(parsePrivateKey(key.privateKey, passphrase), parsePrivateKey(key.privateKey, passphrase));
  t.throws(() => parsePrivateKey(key.privateKey, "wrong"), { message: /passphrase is wrong/ });
});
