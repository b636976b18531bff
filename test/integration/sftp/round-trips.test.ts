import test, { type ExecutionContext } from "ava";
import { openRemote } from "../../../lambda/src/sftp/open.ts";
import { adversary } from "../../helpers/sftp/connected.ts";
import { logInServer } from "../../helpers/sftp/log-in-server.ts";
import { sshdConfig } from "../../helpers/sftp/sshd-config.ts";
import { startLine } from "../../servers/line.ts";
import { startSshd } from "../../stack/sshd.ts";

/** Milliseconds each way: so long that what the programs need for themselves is no round trip. */
const oneWay = 150;

/** Round trips from the end of the key exchange to the end of the log-in. */
const logInOver = async (
  t: ExecutionContext,
  port: number,
  open: (port: number, reached: (phase: string) => void) => ReturnType<typeof openRemote>,
) => {
  const line = await startLine(port, oneWay);
  t.teardown(() => line.stop());
  const at = new Map<string, number>();
  const remote = await open(line.port, (phase) => void at.set(phase, performance.now()));
  t.is((await remote.stat("/"))?.kind, "directory");
  await remote.close();
  return ((at.get("session") ?? 0) - (at.get("log-in") ?? 0)) / (2 * oneWay);
};

test("OpenSSH is logged in to in one round trip behind the key exchange, others in two", async (t) => {
  const sshd = await startSshd();
  t.teardown(() => sshd.stop());
  const { privateKey } = sshd.key;
  const config = sshdConfig(sshd);
  const toOpenSsh = await logInOver(t, sshd.port, (port, reached) =>
    openRemote({ ...config, port }, { privateKey }, { reached }),
  );
  t.true(toOpenSsh > 0.9 && toOpenSsh < 1.8, `${toOpenSsh}`);
  const other = await adversary(t);
  const toOther = await logInOver(t, other.config.port, (port, reached) =>
    openRemote({ ...other.config, port }, { password: "secret" }, { reached }),
  );
  t.true(toOther > 1.9 && toOther < 2.8, `${toOther}`);
});

test("a server that ends the connection over a log-in that was sent ahead is logged in to without, from then on", async (t) => {
  const early: number[] = [];
  let connections = 0;
  const { config } = await logInServer(t, {
    ident: "OpenSSH_9.9",
    client: (client) => {
      connections += 1;
      // biome-ignore lint/suspicious/noExplicitAny: all of it is private
      const handlers = (client as any)._protocol._handlers;
      const { SERVICE_REQUEST: grant, USERAUTH_REQUEST: logIn } = handlers;
      let granted = false;
      handlers.SERVICE_REQUEST = (...given: unknown[]) => {
        setTimeout(() => {
          granted = true;
          grant(...given);
        }, 50);
      };
      handlers.USERAUTH_REQUEST = (...given: unknown[]) => {
        if (granted) return logIn(...given);
        early.push(connections);
        client.end();
      };
    },
  });
  for (const made of [2, 3]) {
    await (await openRemote(config, { password: "secret" })).close();
    t.is(connections, made);
  }
  t.deepEqual(early, [1]);
});
