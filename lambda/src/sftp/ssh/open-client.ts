import { once } from "node:events";
import type { Readable } from "node:stream";
import ssh2, { type Client, type ConnectConfig, type NegotiatedAlgorithms, type ParsedKey } from "ssh2";
import type { SftpConfig } from "../../config/types.ts";
import type { Credentials } from "../../secrets/types.ts";
import type { Log } from "../../telemetry/types.ts";
import { RemoteError } from "../errors.ts";
import type { NewHostKey } from "../remote.ts";
import { isPostQuantum, usesSha1 } from "./algorithms.ts";
import { watchAnnouncedKeys } from "./announced-keys.ts";
import { createLogIn, type LogIn } from "./authenticate.ts";
import { watchBanners } from "./banners.ts";
import type { HostTrust } from "./certificates/host.ts";
import type { UserCertificate } from "./certificates/user.ts";
import { type ConnectStep, refusal, strayText } from "./connect-error.ts";
import { corkPerTurn } from "./cork.ts";
import { exchangeFor, sendEarly } from "./early.ts";
import { improveEncryption } from "./hooks/cipher.ts";
import { signAtOnce } from "./hooks/eager-signature.ts";
import { offerMlKem } from "./hooks/ml-kem.ts";
import { type LogInSeen, observeLogIn } from "./hooks/observe-log-in.ts";
import { sendLogInAhead, softwareOf } from "./hooks/send-ahead.ts";
import { joinGreeting } from "./hooks/whole-greeting.ts";
import { createHostKeyCheck, type HostKeyCheck } from "./host-key-check.ts";
import { fingerprintOf, type PinnedKey, weakness } from "./host-keys.ts";
import type { Hurry, SentAhead } from "./hurry.ts";
import { watchSilence } from "./keep-alive.ts";
import { logInError } from "./log-in-error.ts";
import type { ConnectOptions } from "./options.ts";
import { asServerError } from "./protocol-error.ts";
import { endlessQuestions, expiredPassword, maxRounds, saysExpired } from "./questions.ts";
import { observeServerHello, type ServerHello } from "./server-hello.ts";
import { describeNegotiated, type Negotiated, type Reached } from "./session.ts";
import type { Wire } from "./transport.ts";
import { boundUnsent } from "./unsent.ts";

/** Who is connected to, by fields of a stream's `sftp`. */
export type Server = Pick<SftpConfig, "host" | "port" | "username" | "insecureIgnoreHostKey">;

export interface Opening {
  /** What messages begin with. */
  readonly partner: string;
  readonly server: Server;
  readonly credentials: Credentials;
  readonly key: ParsedKey | undefined;
  /** The key's certificate, where it logs in with one. */
  readonly certificate?: UserCertificate | undefined;
  readonly pins: readonly PinnedKey[];
  /** Authorities whose host certificates are trusted, where there are any. */
  readonly trust?: HostTrust | undefined;
  readonly options: ConnectOptions;
  /** What SSH is to be spoken over. */
  readonly wire: Wire;
  /** Aborts at the deadline or when the caller gives up. */
  readonly signal: AbortSignal;
  readonly log: Log | undefined;
  readonly reached: Reached;
  /** What may be sent ahead, and what of it was. */
  readonly hurry?: { readonly may: Hurry; readonly sent: SentAhead } | undefined;
}

/** A client that is logged in, with one channel open. */
export interface Opened<T> {
  readonly client: Client;
  readonly channel: T;
  /** The server's identification, such as `OpenSSH_9.2p1`. */
  readonly software: string;
  readonly negotiated: Negotiated | undefined;
  /** Host keys that the server has announced and proved since, and that aren't pinned. */
  readonly newHostKeys: readonly NewHostKey[];
}

/** A host key that isn't pinned, and which others the server has. */
export class OtherKey extends Error {
  readonly key: Buffer;
  readonly hello: ServerHello;
  constructor(key: Buffer, hello: ServerHello) {
    super("host key is not pinned");
    this.key = key;
    this.hello = hello;
  }
}

/** Opens a channel of a client that is logged in. */
export type OpenChannel<T> = (client: Client, done: (error: Error | undefined, channel: T) => void) => void;

const openChannel = <T>(client: Client, config: ConnectConfig, open: OpenChannel<T>): Promise<T> =>
  new Promise((resolve, reject) => {
    client.on("error", reject);
    client.once("ready", () => open(client, (error, channel) => (error ? reject(error) : resolve(channel))));
    client.connect(config);
  });

/** What the two sides have agreed upon, by ssh2's event. */
const negotiatedBy = (
  agreed: NegotiatedAlgorithms,
  { key, certificate }: HostKeyCheck,
  software: string,
): Negotiated => {
  const both = (one: string, other: string) => (one === other ? one : `${one} to the server, ${other} from it`);
  const mac = both(agreed.cs.mac, agreed.sc.mac);
  return {
    server: software,
    kex: agreed.kex,
    postQuantum: isPostQuantum(agreed.kex),
    hostKey: agreed.serverHostKey,
    fingerprint: key === undefined ? "unknown" : fingerprintOf(key),
    cipher: both(agreed.cs.cipher, agreed.sc.cipher),
    ...(mac === "" ? {} : { mac }),
    ...(certificate && { hostKey: certificate.type, certificate: certificate.words }),
  };
};

/** Warns of what the connection rests on and shouldn't; returns what there is to say of the host key. */
const tellWeakness = (
  negotiated: Negotiated,
  { key, certificate }: HostKeyCheck,
  log: Log | undefined,
): string | undefined => {
  if (certificate?.fault !== undefined)
    log?.warn(`The server's host key is pinned, and its certificate isn't trusted: ${certificate.fault}`);
  const weak = key && weakness("The partner's host key", key);
  if (weak !== undefined) log?.warn(`${weak}. Ask the partner for another one`);
  const old = [negotiated.kex, negotiated.hostKey, negotiated.mac ?? ""].filter(usesSha1);
  if (old.length > 0)
    log?.warn(
      `The connection rests on SHA-1, as options.algorithms allows: ${old.join(", ")}. Ask the partner for an update`,
    );
  return weak;
};

const wayIn = (logIn: LogIn, certificate: UserCertificate | undefined): string => {
  const words = [...logIn.accepted, ...logIn.tried.slice(-1)].map(({ type, algorithm }) => {
    const dates = type === "publickey" && certificate ? `, ${certificate.dates}` : "";
    return `${type}${algorithm === undefined ? "" : ` (${algorithm}${dates})`}`;
  });
  return `by ${words.join(" and ")}`;
};

/**
 * Speaks SSH over a wire: host key checked, logged in, a channel open. The wire is destroyed where that fails. Throws a
 * `RemoteError`, or an `OtherKey`.
 */
export const openClient = async <T>(opening: Opening, open: OpenChannel<T>): Promise<Opened<T>> => {
  const { partner, server, credentials, key, certificate, pins, trust, signal, log, options: merged, wire } = opening;
  let phase: ConnectStep = "greeting";
  const reach = (next: ConnectStep, seen?: string) => {
    phase = next;
    opening.reached(next, seen);
  };
  boundUnsent(wire);
  const giveUp = () => wire.destroy();
  signal.addEventListener("abort", giveUp, { once: true });

  let hello: (() => ServerHello) | undefined;
  let seen: LogInSeen | undefined;
  let firstError: Error | undefined;
  const { insecureIgnoreHostKey } = server;
  const shown = createHostKeyCheck({ partner, pins, trust, insecureIgnoreHostKey });
  let negotiated: Negotiated | undefined;
  let rounds = 0;
  const { password } = credentials;
  const logIn = createLogIn(
    server.username,
    {
      ...(password === undefined ? {} : { password }),
      ...(key && { key }),
      ...(certificate && { certified: certificate.signers }),
    },
    { tryKeyboard: merged.tryKeyboard, allowSha1: merged.allowSha1, abandon: giveUp },
  );
  const client = new ssh2.Client();
  client.on("error", (error) => {
    firstError ??= error;
  });
  client.on("handshake", (agreed) => {
    // Once more with every new exchange of keys.
    if (negotiated !== undefined) return;
    negotiated = negotiatedBy(agreed, shown, hello?.().software ?? "");
    const weak = tellWeakness(negotiated, shown, log);
    reach("log-in", `${describeNegotiated(negotiated)}${weak === undefined ? "" : `. ${weak}`}`);
  });
  client.on("ready", () => reach("session", wayIn(logIn, certificate)));
  const banners = watchBanners(client, log, logIn.stop);
  const newHostKeys = watchAnnouncedKeys(client, { partner, pins, trust, log });
  client.on("change password", (prompt) => logIn.stop(expiredPassword(prompt)));

  const config: ConnectConfig = {
    ...merged.ssh,
    host: server.host,
    port: server.port,
    username: server.username,
    // ssh2 takes any stream, and its types only these.
    sock: wire as Readable,
    readyTimeout: 0,
    hostVerifier: shown.verify,
    authHandler: (left, partial, next) => next(logIn.next(left, partial) as never),
  };

  const failure = (error: unknown): unknown => {
    const heard = hello?.();
    const refused = (cause: Error | undefined) =>
      refusal({
        partner,
        phase,
        error: cause,
        hello: heard,
        ours: { ...merged.algorithms, hostKey: merged.algorithms.serverHostKey, mac: merged.algorithms.hmac },
        ...(seen === undefined ? {} : { seen }),
      });
    if (signal.aborted)
      return phase === "session" && seen && strayText(seen.output) ? refused(undefined) : signal.reason;
    if (shown.refusal !== undefined) return shown.refusal;
    if (shown.unpinned !== undefined)
      return new OtherKey(shown.unpinned, heard ?? { software: undefined, greeting: "", offer: undefined });
    const first = firstError ?? (error instanceof Error ? error : undefined);
    const cause = first && asServerError(first);
    if (cause instanceof RemoteError) return cause;
    if (phase === "greeting" && heard?.software !== undefined) reach("handshake");
    const { level } = (cause ?? {}) as { level?: unknown };
    const said = `${seen?.output.toString("latin1") ?? ""} ${seen?.errors.toString("latin1") ?? ""}`;
    if (phase === "session" && saysExpired(said)) logIn.stop(expiredPassword(said));
    if (logIn.obstacle !== undefined || (phase === "log-in" && level === "client-authentication")) {
      const notes = [key && weakness("Our private key", key.getPublicSSH()), certificate?.note].filter(Boolean);
      return logInError(partner, logIn, {
        ...(banners.last === undefined ? {} : { banner: banners.last }),
        ...(notes.length > 0 && { note: notes.join(". ") }),
      });
    }
    return refused(cause);
  };

  const { hurry } = opening;
  try {
    improveEncryption(client);
    signAtOnce(client);
    if (hurry)
      sendLogInAhead(
        client,
        () => hurry.may.logIn(softwareOf(client)),
        () => {
          hurry.sent.logIn = true;
        },
      );
    const connected = openChannel(client, config, open);
    seen = observeLogIn(client, () => {
      rounds += 1;
      if (rounds > maxRounds) logIn.stop(endlessQuestions);
    });
    joinGreeting(client);
    const exchange = hurry && exchangeFor(hurry.may.exchange, merged);
    if (merged.postQuantum) offerMlKem(client, exchange?.ahead.begun);
    trust?.offer(client);
    if (hurry) sendEarly(client, hurry, exchange, wire);
    hello = observeServerHello(wire, () => {
      firstError ??= new Error("64 KB came and no SSH identification");
      giveUp();
    });
    wire.once("data", () => {
      if (phase === "greeting" && hello?.().software !== undefined) reach("handshake", hello().identification);
    });
    const closed = once(wire, "close").then(() => Promise.reject(firstError));
    const channel = await Promise.race([connected, closed]);
    // ssh2 gives the channel of a connection that was dropped while the server owed it its limits.
    signal.throwIfAborted();
    seen.done();
    corkPerTurn(wire);
    watchSilence(client, wire, merged.keepAlive);
    if (negotiated !== undefined) log?.info("Connected", { ...negotiated, logIn: wayIn(logIn, certificate) });
    return { client, channel, software: hello().software ?? "", negotiated, newHostKeys };
  } catch (error) {
    wire.destroy();
    // What ssh2 has still to say about it is of no interest any more, and must not be an uncaught error.
    client.on("error", () => {});
    throw failure(error);
  } finally {
    signal.removeEventListener("abort", giveUp);
  }
};
