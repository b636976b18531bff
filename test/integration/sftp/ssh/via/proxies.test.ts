import { randomBytes } from "node:crypto";
import test, { type ExecutionContext } from "ava";
import type { SftpConfig, ViaConfig } from "../../../../../lambda/src/config/types.ts";
import { RemoteError } from "../../../../../lambda/src/sftp/errors.ts";
import { openRemote } from "../../../../../lambda/src/sftp/open.ts";
import { noteDead, refuseDead } from "../../../../../lambda/src/sftp/ssh/via/dead-hops.ts";
import { adversary, contentOf, remoteErrorOf, writeWhole } from "../../../../helpers/sftp/connected.ts";
import { rawServer } from "../../../../helpers/sftp/log-in-server.ts";
import { httpProxy, type ProxyQuirks, socks5Proxy, type TestProxy } from "../../../../helpers/sftp/proxies.ts";

type Type = "socks5" | "http";
const kinds: readonly (readonly [Type, (t: ExecutionContext, quirks: ProxyQuirks) => Promise<TestProxy>])[] = [
  ["socks5", socks5Proxy],
  ["http", httpProxy],
];

const viaOf = (type: Type, port: number, username?: string): ViaConfig => ({
  type,
  host: "127.0.0.1",
  port,
  hostKeys: [],
  ...(username === undefined ? {} : { username }),
});

const open = async (
  t: ExecutionContext,
  config: SftpConfig,
  via: ViaConfig,
  more: { readonly config?: Partial<SftpConfig>; readonly password?: string } = {},
) => {
  const remote = await openRemote(
    { ...config, host: "partner.invalid", port: 2222, ...more.config, via },
    { password: "secret", ...(more.password === undefined ? {} : { via: { password: more.password } }) },
  );
  t.teardown(() => remote.close());
  return remote;
};

for (const [type, start] of kinds) {
  test(`${type}: files move through it, the partner's name is looked up there, and the pins are the partner's`, async (t) => {
    const server = await adversary(t);
    const proxy = await start(t, { to: server.config });
    const remote = await open(t, server.config, viaOf(type, proxy.port));
    t.is(remote.partner, "us@partner.invalid:2222");
    const content = randomBytes(300_000);
    await writeWhole(remote, "f", content, 50_000);
    t.true((await contentOf(await remote.openRead("f", { size: content.length }))).equals(content));
    t.deepEqual(proxy.asked, [type === "socks5" ? "name partner.invalid:2222" : "partner.invalid:2222"]);
    const other = { ...server.config, hostKeys: [`SHA256:${"A".repeat(43)}`] };
    const error = await remoteErrorOf(t, "host-key", open(t, other, viaOf(type, proxy.port)));
    t.regex(error.message, /^us@partner\.invalid:2222: host key refused/);
  });

  test(`${type}: a log-in, replies byte by byte, and one that the server's greeting is glued to`, async (t) => {
    const server = await adversary(t);
    const logIn = { username: "bridge", password: "pass wörd:1" };
    for (const quirk of [{ inPieces: true }, { glued: true }]) {
      const proxy = await start(t, { to: server.config, logIn, ...quirk });
      const remote = await open(t, server.config, viaOf(type, proxy.port, "bridge"), { password: logIn.password });
      t.deepEqual(await remote.stat("missing"), undefined);
    }
  });

  test(`${type}: addresses of both families are passed on as what they are`, async (t) => {
    const server = await adversary(t);
    const proxy = await start(t, { to: server.config });
    for (const host of ["192.0.2.9", "2001:db8::a:1", "::1"])
      await open(t, server.config, viaOf(type, proxy.port), { config: { host } });
    t.deepEqual(
      proxy.asked,
      type === "socks5"
        ? ["IPv4 192.0.2.9:2222", "IPv6 20010db80000000000000000000a0001:2222", `IPv6 ${"0".repeat(31)}1:2222`]
        : ["192.0.2.9:2222", "[2001:db8::a:1]:2222", "[::1]:2222"],
    );
  });

  test(`${type}: a log-in that is missing or wrong is its own, and shows no secret`, async (t) => {
    const server = await adversary(t);
    const proxy = await start(t, { to: server.config, logIn: { username: "bridge", password: "right-one" } });
    const label = `the ${type === "http" ? "HTTP" : "SOCKS5"} proxy 127.0.0.1:${proxy.port}`;
    const missing = await remoteErrorOf(t, "authentication", open(t, server.config, viaOf(type, proxy.port)));
    t.true(missing.message.startsWith(`us@partner.invalid:2222: ${label}: not connected: `), missing.message);
    t.regex(missing.message, /wants a log-in.*Give via\.username and via\.password/);
    const wrong = await remoteErrorOf(
      t,
      "authentication",
      open(t, server.config, viaOf(type, proxy.port, "bridge"), { password: "wrong-one" }),
    );
    t.regex(wrong.message, /refused the log-in.*Check via\.username and via\.password/);
    t.notRegex(wrong.message, /wrong-one|YnJpZGdl/);
    t.is(server.requests.length, 0);
  });

  test(`${type}: a proxy that isn't there, closes at once, says nothing, or speaks another protocol is named so`, async (t) => {
    const { config } = await adversary(t);
    const attempt = (port: number, more: Partial<SftpConfig> = {}) =>
      open(t, config, viaOf(type, port), { config: more });
    const says = async (answer: string | Buffer) =>
      (await rawServer(t, (socket) => void socket.on("data", () => socket.write(answer)))).port;
    const closing = await rawServer(t, (socket) => void socket.once("data", () => socket.end()));
    const silent = await rawServer(t, () => {});
    const gone = await remoteErrorOf(t, "unreachable", attempt(1));
    t.regex(gone.message, /proxy 127\.0\.0\.1:1: not connected: the connection was refused/);
    const closed = await remoteErrorOf(t, "unreachable", attempt(closing.port));
    t.regex(
      closed.message,
      /it closed the connection instead of answering\. Is it an? (SOCKS5|HTTP) proxy \(via\.type\)/,
    );
    const late = await remoteErrorOf(t, "connect-timeout", attempt(silent.port, { connectTimeoutSeconds: 1 }));
    t.regex(
      late.message,
      /^us@partner\.invalid:2222: not connected within 1 s: the (SOCKS5|HTTP) proxy 127\.0\.0\.1:\d+/,
    );
    const answers: readonly (readonly [string | Buffer, RegExp])[] = [
      ["SSH-2.0-OpenSSH_9.2\r\n", /it is an SSH server.*via\.type = "ssh"/],
      type === "http"
        ? [Buffer.of(5, 0xff), /speaks SOCKS.*via\.type = "socks5"/]
        : ["HTTP/1.1 400 Bad Request\r\n\r\n", /speaks HTTP.*via\.type = "http"/],
      ["nonsense", /is not (HTTP|SOCKS5)/],
      ...(type === "http" ? [[Buffer.of(0x15, 3, 1, 0, 2, 2, 50), /wants TLS/] as const] : []),
      ...(type === "socks5" ? [[Buffer.of(0, 91), /SOCKS4/] as const] : []),
    ];
    for (const [answer, expected] of answers)
      t.regex((await remoteErrorOf(t, "unreachable", attempt(await says(answer)))).message, expected);
    const flood = await says(type === "http" ? `HTTP/1.1 200 OK\r\nX: ${"x".repeat(20_000)}` : "nonsense");
    t.regex((await remoteErrorOf(t, "unreachable", attempt(flood))).message, /16 KB|is not SOCKS5/);
  });

  test(`${type}: a connection that is lost with its proxy is lost, and a partner that hangs up behind it names it`, async (t) => {
    const server = await adversary(t);
    const proxy = await start(t, { to: server.config });
    const remote = await open(t, server.config, viaOf(type, proxy.port));
    proxy.cut();
    await remoteErrorOf(t, "lost", remote.stat("."));
    const rude = await rawServer(t, (socket) => socket.end());
    const behind = await start(t, { to: rude });
    const error = await remoteErrorOf(t, "busy", open(t, server.config, viaOf(type, behind.port)));
    t.regex(
      error.message,
      /goes through the (SOCKS5|HTTP) proxy 127\.0\.0\.1:\d+, which may be what ends or answers it/,
    );
  });
}

test("socks5: each refusal says what it means", async (t) => {
  const { config } = await adversary(t);
  const said = [
    /doesn't say why/,
    /rules don't allow/,
    /network/,
    /DNS/,
    /refused/,
    /too long/,
    /outgoing/,
    /kind of address/,
  ];
  for (const [at, expected] of [...said, /code 9/].entries()) {
    const proxy = await socks5Proxy(t, { to: config, refuse: at + 1 });
    t.regex((await remoteErrorOf(t, "unreachable", open(t, config, viaOf("socks5", proxy.port)))).message, expected);
  }
});

test("http: each refusal shows the proxy's line and says what to do", async (t) => {
  const { config } = await adversary(t);
  const attempt = async (refuse: string) => {
    const proxy = await httpProxy(t, { to: config, refuse });
    return open(t, config, viaOf("http", proxy.port));
  };
  for (const [line, expected] of [
    ["HTTP/1.1 403 Forbidden", /"HTTP\/1\.1 403 Forbidden".*port 443 only/],
    ["HTTP/1.0 502 Bad Gateway", /could not connect to the partner/],
    ["HTTP/1.1 504 Gateway Timeout", /too long/],
    ["HTTP/1.1 405 Method Not Allowed", /no proxy/],
    ["HTTP/1.1 418 Teapot", /made no connection/],
  ] as const)
    t.regex((await remoteErrorOf(t, "unreachable", attempt(line))).message, expected);
  const ntlm = await remoteErrorOf(
    t,
    "authentication",
    attempt("HTTP/1.1 407 No\r\nProxy-Authenticate: Negotiate\r\nProxy-Authenticate: NTLM"),
  );
  t.regex(ntlm.message, /takes Negotiate, NTLM, and the bridge has Basic only/);
});

test("a proxy that isn't there is asked once, and not by each of its partners, until a while has passed", async (t) => {
  const { config } = await adversary(t);
  const proxy = await socks5Proxy(t, { to: config });
  const { port } = proxy;
  const label = `the SOCKS5 proxy 127.0.0.1:${port}`;
  const attempt = (username: string) => open(t, config, viaOf("socks5", port), { config: { username } });
  const gone = new RemoteError("unreachable", `us@partner: ${label}: not connected: refused.`);
  noteDead(label, gone);
  const error = await remoteErrorOf(t, "unreachable", attempt("another"));
  t.regex(
    error.message,
    /^another@partner\.invalid:2222: the SOCKS5 proxy .* couldn't be reached \d+ s ago, and is asked again 20 s after/,
  );
  t.deepEqual(proxy.asked, []);
  // Of a run that was told to stop nothing is kept, and after a while it is asked again.
  noteDead(label, gone, performance.now() - 20_001);
  noteDead(`${label}0`, new RemoteError("lost", "the lease was lost"));
  await attempt("us");
  t.is(proxy.asked.length, 1);
  t.notThrows(() => refuseDead("us", `${label}0`));
});

test("what the connection to a proxy fails with is what the next one is told", async (t) => {
  const { config } = await adversary(t);
  const closed = await rawServer(t, () => {});
  const via = { ...viaOf("http", closed.port), host: "127.0.0.9" };
  await remoteErrorOf(t, "unreachable", open(t, config, via));
  const error = await remoteErrorOf(t, "unreachable", open(t, config, via));
  t.regex(error.message, /couldn't be reached \d+ s ago.*the connection was refused/);
});
