import { connect as connectSocket } from "node:net";
import test, { type ExecutionContext } from "ava";
import type { SftpConfig } from "../../../../../lambda/src/config/types.ts";
import { connect } from "../../../../../lambda/src/sftp/ssh/connect.ts";
import { adversary, remoteErrorOf } from "../../../../helpers/sftp/connected.ts";
import { makeKey } from "../../../../helpers/sftp/keys.ts";
import { logInServer } from "../../../../helpers/sftp/log-in-server.ts";

/** A jump host that leads wherever it likes. */
const jumpHost = (t: ExecutionContext, port: number) =>
  logInServer(t, {
    authenticate: (context, log) => {
      log.push(context.method);
      if (context.method === "password" && context.password === "jump secret") return context.accept();
      context.reject(["password"]);
    },
    client: (client) =>
      void client.on("tcpip", (accept) => {
        const socket = connectSocket({ host: "127.0.0.1", port });
        const channel = accept();
        socket.on("error", () => channel.end());
        channel.on("close", () => socket.destroy());
        socket.pipe(channel).pipe(socket);
      }),
  });

const open = async (t: ExecutionContext, config: SftpConfig, jump: SftpConfig, hostKeys = jump.hostKeys) => {
  const { host, port } = jump;
  const via = { type: "ssh", host, port, username: "us", hostKeys } as const;
  const session = await connect({ ...config, via }, { password: "secret", via: { password: "jump secret" } }, {});
  t.teardown(() => session.socket.destroy());
  return session;
};

test("a jump host whose key is pinned leads to the partner, whose own key is pinned as well", async (t) => {
  const server = await adversary(t);
  const jump = await jumpHost(t, server.config.port);
  const { partner, negotiated } = await open(t, server.config, jump.config);
  t.is(partner, `us@127.0.0.1:${server.config.port}`);
  t.deepEqual([negotiated?.fingerprint], [...server.config.hostKeys]);
});

test("a jump host whose key isn't pinned gets no log-in", async (t) => {
  const server = await adversary(t);
  const jump = await jumpHost(t, server.config.port);
  const other = [makeKey("ed25519").fingerprint];
  const error = await remoteErrorOf(t, "host-key", open(t, server.config, jump.config, other));
  t.regex(error.message, /the jump host us@127\.0\.0\.1:\d+: host key refused/);
  t.deepEqual(jump.log, []);
});

test("a jump host that leads to somebody else doesn't get our log-in to the partner there", async (t) => {
  const server = await adversary(t);
  const impostor = await logInServer(t, {
    hostKeys: [makeKey("ed25519").privateKey],
    authenticate: (context, log) => {
      log.push(context.method);
      context.accept();
    },
  });
  const jump = await jumpHost(t, impostor.config.port);
  const error = await remoteErrorOf(t, "host-key", open(t, server.config, jump.config));
  t.regex(error.message, /^us@127\.0\.0\.1:\d+: host key refused/);
  t.deepEqual(impostor.log, []);
});
