import { execFileSync } from "node:child_process";
import { generateKeyPairSync } from "node:crypto";
import test from "ava";
import ssh2 from "ssh2";
import { openRemote } from "../../../../lambda/src/sftp/open.ts";
import { changedBy, defaultAlgorithms, usesSha1 } from "../../../../lambda/src/sftp/ssh/algorithms.ts";
import { rsaBits } from "../../../../lambda/src/sftp/ssh/host-keys.ts";
import { mergeOptions } from "../../../../lambda/src/sftp/ssh/options.ts";
import { adversary, recordingLog, remoteErrorOf } from "../../../helpers/sftp/connected.ts";
import { makeKey } from "../../../helpers/sftp/keys.ts";

const password = { password: "secret" };
const rsa = makeKey("rsa", { format: "PEM" });

test("nothing that is offered by default rests on SHA-1, and ssh2 and OpenSSH know all of it", (t) => {
  const names = Object.values(defaultAlgorithms).flat();
  t.deepEqual(names.filter(usesSha1), []);
  for (const name of [
    "ssh-rsa",
    "hmac-sha1",
    "hmac-sha1-etm@openssh.com",
    "hmac-sha1-96",
    "diffie-hellman-group14-sha1",
    "ssh-dss",
  ])
    t.true(usesSha1(name), name);
  const known = ["kex", "cipher", "mac", "HostKeyAlgorithms"]
    .map((kind) => execFileSync("ssh", ["-Q", kind]).toString())
    .join("\n");
  for (const name of names.filter((one) => !/group1[57]|^mlkem/.test(one))) t.true(known.includes(name), name);
});

test("a list is changed as an option says", (t) => {
  t.deepEqual(changedBy(["a", "b"], undefined, "kex"), ["a", "b"]);
  t.deepEqual(changedBy(["a", "b"], ["c"], "kex"), ["c"]);
  t.deepEqual(changedBy(["a", "b"], { append: ["c", "a"], prepend: "d", remove: ["b"] }, "kex"), ["d", "a", "c"]);
  t.throws(() => changedBy(["a"], "c", "kex"), { message: /options\.algorithms\.kex must be a list/ });
});

test("the pinned key's type is asked for first, whatever a stream's list says, with SHA-1 behind the rest of its type", (t) => {
  const listed = (option: unknown, first = ["rsa-sha2-512", "rsa-sha2-256", "ssh-ed25519"]) =>
    mergeOptions({ options: { algorithms: { serverHostKey: option } } }, first).algorithms.serverHostKey;
  t.deepEqual(listed({ append: ["ssh-rsa"] }), ["rsa-sha2-512", "rsa-sha2-256", "ssh-rsa", "ssh-ed25519"]);
  t.deepEqual(listed(["ssh-ed25519", "ssh-rsa"]), ["ssh-rsa", "ssh-ed25519"]);
  t.false(mergeOptions({ options: {} }, ["ssh-ed25519"]).allowSha1);
  t.true(mergeOptions({ options: { algorithms: { serverHostKey: ["ssh-rsa"] } } }, ["ssh-ed25519"]).allowSha1);
});

const old: readonly (readonly [option: string, name: string, more: Record<string, string[]>])[] = [
  ["serverHostKey", "ssh-rsa", {}],
  ["kex", "diffie-hellman-group14-sha1", {}],
  ["hmac", "hmac-sha1", { cipher: ["aes128-ctr"] }],
];
for (const [option, name, more] of old)
  test(`a server that has ${name} only is refused with what allowing it means, and taken where the stream does`, async (t) => {
    const server = await adversary(t, { hostKeys: [rsa.privateKey], algorithms: { ...more, [option]: [name] } });
    const { message } = await remoteErrorOf(t, "handshake", openRemote(server.config, password));
    t.regex(message, new RegExp(`the server offers ${name}; we offer .*All that it offers rests on SHA-1`));
    t.true(
      message.includes(
        `options.algorithms.${option} = { append = ["${name}"] } allows it for this stream, and makes it less safe`,
      ),
    );
    const log = recordingLog();
    const options = { algorithms: { [option]: { append: [name] } } };
    const remote = await openRemote({ ...server.config, options }, password, { log });
    await remote.close();
    t.true(
      log.lines.some((line) => /warn: .*rests on SHA-1/.test(line)),
      log.lines.join("\n"),
    );
  });

test("what was agreed upon is logged once for each connection, and told to whoever watches", async (t) => {
  const lines: (readonly [string, unknown])[] = [];
  const note = (message: string, fields?: unknown) => void lines.push([message, fields]);
  const log = { ...recordingLog(), info: note, with: () => log };
  const server = await adversary(t, {
    ident: "Some_Server 1.2",
    algorithms: { cipher: ["aes256-ctr"], hmac: ["hmac-sha2-512"] },
  });
  const seen: [string, string | undefined][] = [];
  const remote = await openRemote(server.config, password, {
    log,
    reached: (phase, what) => void seen.push([phase, what]),
  });
  await remote.close();
  // What was learned of the server by it is told beside.
  t.deepEqual(
    lines.filter(([message]) => !message.startsWith("Learned of the server")),
    [
      [
        "Connected",
        {
          server: "Some_Server 1.2",
          kex: "curve25519-sha256",
          postQuantum: false,
          hostKey: "ssh-ed25519",
          fingerprint: server.config.hostKeys[0],
          cipher: "aes256-ctr",
          mac: "hmac-sha2-512",
          logIn: "by password",
        },
      ],
    ],
  );
  t.deepEqual(seen.slice(-4), [
    ["greeting", "127.0.0.1"],
    ["handshake", "SSH-2.0-Some_Server 1.2"],
    [
      "log-in",
      `ssh-ed25519 ${server.config.hostKeys[0]}, curve25519-sha256 (not post-quantum), aes256-ctr, hmac-sha2-512`,
    ],
    ["session", "by password"],
  ]);
});

test("the length of an RSA key is known, and a short one is told: the host's, the pinned one, and ours", async (t) => {
  const pem = (bits: number) =>
    generateKeyPairSync("rsa", { modulusLength: bits }).privateKey.export({ type: "pkcs1", format: "pem" }).toString();
  const short = pem(1024);
  const wire = (ssh2.utils.parseKey(short) as ssh2.ParsedKey).getPublicSSH();
  t.is(rsaBits(wire), 1024);
  t.is(rsaBits((ssh2.utils.parseKey(pem(2047)) as ssh2.ParsedKey).getPublicSSH()), 2047);
  t.is(rsaBits(makeKey("ed25519").publicKey), undefined);
  const server = await adversary(t, { hostKeys: [short], publicKey: wire });
  const log = recordingLog();
  const pinned = { ...server.config, hostKeys: [`ssh-rsa ${wire.toString("base64")}`] };
  const remote = await openRemote(pinned, { privateKey: short }, { log });
  await remote.close();
  for (const whose of ["A pinned host key", "The partner's host key", "Our private key"])
    t.true(
      log.lines.some((line) => line.startsWith(`warn: ${whose} is RSA with 1024 bits`)),
      whose,
    );
  const stranger = await remoteErrorOf(t, "authentication", openRemote(pinned, { privateKey: pem(1024) }));
  t.regex(stranger.message, /Our private key is RSA with 1024 bits/);
});

test("a server that shows one key whatever is asked for is refused, and not asked without end", async (t) => {
  const server = await adversary(t, { hostKeys: [makeKey("ed25519").privateKey, makeKey("ecdsa").privateKey] });
  const options = { algorithms: { serverHostKey: ["ssh-ed25519"] } };
  const pins = [makeKey("ecdsa").fingerprint];
  await remoteErrorOf(t, "host-key", openRemote({ ...server.config, options, hostKeys: pins }, password));
  t.true(server.sessions.all < 6);
});
