import { randomBytes } from "node:crypto";
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import test, { type ExecutionContext } from "ava";
import type { SftpConfig, ViaConfig } from "../../../../../lambda/src/config/types.ts";
import type { LogInSecrets } from "../../../../../lambda/src/secrets/types.ts";
import { openRemote } from "../../../../../lambda/src/sftp/open.ts";
import { makeAuthority } from "../../../../helpers/sftp/certificates.ts";
import { adversary, contentOf, recordingLog, remoteErrorOf, writeWhole } from "../../../../helpers/sftp/connected.ts";
import { makeKey } from "../../../../helpers/sftp/keys.ts";
import { rawServer } from "../../../../helpers/sftp/log-in-server.ts";
import { sshdConfig } from "../../../../helpers/sftp/sshd-config.ts";
import { type Sshd, type SshdOptions, startSshd } from "../../../../stack/sshd.ts";

const start = async (t: ExecutionContext, options: SshdOptions = {}): Promise<Sshd> => {
  const sshd = await startSshd(options);
  t.teardown(() => sshd.stop());
  return sshd;
};

const viaOf = (jump: Sshd, hostKeys: readonly string[] = [jump.fingerprint]): ViaConfig => ({
  type: "ssh",
  host: "127.0.0.1",
  port: jump.port,
  username: jump.username,
  hostKeys,
});

const open = async (
  t: ExecutionContext,
  config: SftpConfig,
  via: ViaConfig,
  secrets: LogInSecrets,
  own: LogInSecrets = { password: "secret" },
) => {
  const log = recordingLog();
  const remote = await openRemote({ ...config, via }, { ...own, via: secrets }, { log });
  t.teardown(() => remote.close());
  return { remote, log };
};

test("files move through OpenSSH as a jump host, whose keys aren't the partner's", async (t) => {
  const [jump, target] = await Promise.all([start(t), start(t, { config: { RekeyLimit: "1M" } })]);
  const secrets = { privateKey: jump.lockedKey.privateKey, passphrase: jump.lockedKey.passphrase };
  const own = { privateKey: target.key.privateKey };
  const { remote } = await open(t, sshdConfig(target), viaOf(jump), secrets, own);
  t.is(remote.partner, `${target.username}@127.0.0.1:${target.port}`);
  const content = randomBytes(12_000_000);
  await writeWhole(remote, "f", content, 500_000);
  t.true((await contentOf(await remote.openRead("f", { size: content.length }))).equals(content));
  await remote.close();
  // The partner's pins stay the partner's: the jump host's key isn't one of them.
  const swapped = { ...sshdConfig(target), hostKeys: [jump.fingerprint] };
  const error = await remoteErrorOf(t, "host-key", open(t, swapped, viaOf(jump), secrets, own));
  t.regex(error.message, new RegExp(`^${target.username}@127\\.0\\.0\\.1:${target.port}: host key refused`));
});

test("a jump host whose key isn't pinned, or that refuses us, gets nothing and is named", async (t) => {
  const [jump, { config, requests }] = await Promise.all([start(t), adversary(t)]);
  const label = `us@127.0.0.1:${config.port}: the jump host ${jump.username}@127.0.0.1:${jump.port}: `;
  const secrets = { privateKey: jump.key.privateKey };
  const unpinned = await remoteErrorOf(
    t,
    "host-key",
    open(t, config, viaOf(jump, [`SHA256:${"A".repeat(43)}`]), secrets),
  );
  t.true(unpinned.message.startsWith(`${label}host key refused`), unpinned.message);
  t.true(unpinned.message.includes(jump.fingerprint));
  const stranger = await remoteErrorOf(
    t,
    "authentication",
    open(t, config, viaOf(jump), { privateKey: jump.strangerKey.privateKey }),
  );
  t.true(stranger.message.startsWith(`${label}log-in refused`), stranger.message);
  const locked = await remoteErrorOf(
    t,
    "authentication",
    open(t, config, viaOf(jump), { privateKey: jump.lockedKey.privateKey }),
  );
  t.true(locked.message.startsWith(`${label}The private key can't be used`), locked.message);
  t.deepEqual(requests, []);
});

test("a jump host is trusted by its authority and logged in to with a certificate, the partner by its own pin", async (t) => {
  const authority = makeAuthority();
  const folder = mkdtempSync(join(tmpdir(), "jump-"));
  chmodSync(folder, 0o755);
  const at = (name: string) => join(folder, name);
  writeFileSync(at("ca.pub"), `${authority.publicLine}\n`);
  const jump = await startSshd({ config: { HostCertificate: at("host-cert.pub"), TrustedUserCAKeys: at("ca.pub") } });
  t.teardown(async () => {
    await jump.stop();
    rmSync(folder, { recursive: true });
  });
  const line = (sshdConfig(jump).hostKeys[0] ?? "").split(" ").slice(1).join(" ");
  const hostCertificate = (principal: string) =>
    authority.sign({ publicLine: line, host: true, principals: [principal], validity: "-1d:+1d" });
  const { config, requests } = await adversary(t);
  const via = { ...viaOf(jump, []), hostCaKeys: [authority.publicLine] };
  const label = `us@127.0.0.1:${config.port}: the jump host ${jump.username}@127.0.0.1:${jump.port}: `;
  // A key that the jump host doesn't know: it is let in by its certificate alone.
  const { privateKey, publicLine } = makeKey("ed25519");
  const certificate = authority.sign({ publicLine, principals: [jump.username], validity: "-1d:+1d" });
  const restart = async (principal: string) => {
    writeFileSync(at("host-cert.pub"), hostCertificate(principal));
    await jump.down();
    await jump.up();
  };

  await restart("elsewhere.example");
  const other = await remoteErrorOf(t, "host-key", open(t, config, via, { privateKey, certificate }));
  t.true(other.message.startsWith(`${label}host certificate refused`), other.message);
  t.deepEqual(requests, []);

  await restart("127.0.0.1");
  const bare = await remoteErrorOf(t, "authentication", open(t, config, via, { privateKey }));
  t.true(bare.message.startsWith(`${label}log-in refused`), bare.message);
  const old = authority.sign({ publicLine, principals: [jump.username], validity: "-2d:-1d" });
  const expired = await remoteErrorOf(t, "authentication", open(t, config, via, { privateKey, certificate: old }));
  t.true(expired.message.startsWith(`${label}The certificate can't be used: `), expired.message);
  const stranger = { ...via, hostCaKeys: [makeAuthority().publicLine] };
  await remoteErrorOf(t, "host-key", open(t, config, stranger, { privateKey, certificate }));

  const seen: string[] = [];
  const reached = (_: string, words = "") => void seen.push(words);
  const remote = await openRemote(
    { ...config, via },
    { password: "secret", via: { privateKey, certificate } },
    { reached },
  );
  t.teardown(() => remote.close());
  t.is((await remote.stat("/"))?.kind, "directory");
  const way = /^the jump host \S+, by publickey \(ssh-ed25519-cert-v01@openssh\.com, valid from \S+Z to \S+Z\)$/;
  t.true(
    seen.some((words) => way.test(words)),
    seen.join("\n"),
  );
});

test("a jump host that forwards nothing, and a partner that isn't there or hangs up behind it", async (t) => {
  const [jump, closed] = await Promise.all([start(t), start(t, { config: { AllowTcpForwarding: "no" } })]);
  const { config } = await adversary(t);
  const refused = await remoteErrorOf(
    t,
    "unreachable",
    open(t, config, viaOf(closed), { privateKey: closed.key.privateKey }),
  );
  t.regex(refused.message, /the jump host .*doesn't let us through to the partner.*AllowTcpForwarding/);
  const secrets = { privateKey: jump.key.privateKey };
  const gone = await remoteErrorOf(t, "unreachable", open(t, { ...config, port: 1 }, viaOf(jump), secrets));
  t.regex(gone.message, /the jump host .*could not connect to the partner.*Check sftp\.host and sftp\.port/);
  const rude = await rawServer(t, (socket) => socket.end());
  const hung = await remoteErrorOf(t, "busy", open(t, rude, viaOf(jump), secrets));
  t.regex(hung.message, /goes through the jump host .*, which may be what ends or answers it/);
  const noSsh = { ...viaOf(jump), port: (await rawServer(t, () => {})).port };
  const stuck = await remoteErrorOf(
    t,
    "connect-timeout",
    open(t, { ...config, connectTimeoutSeconds: 6 }, noSsh, secrets),
  );
  t.regex(stuck.message, /within 6 s: the jump host .*(sent no SSH greeting|no answer)/);
});

test("a connection ends with its jump host's, and that with the connection", async (t) => {
  const [jump, server] = await Promise.all([start(t), adversary(t)]);
  const secrets = { privateKey: jump.key.privateKey };
  const { remote } = await open(t, server.config, viaOf(jump), secrets);
  jump.cut();
  const lost = await remoteErrorOf(t, "lost", remote.stat("."));
  t.regex(lost.message, /^us@127\.0\.0\.1:\d+: the connection was lost: the jump host/);
  const again = await open(t, server.config, viaOf(jump), secrets);
  await again.remote.close();
  for (let waited = 0; jump.sessions().length > 0 && waited < 10_000; waited += 50)
    await new Promise((resolve) => setTimeout(resolve, 50));
  t.deepEqual(jump.sessions(), []);
});
