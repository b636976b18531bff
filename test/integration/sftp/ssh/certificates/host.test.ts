import { chmodSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import test from "ava";
import { openRemote } from "../../../../../lambda/src/sftp/open.ts";
import { trustIn } from "../../../../../lambda/src/sftp/ssh/certificates/host.ts";
import { makeAuthority } from "../../../../helpers/sftp/certificates.ts";
import { recordingLog, remoteErrorOf } from "../../../../helpers/sftp/connected.ts";
import { makeKey } from "../../../../helpers/sftp/keys.ts";
import { sshdConfig } from "../../../../helpers/sftp/sshd-config.ts";
import { startSshd } from "../../../../stack/sshd.ts";

const authority = makeAuthority("ecdsa");
const host = "127.0.0.1";

test("OpenSSH's host certificates are trusted by their authority, with each type of key, and at a new exchange of keys", async (t) => {
  const folder = mkdtempSync(join(tmpdir(), "host-"));
  chmodSync(folder, 0o755);
  const file = join(folder, "cert.pub");
  const config = { HostCertificate: file, RekeyLimit: "64K" };
  const sshd = await startSshd({ hostKeys: ["ed25519", "ecdsa", "rsa"], config });
  t.teardown(async () => {
    await sshd.stop();
    rmSync(folder, { recursive: true });
  });
  const { privateKey } = sshd.key;
  const trusting = { ...sshdConfig(sshd), hostKeys: [], hostCaKeys: [authority.publicLine] };

  const plain = await remoteErrorOf(t, "host-key", openRemote(trusting, { privateKey }));
  t.regex(plain.message, /host key refused: offered was SHA256:.* without a certificate; trusted is what SHA256:/);

  for (const [at, line] of sshdConfig(sshd).hostKeys.entries()) {
    const publicLine = line.split(" ").slice(1).join(" ");
    writeFileSync(file, authority.sign({ publicLine, host: true, principals: [host], validity: "-1d:+1d" }));
    await sshd.down();
    await sshd.up();
    const seen: string[] = [];
    const log = recordingLog();
    const reached = (_: unknown, what = "") => void seen.push(what);
    const remote = await openRemote(trusting, { privateKey }, { reached, log });
    const vouched = `cert-v01@openssh.com ${sshd.fingerprints[at]} (certified for "127.0.0.1" as "a test", serial 7, by ${authority.fingerprint}, valid from `;
    t.true(seen.join("\n").includes(vouched), seen.join("\n"));
    t.notRegex(log.lines.join("\n"), /another host key/);
    if (at === 2) {
      // More than the limit behind which the server asks for new keys.
      const writer = await remote.openWrite("large", { mode: "create" });
      for (let count = 0; count < 8; count += 1) await writer.write(Buffer.alloc(64 * 1024));
      await writer.close();
      t.is((await remote.stat("large"))?.size, 512 * 1024);
    }
    await remote.close();
  }

  const stranger = { ...trusting, hostCaKeys: [makeAuthority().publicLine] };
  const { message } = await remoteErrorOf(t, "host-key", openRemote(stranger, { privateKey }));
  t.regex(
    message,
    /host certificate refused: its authority isn't one of host_ca_keys \(SHA256:.*What was shown is SHA256:.*ssh-rsa-cert-v01/,
  );
  const pinned = await openRemote({ ...stranger, hostKeys: sshd.fingerprints }, { privateKey });
  await pinned.close();
});

const server = makeKey("ed25519");
const rsa = makeAuthority("rsa");
const trust = trustIn([authority.publicLine, `@cert-authority *.example ${rsa.publicLine}`], "sftp.example", Date.now);
const signed = (more: Partial<Parameters<typeof authority.sign>[0]> = {}, by = authority) =>
  Buffer.from(
    by.sign({ publicLine: server.publicLine, host: true, principals: ["SFTP.example"], ...more }).split(" ")[1] ?? "",
    "base64",
  );
const flipped = (): Buffer => {
  const blob = signed();
  blob[blob.indexOf("a test")] = 66;
  return blob;
};

test("what an authority has certified for this host is trusted; a plain key is no certificate", (t) => {
  t.is(trust.judge(signed())?.fault, undefined);
  t.is(trust.judge(signed({}, rsa))?.fault, undefined);
  t.true(trust.judge(signed())?.key.equals(server.publicKey));
  t.is(trust.judge(server.publicKey), undefined);
});

for (const [what, blob, fault] of [
  ["of an authority that isn't named", signed({}, makeAuthority()), /authority isn't one of host_ca_keys/],
  ["a user's", signed({ host: false }), /it is a user's certificate.*ssh-keygen -h/],
  ["expired", signed({ validity: "20200101:20200201" }), /it has expired: it was valid from 2020-01-01T/],
  ["not valid yet", signed({ validity: "20400101:20410101" }), /it isn't valid yet: it is valid from 2040/],
  [
    "for another host",
    signed({ principals: ["other.example"] }),
    /it is for "other\.example", and not for sftp\.example/,
  ],
  ["for a pattern", signed({ principals: ["*.example"] }), /it is for "\*\.example", and not for sftp\.example/],
  [
    "for nobody in particular",
    signed({ principals: undefined as never }),
    /it is for no principal, and not for sftp\.example/,
  ],
  [
    "bound to a condition",
    signed({ more: ["-O", "critical:only@here=1"] }),
    /conditions that aren't known here \(only@here\)/,
  ],
  ["signed with SHA-1", signed({ more: ["-t", "ssh-rsa"] }, rsa), /signed it with SHA-1/],
  ["changed on the way", flipped(), /its signature isn't the authority's/],
  ["cut off", signed().subarray(0, 200), /it can't be read/],
] as const)
  test(`a host certificate that is ${what} isn't trusted, in words of its own`, (t) => {
    t.regex(trust.judge(blob)?.fault ?? "it is trusted", fault);
  });

for (const [what, entry, message] of [
  ["a fingerprint", authority.fingerprint, /is a fingerprint\. Give the authority's public key/],
  ["a server's own line", `sftp.example ${server.publicLine}`, /is a server's own key\. It goes into host_keys/],
  [
    "a certificate",
    authority.sign({ publicLine: server.publicLine }),
    /is a certificate\. Give the public key of the authority/,
  ],
  ["a revoked key", `@revoked * ${server.publicLine}`, /is marked @revoked/],
  ["a key that was cut off", "ssh-ed25519 AAAA", /has no ssh-ed25519 key/],
  ["something else", "hello", /has no key of a type that is known/],
] as const)
  test(`${what} is no authority`, (t) => {
    t.throws(() => trustIn([entry], "sftp.example", Date.now), { message });
  });
