import { setTimeout as sleep } from "node:timers/promises";
import test, { type ExecutionContext } from "ava";
import { openRemote } from "../../../../lambda/src/sftp/open.ts";
import { recordingLog } from "../../../helpers/sftp/connected.ts";
import { startSshd } from "../../../stack/sshd.ts";

const server = async (t: ExecutionContext) => {
  const sshd = await startSshd({ hostKeys: ["ed25519", "ecdsa", "rsa"] });
  t.teardown(() => sshd.stop());
  return sshd;
};

/** Connects with these keys pinned, and waits for what the server announces. */
const announced = async (
  t: ExecutionContext,
  sshd: Awaited<ReturnType<typeof server>>,
  hostKeys: readonly string[],
) => {
  const log = recordingLog();
  const { host, port, username } = sshd;
  const remote = await openRemote(
    {
      host,
      port,
      username,
      hostKeys,
      insecureIgnoreHostKey: false,
      maxConnections: 1,
      connectTimeoutSeconds: 30,
      operationTimeoutSeconds: 30,
      options: {},
    },
    { privateKey: sshd.key.privateKey },
    { log },
  );
  t.teardown(() => remote.close());
  for (let waited = 0; waited < 5000 && (remote.newHostKeys?.() ?? []).length === 0; waited += 50) await sleep(50);
  return { said: remote.newHostKeys?.() ?? [], log };
};

test("keys that OpenSSH announces and proves and that aren't pinned are told, with the line to add, and not trusted", async (t) => {
  const sshd = await server(t);
  const { fingerprints } = sshd;
  t.is(fingerprints.length, 3);
  const { said, log } = await announced(t, sshd, fingerprints.slice(0, 1));
  t.is(said.length, 2);
  for (const fingerprint of fingerprints.slice(1)) {
    const key = said.find((one) => one.fingerprint === fingerprint);
    t.regex(key?.type ?? "none", /^(ecdsa-sha2-nistp256|ssh-rsa)$/);
    t.regex(key?.words ?? "nothing", /isn't pinned and isn't trusted: (ecdsa-sha2-nistp256|ssh-rsa)\./);
    t.true(key?.words.includes(`add "${fingerprint}" to host_keys`));
    t.true(log.lines.some((one) => one.startsWith("warn: ") && one.includes(fingerprint)));
  }
  // The added line is all that it takes.
  t.deepEqual((await announced(t, sshd, fingerprints.slice(0, 2))).said.length, 1);
});
