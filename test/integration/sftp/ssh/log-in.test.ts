import test, { type ExecutionContext } from "ava";
import type ssh2 from "ssh2";
import { openRemote } from "../../../../lambda/src/sftp/open.ts";
import { sshString } from "../../../../lambda/src/sftp/ssh/wire.ts";
import { remoteErrorOf } from "../../../helpers/sftp/connected.ts";
import { makeKey } from "../../../helpers/sftp/keys.ts";
import { type LogInQuirks, logInServer } from "../../../helpers/sftp/log-in-server.ts";

const rsa = makeKey("rsa");
const password = { password: "secret" };
const refusalOf = async (
  t: ExecutionContext,
  quirks: LogInQuirks,
  credentials: { password?: string; privateKey?: string } = password,
) => {
  const { config } = await logInServer(t, quirks);
  return await remoteErrorOf(t, "authentication", openRemote({ ...config, connectTimeoutSeconds: 10 }, credentials));
};

/** As a server of ssh2's tells what a key was signed with. */
const algorithmOf = (context: ssh2.PublicKeyAuthContext): string => {
  const { hashAlgo } = context as unknown as { hashAlgo?: string };
  return hashAlgo === undefined ? context.key.algo : `rsa-sha2-${hashAlgo.slice(3)}`;
};
/** A server that announces no algorithms for log-ins (server-sig-algs, RFC 8308). */
const silentOnAlgorithms = (client: ssh2.Connection) => {
  const protocol = (client as unknown as { _protocol: { _kex?: object } })._protocol;
  let kex = protocol._kex;
  Object.defineProperty(protocol, "_kex", {
    get: () => kex,
    set: (value: object | undefined) => {
      kex = value && Object.defineProperty(value, "remoteExtInfoEnabled", { get: () => false, set() {} });
    },
  });
};

for (const announces of [true, false])
  for (const [taken, tried] of [
    ["rsa-sha2-512", ["rsa-sha2-512"]],
    ["rsa-sha2-256", ["rsa-sha2-512", "rsa-sha2-256"]],
    ["ssh-rsa", ["rsa-sha2-512", "rsa-sha2-256", "ssh-rsa"]],
  ] as const)
    test(`an RSA key logs in where ${taken} alone is taken, and algorithms are ${announces ? "" : "not "}announced`, async (t) => {
      const { config, log } = await logInServer(t, {
        ...(announces ? {} : { client: silentOnAlgorithms }),
        authenticate: (context, log) => {
          if (context.method !== "publickey" || !context.key.data.equals(rsa.publicKey))
            return context.reject(["publickey"]);
          const algorithm = algorithmOf(context);
          log.push(algorithm);
          return algorithm === taken ? context.accept() : context.reject(["publickey"]);
        },
      });
      const credentials = { privateKey: rsa.privateKey };
      if (taken === "ssh-rsa") {
        const { message } = await remoteErrorOf(t, "authentication", openRemote(config, credentials));
        t.regex(
          message,
          /tried the private key \(rsa-sha2-512, rsa-sha2-256\).*serverHostKey = \{ append = \["ssh-rsa"\] \}.*less safe/,
        );
        t.deepEqual(log.splice(0), ["rsa-sha2-512", "rsa-sha2-256"], "no SHA-1 unless the stream asks for it");
      }
      const options = taken === "ssh-rsa" ? { algorithms: { serverHostKey: { append: ["ssh-rsa"] } } } : {};
      const remote = await openRemote({ ...config, options }, credentials);
      await remote.close();
      t.deepEqual(log, [...tried]);
    });

test("a key and a password that are both wanted are given, in either order, with an RSA key as well", async (t) => {
  for (const first of ["publickey", "password"] as const) {
    const done = new Set<string>();
    const { config } = await logInServer(t, {
      authenticate: (context) => {
        const wanted = done.size === 0 ? first : first === "password" ? "publickey" : "password";
        const right =
          context.method === wanted &&
          (context.method === "publickey"
            ? algorithmOf(context) === "rsa-sha2-256"
            : (context as ssh2.PasswordAuthContext).password === "secret");
        if (!right) return context.reject([wanted]);
        done.add(wanted);
        return done.size === 2
          ? context.accept()
          : context.reject([wanted === "password" ? "publickey" : "password"], true);
      },
    });
    const remote = await openRemote(config, { privateKey: rsa.privateKey, ...password });
    await remote.close();
    t.is(done.size, 2);
  }
});

/** Asks these questions one round after the other, whatever the answers. */
const asking =
  (...rounds: readonly (readonly { prompt: string; echo: boolean }[])[]): NonNullable<LogInQuirks["authenticate"]> =>
  (context) => {
    if (context.method !== "keyboard-interactive") return context.reject(["keyboard-interactive"]);
    const ask = (at: number): void =>
      context.prompt([...(rounds[Math.min(at, rounds.length - 1)] ?? [])], "sign in", "please", () => ask(at + 1));
    ask(0);
  };
const hidden = (prompt: string) => ({ prompt, echo: false });

test("several questions at once are named, and none is answered", async (t) => {
  const { message } = await refusalOf(t, { authenticate: asking([hidden("Password: "), hidden("Memorable word: ")]) });
  t.regex(message, /asks 2 questions at once, "Password:", "Memorable word:".*for a technical user/);
});

test("a second question, after the password, is named", async (t) => {
  const { message } = await refusalOf(t, {
    authenticate: asking([hidden("Password: ")], [hidden("Memorable word: ")]),
  });
  t.regex(message, /asks "Memorable word:" after it was given the password/);
  const code = await refusalOf(t, { authenticate: asking([hidden("Password: ")], [hidden("Duo passcode: ")]) });
  t.regex(code.message, /asks "Duo passcode:", which only a person could answer/);
});

test("rounds without a question come to an end", async (t) => {
  const started = performance.now();
  const { message } = await refusalOf(t, { authenticate: asking([]) });
  t.regex(message, /goes on asking after 8 rounds/);
  t.true(performance.now() - started < 9000, "without waiting for the deadline");
});

test("a long question is cut", async (t) => {
  const { message } = await refusalOf(t, { authenticate: asking([{ prompt: "x".repeat(20_000), echo: true }]) });
  t.true(message.length < 600);
});

for (const [name, quirks] of Object.entries({
  "by a request to change it": {
    authenticate: (context) => {
      if (context.method !== "password") return context.reject(["password"]);
      context.requestChange("Your password is 91 days old. Choose another one", () => {});
    },
  },
  "by a question for a new one": { authenticate: asking([hidden("Current password: ")], [hidden("New password: ")]) },
  "by a question at once": {
    authenticate: asking([hidden("Enter new UNIX password: "), hidden("Retype new UNIX password: ")]),
  },
  "by what it prints instead of SFTP": {
    session: (session) =>
      void session.on("subsystem" as never, (accept: () => ssh2.ServerChannel) => {
        const channel = accept();
        channel.stderr.write("WARNING: Your password has expired.\nPassword change required but no TTY available.\n");
        channel.exit(1);
        channel.end();
      }),
  },
} satisfies Record<string, LogInQuirks>))
  test(`an expired password is told as such: ${name}`, async (t) => {
    const { message } = await refusalOf(t, quirks);
    t.regex(message, /the password has expired.*Set a new password with the partner/);
    t.false(message.includes("Check username"));
  });

/** USERAUTH_BANNER (RFC 4252, section 5.4), which ssh2's server sends once and by itself. */
const sendBanner = (client: ssh2.Connection, text: string): void => {
  const { _protocol: protocol } = client as unknown as {
    _protocol: {
      _packetRW: { write: { allocStart: number; alloc(size: number): Buffer; finalize(packet: Buffer): Buffer } };
      _cipher: { encrypt(packet: Buffer): void };
    };
  };
  const payload = Buffer.concat([Buffer.from([53]), sshString(text), sshString("")]);
  const { write } = protocol._packetRW;
  const packet = write.alloc(payload.length);
  packet.set(payload, write.allocStart);
  protocol._cipher.encrypt(write.finalize(packet));
};

for (const [name, count, text] of [
  ["many", 60, "again"],
  ["long ones", 5, "x".repeat(30_000)],
] as const)
  test(`banners without end come to an end: ${name}`, async (t) => {
    const { message } = await refusalOf(t, {
      client: (client) =>
        void client.on("authentication", () => {
          for (let sent = 0; sent < count; sent += 1) sendBanner(client, text);
        }),
      authenticate: () => {},
    });
    t.regex(message, /banners without end/);
    t.true(message.length < 800);
  });

test("the banner is part of a refusal", async (t) => {
  const { message } = await refusalOf(t, { banner: "Account us is locked until Monday" }, { password: "wrong" });
  t.regex(message, /the server's banner says "Account us is locked until Monday"/);
});
