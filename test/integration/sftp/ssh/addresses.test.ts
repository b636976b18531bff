import type { Socket } from "node:net";
import test, { type ExecutionContext } from "ava";
import { RemoteError } from "../../../../lambda/src/sftp/errors.ts";
import { addressesOf, type Lookup } from "../../../../lambda/src/sftp/ssh/addresses.ts";
import { connect } from "../../../../lambda/src/sftp/ssh/connect.ts";
import { adversary, recordingLog } from "../../../helpers/sftp/connected.ts";
import { rawServer } from "../../../helpers/sftp/log-in-server.ts";

/** A name server that knows these addresses. */
const knowing =
  (...addresses: string[]): Lookup =>
  async (_host, { family }) =>
    addresses
      .map((address) => ({ address, family: address.includes(":") ? 6 : 4 }))
      .filter((one) => family === 0 || one.family === family);

test("all addresses are there, families in turn, of the one that is asked for", async (t) => {
  const lookup = knowing("2001:db8::1", "2001:db8::2", "2001:db8::3", "192.0.2.1", "192.0.2.2");
  t.deepEqual(await addressesOf("host", undefined, lookup), [
    "2001:db8::1",
    "192.0.2.1",
    "2001:db8::2",
    "192.0.2.2",
    "2001:db8::3",
  ]);
  t.deepEqual(await addressesOf("host", 4, lookup), ["192.0.2.1", "192.0.2.2"]);
  t.deepEqual(await addressesOf("host", 6, lookup), ["2001:db8::1", "2001:db8::2", "2001:db8::3"]);
  t.deepEqual(await addressesOf("host", undefined, knowing("192.0.2.1", "192.0.2.1")), ["192.0.2.1"]);
  t.deepEqual(await addressesOf("::1", undefined), ["::1"]);
  await t.throwsAsync(addressesOf("::1", 4), { message: /host is an IPv6 address, and options has forceIPv4/ });
  await t.throwsAsync(addressesOf("host", 6, knowing("192.0.2.1")), { message: /no address of IPv6/ });
});

const open = async (t: ExecutionContext, config: Parameters<typeof connect>[0], lookup: Lookup) => {
  const log = recordingLog();
  const session = await connect({ ...config, host: "partner.invalid" }, { password: "secret" }, { log, lookup });
  t.teardown(() => session.socket.destroy());
  return { session, log };
};

test("an address where nothing listens, and one that hangs up before its greeting, are passed over", async (t) => {
  const server = await adversary(t);
  await rawServer(t, (socket) => socket.end(), { host: "127.0.0.3", port: server.config.port });
  const { session, log } = await open(t, server.config, knowing("127.0.0.2", "127.0.0.3", "127.0.0.1"));
  t.is((session.socket as Socket).remoteAddress, "127.0.0.1");
  t.is(
    log.lines.filter((line) => /one of its addresses can't be connected to; the next one is tried/.test(line)).length,
    2,
  );
});

test("addresses of a family that isn't allowed are left alone", async (t) => {
  const server = await adversary(t);
  const lookup = knowing("::1", "127.0.0.2", "127.0.0.1");
  const { session } = await open(t, { ...server.config, options: { forceIPv4: true } }, lookup);
  t.is((session.socket as Socket).remoteAddress, "127.0.0.1");
  const error = await t.throwsAsync(open(t, { ...server.config, options: { forceIPv6: true } }, knowing("127.0.0.1")), {
    instanceOf: RemoteError,
    message: /us@partner\.invalid:\d+: not connected: the host name has no address of IPv6/,
  });
  t.is(error.kind, "unreachable");
});

test("where all fail, each is named with its reason", async (t) => {
  const server = await rawServer(t, (socket) => socket.end(), { host: "127.0.0.3" });
  const error = await t.throwsAsync(open(t, server, knowing("127.0.0.2", "127.0.0.3")), { instanceOf: RemoteError });
  t.regex(
    error.message,
    /none of its 2 addresses could be connected to\. 127\.0\.0\.2: .*refused.* 127\.0\.0\.3: busy/,
  );
});

test("a log-in that is refused isn't tried at the next address: it would count twice", async (t) => {
  const server = await adversary(t);
  const { port } = server.config;
  await rawServer(t, () => t.fail("a second address was tried"), { host: "127.0.0.2", port });
  const config = { ...server.config, host: "partner.invalid" };
  const lookup = knowing("127.0.0.1", "127.0.0.2");
  await t.throwsAsync(connect(config, { password: "wrong" }, { lookup }), { message: /log-in refused/ });
});
