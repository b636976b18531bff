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
  const { _protocol: protocol, _chanMgr: channels } = client as any;
  return { protocol, channels, sock };
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

test("early-exchange: our KEXINIT can be sent before the server's identification, and the one that answers it taken back", (t) => {
  const { protocol, sock } = connecting();
  t.is(typeof protocol.start, "function", "the identification is sent a turn after connect");
  t.is(typeof protocol.rekey, "function");
  t.is(typeof protocol._onHeader, "function");
  t.is(protocol._kexinit, undefined);
  t.is(typeof protocol._packetRW.write.allocStartKEX, "number");
  t.false(Object.hasOwn(protocol._cipher, "encrypt"), "that of the prototype is what comes back");
  protocol.rekey();
  t.true(Buffer.isBuffer(protocol._kexinit));
  t.deepEqual(protocol._queue, []);
  const source = readFileSync("node_modules/ssh2/lib/protocol/Protocol.js", "utf8");
  const header = source.slice(source.indexOf("function parseHeader"), source.indexOf("function parsePacket"));
  const places = ["this._onHeader(header)", "kexinit(this)"].map((step) => header.indexOf(step));
  t.true(places.every((place) => place > 0) && Number(places[0]) < Number(places[1]));
  const kex = readFileSync("node_modules/ssh2/lib/protocol/kex.js", "utf8");
  t.true(kex.includes("self._kex = createKeyExchange(init, self, payload);"));
  t.true(kex.includes("self._kex.start();"));
  t.regex(kex, /generateKeys\(\) \{\s+if \(!this\._keys\)\s+this\._keys = generateKeyPairSync\('x25519'\)/);
  sock.destroy();
});

test("early-session: how a subsystem is asked for, what begins SFTP, and when ssh2 says that it is ready", (t) => {
  const { protocol, channels, sock } = connecting();
  t.is(typeof protocol.subsystem, "function");
  t.is(typeof channels._channels, "object");
  const client = readFileSync("node_modules/ssh2/lib/client.js", "utf8");
  t.true(client.includes("this._chanMgr.update(info.recipient, instance);\n          channel(undefined, instance);"));
  t.true(client.includes("sftp.on('ready', onReady)") && client.includes("sftp._init();"));
  const sftp = readFileSync("node_modules/ssh2/lib/protocol/SFTP.js", "utf8");
  t.regex(sftp, /_init\(\) \{\s+this\._init = noop;/);
  t.regex(
    sftp,
    /sftp\._version = version;\s+sftp\._extensions = extensions;\s+if \(extensions\['limits@openssh\.com'\] === '1'\)/,
  );
  t.true(sftp.includes("sftp._requests[reqid] = { extended: 'limits@openssh.com', cb };"));
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
