/** What is sent before it is asked for: to whom, and what becomes of those who dislike it. */
import test from "ava";
import { RemoteError } from "../../../lambda/src/sftp/errors.ts";
import { openRemote } from "../../../lambda/src/sftp/open.ts";
import { createTraits, type LearnedTraits, type Traits } from "../../../lambda/src/traits/traits.ts";
import { adversary, remoteErrorOf } from "../../helpers/sftp/connected.ts";
import { fewest } from "../../helpers/sftp/fewest.ts";
import { makeKey } from "../../helpers/sftp/keys.ts";
import { type LogInQuirks, logInServer, rawServer } from "../../helpers/sftp/log-in-server.ts";
import { startCountingLine } from "../../servers/round-trips.ts";

const password = { password: "secret" };

const known = (...names: (keyof LearnedTraits)[]): Traits =>
  createTraits({
    learned: Object.fromEntries(names.map((name) => [name, { value: true, at: Date.now(), why: "seen" }])),
  });

test("to a server that nobody knows nothing is sent ahead; from the second connection on it takes five round trips", async (t) => {
  const { config } = await adversary(t);
  const first = await (await fewest(t, config, password, createTraits))(8, 9);
  t.true(first[0] >= 8, `${first}`);
  const learned = createTraits();
  const later = await fewest(t, config, password, () => learned);
  await later(8, 9);
  t.deepEqual(await later(5, 6), [5, 6]);
  t.like(learned.learned, {
    early_curve25519: { value: true },
    early_log_in: { value: true },
    early_session: { value: true },
  });
});

/** Types of the SSH packets that aren't encrypted, behind the identification (RFC 4253, section 6). */
const plainPackets = (sent: Buffer): number[] => {
  const types: number[] = [];
  for (let at = sent.indexOf("\n") + 1; at + 5 < sent.length; at += 4 + sent.readUInt32BE(at))
    types.push(sent[at + 5] ?? 0);
  return types;
};

test("before the host key is known to be right nothing is sent but KEXINIT and a public half", async (t) => {
  const server = await adversary(t);
  const line = await startCountingLine(server.config.port);
  t.teardown(() => line.stop());
  const wrong = { ...server.config, port: line.port, hostKeys: [makeKey("ed25519").fingerprint] };
  for (const early of ["early_curve25519", undefined] as const) {
    const traits = early ? known(early, "early_log_in", "early_session") : createTraits();
    await remoteErrorOf(t, "host-key", openRemote(wrong, password, { traits }));
    // KEXINIT and KEX_ECDH_INIT; the DISCONNECT that says why may still be on its way.
    t.deepEqual(
      plainPackets(line.sent()).filter((type) => type !== 1),
      [20, 30],
      String(early),
    );
    t.false(line.sent().includes("secret"));
    t.deepEqual(traits.learned, early ? traits.learned : {});
  }
});

test("keys can be exchanged anew on a connection whose first exchange was sent ahead, and a certificate's hooks go with it", async (t) => {
  const clients: { rekey(): void }[] = [];
  const { config } = await logInServer(t, { client: (client) => void clients.push(client as never) });
  const traits = known("early_curve25519", "early_log_in", "early_session");
  const remote = await openRemote(config, password, { traits });
  const again = new Promise((resolve) =>
    (clients[0] as never as { once(e: string, f: unknown): void }).once("rekey", resolve),
  );
  clients[0]?.rekey();
  await again;
  t.false(remote.lost.aborted);
  await remote.close();
});

interface Dislike {
  readonly name: string;
  readonly trait: "early_curve25519" | "early_log_in" | "early_session";
  /** Makes the server's side end the connection over what came too early. */
  readonly quirks: (seen: { early: number; connections: number }) => LogInQuirks;
}

// biome-ignore lint/suspicious/noExplicitAny: all of it is private
const innards = (client: unknown): any => (client as any)._protocol;

/** A server that takes a while to grant what is asked for, and ends the connection over what comes before it has. */
const endsWhatComesBefore =
  (asked: string, early: string): Dislike["quirks"] =>
  (seen) => ({
    client: (client) => {
      seen.connections += 1;
      const handlers = innards(client)._handlers;
      const { [asked]: grant, [early]: take } = handlers;
      let granted = false;
      handlers[asked] = (...given: unknown[]) => {
        setTimeout(() => {
          granted = true;
          grant(...given);
        }, 50);
      };
      handlers[early] = (...given: unknown[]) => {
        if (granted) return take(...given);
        seen.early += 1;
        client.end();
      };
    },
  });

const dislikes: readonly Dislike[] = [
  {
    name: "has changed its mind about the exchange of keys",
    trait: "early_curve25519",
    quirks: (seen) => ({
      algorithms: { kex: ["ecdh-sha2-nistp256"] },
      client: () => {
        seen.connections += 1;
        seen.early = 1;
      },
    }),
  },
  {
    name: "ends the connection over a log-in that was sent ahead",
    trait: "early_log_in",
    quirks: endsWhatComesBefore("SERVICE_REQUEST", "USERAUTH_REQUEST"),
  },
  {
    name: "ends the connection over SFTP that begins before it is granted",
    trait: "early_session",
    quirks: endsWhatComesBefore("CHANNEL_REQUEST", "CHANNEL_DATA"),
  },
];

for (const { name, trait, quirks } of dislikes)
  test(`a server that ${name} is connected to without, from then on`, async (t) => {
    const seen = { early: 0, connections: 0 };
    const { config } = await logInServer(t, quirks(seen));
    const traits = known("early_curve25519", "early_log_in", "early_session");
    if (trait !== "early_curve25519") t.is(traits.can(trait), true);
    for (const made of [2, 3]) {
      await (await openRemote(config, password, { traits })).close();
      t.is(seen.connections, made);
    }
    t.is(seen.early, 1);
    t.is(traits.can(trait), false);
    t.is(traits.can("early_log_in"), trait !== "early_log_in", "and of the rest nothing is forgotten");
  });

test("one that says nothing more is given up at the end of the time, and connected to at leisure the next time", async (t) => {
  let early = 0;
  const { config } = await logInServer(t, {
    client: (client) => {
      const handlers = innards(client)._handlers;
      const { SERVICE_REQUEST: grant, USERAUTH_REQUEST: logIn } = handlers;
      let granted = false;
      handlers.SERVICE_REQUEST = (...given: unknown[]) => {
        setTimeout(() => {
          granted = true;
          grant(...given);
        }, 50);
      };
      handlers.USERAUTH_REQUEST = (...given: unknown[]) => {
        if (granted) logIn(...given);
        else early += 1;
      };
    },
  });
  let traits = known("early_curve25519");
  // A busy machine may not come so far in time.
  for (let turn = 0; turn < 6 && early === 0; turn += 1) {
    traits = known("early_curve25519");
    const hasty = { ...config, connectTimeoutSeconds: 3 + turn * 4 };
    await remoteErrorOf(t, "connect-timeout", openRemote(hasty, password, { traits }));
  }
  t.is(traits.can("early_log_in"), false);
  await (await openRemote(config, password, { traits })).close();
  t.is(early, 1);
});

test("a refusal of a log-in that was sent ahead isn't asked for twice, and is asked for at leisure the next time", async (t) => {
  let attempts = 0;
  const { config } = await logInServer(t, {
    authenticate: (context) => {
      attempts += 1;
      context.reject(["password"]);
    },
  });
  const traits = known("early_curve25519");
  await remoteErrorOf(t, "authentication", openRemote(config, password, { traits }));
  t.is(attempts, 1);
  t.is(traits.can("early_log_in"), false);
  const sure = known("early_curve25519", "early_log_in");
  await remoteErrorOf(t, "authentication", openRemote(config, password, { traits: sure }));
  t.is(attempts, 2);
  t.is(sure.can("early_log_in"), true);
});

test("the word that grants a log-in's service is acknowledged at once: a server may hold the log-in's answer back until then", async (t) => {
  let acknowledged = 0;
  const { config } = await logInServer(t, {
    client: (client) => {
      const protocol = innards(client);
      const { USERAUTH_REQUEST: logIn } = protocol._handlers;
      let answer: (() => void) | undefined;
      protocol._handlers.USERAUTH_REQUEST = (...given: unknown[]) => {
        answer = () => logIn(...given);
      };
      protocol._debug = (said: string) => {
        if (!said.includes("Received IGNORE")) return;
        acknowledged += 1;
        answer?.();
      };
    },
  });
  await (await openRemote(config, password, { traits: known("early_curve25519") })).close();
  t.is(acknowledged, 1);
});

test("a server that grants a log-in's service again and again is acknowledged once", async (t) => {
  let acknowledged = 0;
  const { config } = await logInServer(t, {
    client: (client) => {
      const protocol = innards(client);
      const { USERAUTH_REQUEST: logIn } = protocol._handlers;
      protocol._handlers.USERAUTH_REQUEST = async (...given: unknown[]) => {
        for (let turn = 0; turn < 20; turn++) {
          protocol.serviceAccept("ssh-userauth");
          await new Promise((resolve) => setTimeout(resolve, 5));
        }
        logIn(...given);
      };
      protocol._debug = (said: string) => {
        if (said.includes("Received IGNORE")) acknowledged += 1;
      };
    },
  });
  await (await openRemote(config, password, { traits: known("early_curve25519") })).close();
  t.is(acknowledged, 1);
});

test("what fails at leisure as well is not laid to what was sent ahead", async (t) => {
  let connections = 0;
  let current: { end(): unknown } | undefined;
  const { config } = await logInServer(t, {
    client: (client) => {
      connections += 1;
      current = client;
    },
    session: (session) => void session.on("sftp", () => void current?.end()),
  });
  const traits = known("early_curve25519", "early_log_in", "early_session");
  await t.throwsAsync(openRemote(config, password, { traits }), { instanceOf: RemoteError });
  t.is(connections, 2);
  t.is(traits.can("early_session"), true);
});

test("a server that lets nobody in is asked a second time at once no more than once an hour, and never where it says so", async (t) => {
  for (const said of ["", "Not allowed at this time\r\n"]) {
    let connections = 0;
    const config = await rawServer(t, (socket) => {
      connections += 1;
      socket.end(said);
    });
    for (let turn = 0; turn < 3; turn++)
      await remoteErrorOf(t, "busy", openRemote(config, password, { traits: known("early_curve25519") }));
    t.is(connections, said === "" ? 4 : 3);
  }
});
