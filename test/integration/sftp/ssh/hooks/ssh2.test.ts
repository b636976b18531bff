import { readFileSync } from "node:fs";
import { Duplex } from "node:stream";
import test from "ava";
import { Client } from "ssh2";

/** Each hook leaves a connection as it is where ssh2 looks different: this is what then fails, and says which hook. */
const connecting = () => {
  const client = new Client();
  client.on("error", () => {});
  const sock = new Duplex({ read() {}, write: (_chunk, _encoding, done) => done() });
  client.connect({ sock: sock as never, username: "us", password: "x" });
  // biome-ignore lint/suspicious/noExplicitAny: all of it is private
  return { protocol: (client as any)._protocol, sock };
};

test("ssh2 is the version that the hooks were written for", (t) => {
  const { version } = JSON.parse(readFileSync("node_modules/ssh2/package.json", "utf8"));
  t.regex(version, /^1\.17\./, "a new ssh2: read lib/protocol for what each file of ssh/hooks reaches into");
});

test("observe-log-in: the handlers of what is answered or dropped are there", (t) => {
  const { protocol, sock } = connecting();
  for (const name of ["USERAUTH_INFO_REQUEST", "CHANNEL_DATA", "CHANNEL_EXTENDED_DATA"])
    t.is(typeof protocol._handlers[name], "function", name);
  sock.destroy();
});

test("whole-greeting: what parses the greeting comes first, and forgets pieces of it", (t) => {
  const { protocol, sock } = connecting();
  t.is(protocol._parse.name, "parseHeader");
  t.is(protocol._remoteIdentRaw, undefined);
  sock.destroy();
});

test("eager-signature: log-in with a key is asked for by the protocol, and its answer is a handler", (t) => {
  const { protocol, sock } = connecting();
  t.is(typeof protocol.authPK, "function");
  t.is(typeof protocol._handlers.USERAUTH_PK_OK, "function");
  sock.destroy();
});

test("host-certificate: the lists that are offered, and how an exchange of keys looks at the host key", (t) => {
  const { protocol, sock } = connecting();
  const { all, kex, serverHostKey } = protocol._offer.lists;
  t.deepEqual(serverHostKey.array.join(","), serverHostKey.buffer.toString());
  t.is(all.indexOf(serverHostKey.buffer), 4 + kex.buffer.length + 4);
  t.is(protocol._offer.totalSize, all.length);
  const source = readFileSync("node_modules/ssh2/lib/protocol/kex.js", "utf8");
  const finish = source.slice(source.indexOf("    finish(scOnly) {"), source.indexOf("const completeHandshake"));
  const order = [
    "hashString(hash, serverPublicHostKey)",
    "this.getPublicKey()",
    "sigType !== negotiated.serverHostKey",
    "bufferParser.init(this._hostKey, 0)",
  ];
  const places = order.map((step) => finish.indexOf(step));
  t.true(places.every((place) => place > 0));
  t.deepEqual(
    places,
    places.toSorted((a, b) => a - b),
    "what was shown is hashed before our key is asked for, and read behind that",
  );
  sock.destroy();
});

test("send-ahead: the request for the log-in's service, and what its answer sets off", (t) => {
  const { protocol, sock } = connecting();
  t.is(typeof protocol.service, "function");
  t.is(typeof protocol._handlers.SERVICE_ACCEPT, "function");
  sock.destroy();
});

test("certificate-log-in: what a request is made of and sent by is there", (t) => {
  const { protocol, sock } = connecting();
  t.is(typeof protocol._packetRW.write.alloc, "function");
  t.is(typeof protocol._packetRW.write.finalize, "function");
  t.is(typeof protocol._packetRW.write.allocStart, "number");
  t.is(typeof protocol._cipher.encrypt, "function");
  t.deepEqual(protocol._authsQueue, []);
  t.true("_kexinit" in protocol && "_queue" in protocol);
  sock.destroy();
});

test("cipher, release-buffers: the ciphers, what they pass on, and what sends a channel's bytes", (t) => {
  const { protocol, sock } = connecting();
  t.is(typeof protocol.channelData, "function");
  t.is(typeof protocol._packetRW.read, "object");
  t.is(typeof protocol._cipher.encrypt, "function");
  sock.destroy();
});
