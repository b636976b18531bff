import {
  createHash,
  createPrivateKey,
  createPublicKey,
  diffieHellman,
  encapsulate,
  generateKeyPairSync,
} from "node:crypto";
import { once } from "node:events";
import { Duplex } from "node:stream";
import test, { type ExecutionContext } from "ava";
import { Client } from "ssh2";
import type { SftpConfig } from "../../../../../lambda/src/config/types.ts";
import { openRemote } from "../../../../../lambda/src/sftp/open.ts";
import { connect } from "../../../../../lambda/src/sftp/ssh/connect.ts";
import { beginExchange, hasMlKem, mlKem, offerMlKem } from "../../../../../lambda/src/sftp/ssh/hooks/ml-kem.ts";
import { contentOf, writeWhole } from "../../../../helpers/sftp/connected.ts";
import { startRclone } from "../../../../servers/programs.ts";
import type { TestedServer } from "../../../../servers/server.ts";
import { startSshd } from "../../../../stack/sshd.ts";
import { mlKem768, x25519 } from "./fixtures/vectors.ts";

const configOf = (
  { port, username, fingerprint }: Pick<TestedServer, "port" | "username" | "fingerprint">,
  options = {},
): SftpConfig => ({
  host: "127.0.0.1",
  port,
  username,
  hostKeys: [fingerprint],
  insecureIgnoreHostKey: false,
  maxConnections: 1,
  connectTimeoutSeconds: 30,
  operationTimeoutSeconds: 30,
  options,
});

/** rclone's server is Go's x/crypto/ssh, an implementation of its own. */
const rclone = async (t: ExecutionContext) => {
  const server = await startRclone();
  t.teardown(() => server.stop());
  return server;
};

test("a server that has it agrees upon it, and files arrive as they left", async (t) => {
  const server = await rclone(t);
  const credentials = { password: server.password ?? "" };
  const session = await connect(configOf(server), credentials, {});
  t.is(session.negotiated?.kex, mlKem);
  session.client.end();
  const remote = await openRemote(configOf(server), credentials);
  t.teardown(() => remote.close());
  const content = Buffer.alloc(300_000, "bytes");
  await writeWhole(remote, "f", content);
  t.true((await contentOf(await remote.openRead("f", { size: content.length }))).equals(content));
});

test("keys that are exchanged anew are exchanged the same way", async (t) => {
  const server = await rclone(t);
  const { client, sftp } = await connect(configOf(server), { password: server.password ?? "" }, {});
  t.teardown(() => client.end());
  for (let times = 0; times < 3; times += 1) {
    const again = once(client, "handshake");
    (client as unknown as { _protocol: { rekey(): void } })._protocol.rekey();
    const [agreed] = await again;
    t.is(agreed.kex, mlKem);
    await new Promise<void>((resolve, reject) => sftp.stat(".", (error) => (error ? reject(error) : resolve())));
  }
});

test("a server without it, and a stream that takes it out, go on with another one", async (t) => {
  const server = await rclone(t);
  const without = { algorithms: { kex: { remove: [mlKem] } } };
  const plain = await connect(configOf(server, without), { password: server.password ?? "" }, {});
  t.is(plain.negotiated?.kex, "curve25519-sha256");
  plain.client.end();
  const sshd = await startSshd({ config: { KexAlgorithms: "curve25519-sha256,ecdh-sha2-nistp256" } });
  t.teardown(() => sshd.stop());
  const old = await connect(configOf(sshd), { privateKey: sshd.key.privateKey }, {});
  t.is(old.negotiated?.kex, "curve25519-sha256");
  old.client.end();
});

test("published keys and ciphertexts come to the published secrets", (t) => {
  const hex = (text: string) => Buffer.from(text, "hex");
  // PKCS #8 with the expanded key (RFC 9935, section 6), and with X25519's 32 bytes (RFC 8410, section 7).
  const expanded = hex(`30820978020100300b060960864801650304040204820964${"04820960"}${mlKem768.dk}`);
  const scalar = hex(`302e020100300506032b656e04220420${x25519.alicePrivate}`);
  const [kem, curve] = [expanded, scalar].map((key) => {
    const privateKey = createPrivateKey({ key, format: "der", type: "pkcs8" });
    return { privateKey, publicKey: createPublicKey(privateKey) };
  });
  if (kem === undefined || curve === undefined) throw new Error("no keys");
  const { publicKey, secretBy } = beginExchange({ kem, curve });
  t.is(publicKey.toString("hex"), mlKem768.dk.slice(2 * 1152, 2 * 2336) + x25519.alicePublic);
  const secret = secretBy(hex(mlKem768.c + x25519.bobPublic));
  t.deepEqual(
    secret,
    createHash("sha256")
      .update(hex(mlKem768.K + x25519.shared))
      .digest(),
  );
});

test("both halves come to the secret of the draft: SHA-256 over ML-KEM's and X25519's, in this order", (t) => {
  const { publicKey, secretBy } = beginExchange();
  t.is(publicKey.length, 1216);
  const prefix = generateKeyPairSync("ml-kem-768").publicKey.export({ type: "spki", format: "der" }).subarray(0, -1184);
  const kem = createPublicKey({
    key: Buffer.concat([prefix, publicKey.subarray(0, 1184)]),
    type: "spki",
    format: "der",
  });
  const curvePrefix = Buffer.from("302a300506032b656e032100", "hex");
  const theirs = createPublicKey({
    key: Buffer.concat([curvePrefix, publicKey.subarray(1184)]),
    type: "spki",
    format: "der",
  });
  const curve = generateKeyPairSync("x25519");
  const { sharedKey, ciphertext } = encapsulate(kem);
  const classical = diffieHellman({ privateKey: curve.privateKey, publicKey: theirs });
  const reply = Buffer.concat([ciphertext, curve.publicKey.export({ type: "spki", format: "der" }).subarray(-32)]);
  t.deepEqual(secretBy(reply), createHash("sha256").update(sharedKey).update(classical).digest());
  for (const wrong of [reply.subarray(1), Buffer.alloc(0), Buffer.concat([reply, Buffer.alloc(1)])])
    t.throws(() => secretBy(wrong), { message: /bytes instead of 1120/ });
  // An X25519 key of zeros would give a secret that everybody knows (RFC 7748, section 6.1).
  t.throws(() => secretBy(Buffer.concat([ciphertext, Buffer.alloc(32)])));
});

test("this runtime has it, ssh2 is as the hook expects it, and one that looks different is left as it is", (t) => {
  t.true(hasMlKem);
  const client = new Client();
  client.on("error", () => {});
  t.false(offerMlKem(client), "no connection yet");
  const sock = new Duplex({ read() {}, write: (_chunk, _encoding, done) => done() });
  client.connect({
    sock: sock as never,
    username: "us",
    algorithms: { kex: ["curve25519-sha256"], compress: ["none"] },
  });
  t.true(offerMlKem(client));
  const { lists, totalSize } = (
    client as unknown as { _protocol: { _offer: { lists: { all: Buffer }; totalSize: number } } }
  )._protocol._offer;
  t.is(lists.all.toString("latin1", 4, 4 + mlKem.length), mlKem);
  t.is(lists.all.length, totalSize);
  sock.destroy();
});
