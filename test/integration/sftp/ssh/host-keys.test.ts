import test from "ava";
import {
  fingerprintOf,
  hostKeyAlgorithms,
  hostKeyError,
  isPinned,
  nextKeyType,
  parsePinnedKeys,
  typeOf,
} from "../../../../lambda/src/sftp/ssh/host-keys.ts";
import { makeKey } from "../../../helpers/sftp/keys.ts";

const ed25519 = makeKey("ed25519");
const rsa = makeKey("rsa");
const ecdsa = makeKey("ecdsa");

test("the fingerprint is the one that ssh-keygen prints", (t) => {
  for (const key of [ed25519, rsa, ecdsa]) t.is(fingerprintOf(key.publicKey), key.fingerprint);
  t.is(typeOf(ed25519.publicKey), "ssh-ed25519");
  t.is(typeOf(Buffer.from("junk")), "unknown");
});

for (const [what, entry] of Object.entries({
  "a fingerprint": ed25519.fingerprint,
  "a padded fingerprint": `${ed25519.fingerprint}=`,
  "a line of ssh-keygen -l": ed25519.listed,
  "a bare key": ed25519.publicLine.split(" ").slice(0, 2).join(" "),
  "a .pub file": `${ed25519.publicLine}\n`,
  "a line of known_hosts": `sftp.example.com,192.0.2.1 ${ed25519.publicLine}`,
  "a port in known_hosts": `[sftp.example.com]:2222 ${ed25519.publicLine}`,
  "a hashed host": `|1|F1E1KeoE/eEWhi10WpGv4OdiO6Y=|3988QV0VE8wmZL7suNrYQLITLCg= ${ed25519.publicLine}`,
  "what ssh-keyscan prints": `# sftp.example.com:22 SSH-2.0-OpenSSH_9.2\nsftp.example.com ${rsa.publicLine}\n\nsftp.example.com ${ed25519.publicLine}\n`,
}))
  test(`${what} pins a key`, (t) => {
    const pins = parsePinnedKeys([entry]);
    t.true(isPinned(pins, ed25519.publicKey));
    t.false(isPinned(pins, ecdsa.publicKey));
  });

test("what says the type of the key is asked for first", (t) => {
  t.is(parsePinnedKeys([rsa.listed])[0]?.type, "ssh-rsa");
  t.deepEqual(hostKeyAlgorithms(parsePinnedKeys([rsa.publicLine])).slice(0, 3), [
    "rsa-sha2-512",
    "rsa-sha2-256",
    "ssh-ed25519",
  ]);
  t.is(hostKeyAlgorithms(parsePinnedKeys([ecdsa.publicLine]))[0], "ecdsa-sha2-nistp256");
  t.is(hostKeyAlgorithms(parsePinnedKeys([rsa.fingerprint]))[0], "ssh-ed25519");
  const all = hostKeyAlgorithms(parsePinnedKeys([rsa.publicLine]));
  t.is(new Set(all).size, all.length);
});

test("a mere fingerprint may belong to any key that the server offers", (t) => {
  const offered = ["rsa-sha2-512", "rsa-sha2-256", "ssh-ed25519"];
  const pins = parsePinnedKeys([rsa.fingerprint]);
  t.is(nextKeyType(pins, offered, new Set(["ssh-ed25519"])), "ssh-rsa");
  t.is(nextKeyType(pins, offered, new Set(["ssh-ed25519", "ssh-rsa"])), undefined);
  t.is(nextKeyType(parsePinnedKeys([ecdsa.publicLine]), offered, new Set(["ssh-ed25519"])), undefined);
});

for (const [what, entry, message] of [
  ["an MD5 fingerprint", "MD5:16:27:ac:a5:76:28:2d:36:63:1b:56:4d:eb:df:a6:48", /is an MD5 fingerprint.*Give SHA256/],
  ["a fingerprint that was cut off", ed25519.fingerprint.slice(0, -5), /no SHA256 fingerprint.*43 characters/],
  ["a key that was cut off", "ssh-ed25519 AAAA", /has no ssh-ed25519 key.*cut off/],
  ["a key under another type", ed25519.publicLine.replace("ssh-ed25519", "ssh-rsa"), /has no ssh-rsa key/],
  ["a certificate authority", `@cert-authority *.example.com ${ed25519.publicLine}`, /marked @cert-authority/],
  ["a host name", "sftp.example.com", /neither a fingerprint nor a key/],
] as const)
  test(`${what} is refused`, (t) => {
    const error = t.throws(() => parsePinnedKeys([entry]), { name: "RemoteError", message });
    t.is((error as { kind?: string }).kind, "host-key");
  });

test("the refusal shows both keys, their types and what to do", (t) => {
  const { kind, message } = hostKeyError("us@host:22", parsePinnedKeys([rsa.publicLine]), [ed25519.publicKey]);
  t.is(kind, "host-key");
  for (const part of [
    "us@host:22",
    `${rsa.fingerprint} (ssh-rsa)`,
    `${ed25519.fingerprint} (ssh-ed25519)`,
    `"${ed25519.fingerprint}"`,
    "Ask the partner",
  ])
    t.true(message.includes(part), part);
});
