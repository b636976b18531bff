import { chmodSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import test, { type ExecutionContext } from "ava";
import { openRemote } from "../../../../../lambda/src/sftp/open.ts";
import { parseCertificate } from "../../../../../lambda/src/sftp/ssh/certificates/parse.ts";
import { makeAuthority } from "../../../../helpers/sftp/certificates.ts";
import { remoteErrorOf } from "../../../../helpers/sftp/connected.ts";
import { makeKey } from "../../../../helpers/sftp/keys.ts";
import { sshdConfig } from "../../../../helpers/sftp/sshd-config.ts";
import { startSshd } from "../../../../stack/sshd.ts";

const authority = makeAuthority();
const keys = { ed25519: makeKey("ed25519"), ecdsa: makeKey("ecdsa"), rsa: makeKey("rsa") };

/** An OpenSSH server that lets in whom the authority has certified, and no plain key. */
const trusting = async (t: ExecutionContext, lines: readonly string[]) => {
  const folder = mkdtempSync(join(tmpdir(), "trust-"));
  chmodSync(folder, 0o755);
  writeFileSync(join(folder, "ca"), `${lines.join("\n")}\n`, { mode: 0o644 });
  const sshd = await startSshd({ config: { TrustedUserCAKeys: join(folder, "ca") } });
  t.teardown(async () => {
    await sshd.stop();
    rmSync(folder, { recursive: true });
  });
  return sshd;
};

test("a certificate logs in, with each type of key and of authority, where the key alone doesn't", async (t) => {
  const authorities = [authority, makeAuthority("ecdsa"), makeAuthority("rsa")];
  const sshd = await trusting(
    t,
    authorities.map(({ publicLine }) => publicLine),
  );
  const principals = [sshd.username];
  for (const [at, { privateKey, publicLine }] of Object.values(keys).entries()) {
    const certificate = authorities[at]?.sign({ publicLine, principals, validity: "-1d:+1d" }) ?? "";
    const seen: string[] = [];
    const reached = (_: unknown, what = "") => void seen.push(what);
    const remote = await openRemote(sshdConfig(sshd), { privateKey, certificate }, { reached });
    t.is((await remote.stat("."))?.kind, "directory");
    t.regex(seen.at(-1) ?? "", /^by publickey \(\S+-cert-v01@openssh\.com, valid from .*Z to .*Z\)$/);
    await remote.close();
  }
  const { privateKey } = keys.ed25519;
  await remoteErrorOf(t, "authentication", openRemote(sshdConfig(sshd), { privateKey }));
});

test("a certificate for another principal, or of an authority that isn't trusted, is refused with words for it", async (t) => {
  const sshd = await trusting(t, [authority.publicLine]);
  const { privateKey, publicLine } = keys.ed25519;
  const refusalWith = async (certificate: string) =>
    (await remoteErrorOf(t, "authentication", openRemote(sshdConfig(sshd), { privateKey, certificate }))).message;
  const other = await refusalWith(
    authority.sign({ publicLine, principals: ["somebody", "else"], more: ["-O", "source-address=192.0.2.1/32"] }),
  );
  t.regex(other, /log-in refused: tried the private key;.*certificate "a test", serial 7/);
  t.regex(other, /for "somebody", "else" and not for "[^"]+".*sign our key with -n .*restricted by source-address/);
  const stranger = await refusalWith(makeAuthority().sign({ publicLine, principals: [sshd.username] }));
  t.regex(stranger, /see that the server trusts this authority \(TrustedUserCAKeys\)/);
});

const nowhere = {
  host: "127.0.0.1",
  port: 1,
  username: "us",
  hostKeys: [keys.ed25519.fingerprint],
  insecureIgnoreHostKey: false,
  maxConnections: 1,
  connectTimeoutSeconds: 5,
  operationTimeoutSeconds: 5,
  options: {},
} as const;

const own = keys.ed25519;
const signed = (more: Partial<Parameters<typeof authority.sign>[0]> = {}) =>
  authority.sign({ publicLine: own.publicLine, principals: ["us"], ...more });
const flipped = (): string => {
  const [type = "", body = ""] = signed().split(" ");
  const blob = Buffer.from(body, "base64");
  // Within the key's id.
  const at = blob.indexOf("a test");
  blob[at] = 66;
  return `${type} ${blob.toString("base64")}`;
};

for (const [what, certificate, message] of [
  [
    "expired",
    signed({ validity: "20200101:20200201" }),
    /it has expired: it was valid from 2020-01-01T.*Z to 2020-0.*sign our public key again/,
  ],
  ["not valid yet", signed({ validity: "20400101:20410101" }), /isn't valid yet: it is valid from 2040-01-01T/],
  ["a host's", signed({ host: true }), /it is a host certificate.*without -h/],
  [
    "another key's",
    authority.sign({ publicLine: keys.rsa.publicLine, principals: ["us"] }),
    /it is for the key SHA256:.{43}, and private_key is SHA256:/,
  ],
  ["cut off", signed().slice(0, 300), /it is damaged or was cut off/],
  ["changed on the way", flipped(), /its signature isn't the authority's/],
  ["a public key", own.publicLine, /it is a public key or a type of certificate that isn't known.*-cert\.pub/],
  ["no certificate", "hello", /it isn't a certificate of OpenSSH/],
] as const)
  test(`a certificate that is ${what} is refused before anything is connected to, in words of its own`, async (t) => {
    const error = await remoteErrorOf(
      t,
      "authentication",
      openRemote(nowhere, { privateKey: own.privateKey, certificate }),
    );
    t.regex(error.message, message);
  });

test("what ssh-keygen prints of a certificate is what is read, and no part of one reads as one", (t) => {
  const blob = Buffer.from(signed({ validity: "20260101:20270101" }).split(" ")[1] ?? "", "base64");
  t.like(parseCertificate(blob), { id: "a test", serial: 7n, kind: 1, principals: ["us"], keyType: "ssh-ed25519" });
  for (let length = 0; length < blob.length; length += 1) t.is(parseCertificate(blob.subarray(0, length)), undefined);
  t.is(parseCertificate(Buffer.concat([blob, Buffer.from([0])])), undefined);
});
