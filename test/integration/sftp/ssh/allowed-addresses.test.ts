import test, { type ExecutionContext } from "ava";
import type { SftpConfig } from "../../../../lambda/src/config/types.ts";
import type { Lookup } from "../../../../lambda/src/sftp/ssh/addresses.ts";
import { onlyAllowed } from "../../../../lambda/src/sftp/ssh/allowed-addresses.ts";
import { connect } from "../../../../lambda/src/sftp/ssh/connect.ts";
import { adversary, recordingLog, remoteErrorOf } from "../../../helpers/sftp/connected.ts";
import { rawServer } from "../../../helpers/sftp/log-in-server.ts";
import { socks5Proxy } from "../../../helpers/sftp/proxies.ts";

const answering =
  (...addresses: string[]): Lookup =>
  async () =>
    addresses.map((address) => ({ address, family: address.includes(":") ? 6 : 4 }));

const open = async (t: ExecutionContext, config: SftpConfig, more: Partial<SftpConfig>, lookup?: Lookup) => {
  const log = recordingLog();
  const session = await connect({ ...config, ...more }, { password: "secret" }, { log, ...(lookup && { lookup }) });
  t.teardown(() => session.socket.destroy());
  return { session, log };
};

test("an address is in a range whatever the spelling of either", (t) => {
  const ranges = ["192.0.2.0/24", "198.51.100.7/32", "2001:db8::/32"];
  const inside = ["192.0.2.255", "198.51.100.7", "2001:0db8:ffff::1", "::ffff:192.0.2.1", "2001:db8::1%eth0"];
  t.deepEqual(onlyAllowed("p", inside, ranges), inside);
  for (const outside of ["192.0.3.0", "198.51.100.8", "2001:db9::1", "::ffff:10.0.0.1", "::1", "127.0.0.1", "0.0.0.0"])
    t.throws(() => onlyAllowed("p", [outside], ranges), { message: /outside of allowed_addresses/ });
});

test("a name that leads elsewhere isn't connected to, and the error says where it led", async (t) => {
  const server = await adversary(t);
  const config = { ...server.config, host: "partner.invalid" };
  const trap = await rawServer(t, () => t.fail("a connection was made"));
  const error = await remoteErrorOf(
    t,
    "unreachable",
    open(t, { ...config, port: trap.port }, { allowedAddresses: ["192.0.2.0/24"] }, answering("127.0.0.1", "::1")),
  );
  t.regex(
    error.message,
    /^us@partner\.invalid:\d+: not connected: the host has addresses outside of allowed_addresses \(192\.0\.2\.0\/24\): 127\.0\.0\.1, ::1\./,
  );
  const literal = await remoteErrorOf(t, "unreachable", open(t, trap, { allowedAddresses: ["192.0.2.0/24"] }));
  t.regex(literal.message, /an address outside/);
});

test("of a name that leads inside and outside, only the inside is connected to, with a warning", async (t) => {
  const server = await adversary(t);
  const { port } = server.config;
  await rawServer(t, () => t.fail("the address outside was connected to"), { host: "127.0.0.2", port });
  const config = { ...server.config, host: "partner.invalid" };
  const allowed = { allowedAddresses: ["127.0.0.1/32"] };
  const { log } = await open(t, config, allowed, answering("127.0.0.2", "127.0.0.1"));
  t.true(log.lines.some((line) => line.startsWith("warn: ") && line.includes("127.0.0.2. It isn't connected to.")));
});

test("behind a proxy the name is looked up here and checked, and the proxy gets the address", async (t) => {
  const server = await adversary(t);
  const proxy = await socks5Proxy(t, { to: server.config });
  const config = { ...server.config, host: "partner.invalid" };
  const via = { type: "socks5", host: "127.0.0.1", port: proxy.port, hostKeys: [] } as const;
  await open(t, config, { via, allowedAddresses: ["192.0.2.0/24"] }, answering("192.0.2.4", "10.0.0.1"));
  t.deepEqual(proxy.asked, [`IPv4 192.0.2.4:${server.config.port}`]);
  await remoteErrorOf(
    t,
    "unreachable",
    open(t, config, { via, allowedAddresses: ["192.0.2.0/24"] }, answering("10.0.0.1")),
  );
  t.is(proxy.asked.length, 1);
});
