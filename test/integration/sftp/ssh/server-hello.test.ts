import { once } from "node:events";
import { connect, createServer } from "node:net";
import test, { type ExecutionContext } from "ava";
import { observeServerHello } from "../../../../lambda/src/sftp/ssh/server-hello.ts";

const list = (names: string) => {
  const length = Buffer.alloc(4);
  length.writeUInt32BE(names.length);
  return Buffer.concat([length, Buffer.from(names)]);
};
/** A KEXINIT packet (RFC 4253, sections 6 and 7.1). */
const kexInit = (lists: readonly string[]) => {
  const payload = Buffer.concat([Buffer.from([20]), Buffer.alloc(16), ...lists.map(list), Buffer.alloc(5)]);
  const header = Buffer.alloc(5);
  header.writeUInt32BE(payload.length + 1 + 4);
  header[4] = 4;
  return Buffer.concat([header, payload, Buffer.alloc(4)]);
};
const offer = kexInit([
  "kex-a,kex-b",
  "ssh-ed25519,rsa-sha2-512",
  "c1,c2",
  "c1",
  "m1,m2",
  "m1",
  "none",
  "none",
  "",
  "",
]);

/** What is overheard of these bytes, sent in pieces of this length. */
const heard = async (t: ExecutionContext, bytes: Buffer, piece: number) => {
  const server = createServer(async (socket) => {
    socket.setNoDelay(true);
    for (let at = 0; at < bytes.length; at += piece) socket.write(bytes.subarray(at, at + piece));
    socket.end();
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  t.teardown(() => server.close());
  const socket = connect((server.address() as { port: number }).port, "127.0.0.1");
  const read = observeServerHello(socket);
  socket.resume();
  await once(socket, "close");
  return read();
};

test("identification and algorithms are read, in whatever pieces they come", async (t) => {
  const bytes = Buffer.concat([Buffer.from("SSH-2.0-OpenSSH_9.2p1 Debian\r\n"), offer, Buffer.alloc(100, 1)]);
  for (const piece of [1, 7, 10_000])
    t.deepEqual(await heard(t, bytes, piece), {
      software: "OpenSSH_9.2p1 Debian",
      identification: "SSH-2.0-OpenSSH_9.2p1 Debian",
      greeting: "",
      offer: {
        kex: ["kex-a", "kex-b"],
        hostKey: ["ssh-ed25519", "rsa-sha2-512"],
        cipher: ["c1", "c2"],
        mac: ["m1", "m2"],
      },
    });
});

test("lines in front of the identification are the greeting", async (t) => {
  t.like(await heard(t, Buffer.from("ServerHello\r\nthere\r\nSSH-2.0-x\r\n"), 5), {
    software: "x",
    greeting: "ServerHello there",
    offer: undefined,
  });
});

test("what comes in place of an identification is the greeting, fit to be shown", async (t) => {
  t.like(await heard(t, Buffer.from("Exceeded MaxStartups\r\n"), 100), {
    software: undefined,
    greeting: "Exceeded MaxStartups",
  });
  const junk = await heard(t, Buffer.concat([Buffer.from("\u001b[31m"), Buffer.alloc(200_000, "x")]), 60_000);
  t.is(junk.software, undefined);
  t.true(junk.greeting.length <= 201);
  t.false(junk.greeting.includes("\u001b"));
});

test("a packet that lies about its lists is no offer", async (t) => {
  const lying = Buffer.from(offer);
  lying.writeUInt32BE(0xffffffff, 5 + 1 + 16);
  t.like(await heard(t, Buffer.concat([Buffer.from("SSH-2.0-x\r\n"), lying]), 1000), {
    software: "x",
    offer: undefined,
  });
});
