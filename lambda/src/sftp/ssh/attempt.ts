import { once } from "node:events";
import { connect as connectSocket } from "node:net";
import ssh2, {
  type Client,
  type ConnectConfig,
  type NegotiatedAlgorithms,
  type ParsedKey,
  type SFTPWrapper,
} from "ssh2";
import type { SftpConfig } from "../../config/types.ts";
import type { Credentials } from "../../secrets/types.ts";
import type { Log } from "../../telemetry/types.ts";
import { RemoteError } from "../errors.ts";
import { printable } from "../printable.ts";
import { usesSha1 } from "./algorithms.ts";
import { createLogIn, type LogIn } from "./authenticate.ts";
import { type ConnectStep, connectTimeout, refusal, strayText } from "./connect-error.ts";
import { corkPerTurn } from "./cork.ts";
import { improveEncryption } from "./hooks/cipher.ts";
import { signAtOnce } from "./hooks/eager-signature.ts";
import { offerMlKem } from "./hooks/ml-kem.ts";
import { type LogInSeen, observeLogIn } from "./hooks/observe-log-in.ts";
import { releaseBuffers } from "./hooks/release-buffers.ts";
import { joinGreeting } from "./hooks/whole-greeting.ts";
import { fingerprintOf, hostKeyAlgorithms, isPinned, type PinnedKey, unpinnedKeys, weakness } from "./host-keys.ts";
import { watchSilence } from "./keep-alive.ts";
import { logInError } from "./log-in-error.ts";
import { type ConnectOptions, mergeOptions } from "./options.ts";
import { asServerError } from "./protocol-error.ts";
import {
  endlessBanners,
  endlessQuestions,
  expiredPassword,
  maxBannerCharacters,
  maxBanners,
  maxRounds,
  saysExpired,
} from "./questions.ts";
import { observeServerHello, type ServerHello } from "./server-hello.ts";
import { describeNegotiated, type Negotiated, type Reached, type SshSession } from "./session.ts";
import { boundUnsent } from "./unsent.ts";

export interface Attempt {
  readonly partner: string;
  readonly sftp: SftpConfig;
  readonly credentials: Credentials;
  readonly key: ParsedKey | undefined;
  readonly pins: readonly PinnedKey[];
  /** The type of host key that is asked for first. */
  readonly keyType: string | undefined;
  readonly address: string;
  /** For the TCP connection alone, where there are further addresses to try. Milliseconds. */
  readonly patienceMs: number | undefined;
  /** Aborts at the deadline or when the caller gives up. */
  readonly signal: AbortSignal;
  readonly log: Log | undefined;
  readonly reached: Reached;
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

/** Of what a server announces. */
const maxAnnouncedKeys = 10;

/** Logs in and opens the SFTP channel. */
const openChannel = (client: Client, config: ConnectConfig): Promise<SFTPWrapper> =>
  new Promise((resolve, reject) => {
    client.on("error", reject);
    client.once("ready", () => client.sftp((error, channel) => (error ? reject(error) : resolve(channel))));
    client.connect(config);
  });

const dial = async ({ address, sftp, signal, patienceMs, partner }: Attempt, options: ConnectOptions["socket"]) => {
  const { localAddress } = options;
  const socket = connectSocket({
    host: address,
    port: sftp.port,
    noDelay: true,
    keepAlive: true,
    keepAliveInitialDelay: 30_000,
    ...(localAddress === undefined ? {} : { localAddress }),
  });
  const impatient = new AbortController();
  const timer =
    patienceMs === undefined
      ? undefined
      : setTimeout(
          () => impatient.abort(connectTimeout(partner, "connecting", Math.round(patienceMs / 1000))),
          patienceMs,
        );
  try {
    await once(socket, "connect", { signal: AbortSignal.any([signal, impatient.signal]) });
    return socket;
  } catch (error) {
    socket.destroy();
    if (signal.aborted) throw signal.reason;
    if (impatient.signal.aborted) throw impatient.signal.reason;
    throw refusal({ partner, phase: "connecting", error: error as Error, hello: undefined, ours: {} });
  } finally {
    clearTimeout(timer);
  }
};

/** What the two sides have agreed upon, by ssh2's event. */
const negotiatedBy = (agreed: NegotiatedAlgorithms, hostKey: Buffer | undefined, software: string): Negotiated => {
  const both = (one: string, other: string) => (one === other ? one : `${one} to the server, ${other} from it`);
  const mac = both(agreed.cs.mac, agreed.sc.mac);
  return {
    server: software,
    kex: agreed.kex,
    hostKey: agreed.serverHostKey,
    fingerprint: hostKey === undefined ? "unknown" : fingerprintOf(hostKey),
    cipher: both(agreed.cs.cipher, agreed.sc.cipher),
    ...(mac === "" ? {} : { mac }),
  };
};

const wayIn = (logIn: LogIn): string => {
  const { type = "nothing", algorithm } = logIn.tried.at(-1) ?? {};
  return `by ${type}${algorithm === undefined ? "" : ` (${algorithm})`}`;
};

/** One connection to one address: host key checked, logged in, SFTP channel open. Throws a `RemoteError`, or an `OtherKey`. */
export const attempt = async (options: Attempt): Promise<SshSession> => {
  const { partner, sftp, credentials, key, pins, signal, log } = options;
  const merged = mergeOptions(sftp, hostKeyAlgorithms(pins, options.keyType), log);
  let phase: ConnectStep = "connecting";
  const reach = (next: ConnectStep, seen?: string) => {
    phase = next;
    options.reached(next, seen);
  };
  reach("connecting");
  const socket = await dial(options, merged.socket);
  boundUnsent(socket);
  const giveUp = () => socket.destroy();
  signal.addEventListener("abort", giveUp, { once: true });
  reach("greeting", options.address);

  let hello: (() => ServerHello) | undefined;
  let seen: LogInSeen | undefined;
  let firstError: Error | undefined;
  let hostKey: Buffer | undefined;
  let unpinned: Buffer | undefined;
  let negotiated: Negotiated | undefined;
  let rounds = 0;
  const newHostKeys: string[] = [];
  const banners = { count: 0, characters: 0, last: undefined as string | undefined };
  const { password } = credentials;
  const logIn = createLogIn(
    sftp.username,
    { ...(password === undefined ? {} : { password }), ...(key === undefined ? {} : { key }) },
    { tryKeyboard: merged.tryKeyboard, allowSha1: merged.allowSha1, abandon: giveUp },
  );
  const client = new ssh2.Client();
  client.on("error", (error) => {
    firstError ??= error;
  });
  client.on("handshake", (agreed) => {
    // Once more with every new exchange of keys.
    if (negotiated !== undefined) return;
    negotiated = negotiatedBy(agreed, hostKey, hello?.().software ?? "");
    const weak = hostKey && weakness("The partner's host key", hostKey);
    if (weak !== undefined) log?.warn(`${weak}. Ask the partner for another one`);
    const old = [negotiated.kex, negotiated.hostKey, negotiated.mac ?? ""].filter(usesSha1);
    if (old.length > 0)
      log?.warn(
        `The connection rests on SHA-1, as options.algorithms allows: ${old.join(", ")}. Ask the partner for an update`,
      );
    reach("log-in", `${describeNegotiated(negotiated)}${weak === undefined ? "" : `. ${weak}`}`);
  });
  client.on("ready", () => reach("session", wayIn(logIn)));
  client.on("banner", (text) => {
    banners.count += 1;
    banners.characters += text.length;
    banners.last = text;
    if (banners.count > maxBanners || banners.characters > maxBannerCharacters) logIn.stop(endlessBanners);
    else if (banners.count <= 3) log?.debug("Banner of the server", { banner: printable(text, 1000) });
  });
  client.on("hostkeys", (announced) => {
    const keys = announced.slice(0, maxAnnouncedKeys).map((one) => one.getPublicSSH());
    const said = unpinnedKeys(pins, keys).filter((line) => !newHostKeys.includes(line));
    newHostKeys.push(...said);
    for (const line of said) log?.warn(`${partner}: ${line}`);
  });
  client.on("change password", (prompt) => logIn.stop(expiredPassword(prompt)));

  const config: ConnectConfig = {
    ...merged.ssh,
    host: sftp.host,
    port: sftp.port,
    username: sftp.username,
    sock: socket,
    readyTimeout: 0,
    hostVerifier: (shown: Buffer) => {
      hostKey = Buffer.from(shown);
      if (isPinned(pins, shown) || (sftp.insecureIgnoreHostKey && pins.length === 0)) return true;
      unpinned = hostKey;
      return false;
    },
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
    if (unpinned !== undefined)
      return new OtherKey(unpinned, heard ?? { software: undefined, greeting: "", offer: undefined });
    const first = firstError ?? (error instanceof Error ? error : undefined);
    const cause = first && asServerError(first);
    if (cause instanceof RemoteError) return cause;
    if (phase === "greeting" && heard?.software !== undefined) reach("handshake");
    const { level } = (cause ?? {}) as { level?: unknown };
    const said = `${seen?.output.toString("latin1") ?? ""} ${seen?.errors.toString("latin1") ?? ""}`;
    if (phase === "session" && saysExpired(said)) logIn.stop(expiredPassword(said));
    if (logIn.obstacle !== undefined || (phase === "log-in" && level === "client-authentication")) {
      const note = key && weakness("Our private key", key.getPublicSSH());
      return logInError(partner, logIn, {
        ...(banners.last === undefined ? {} : { banner: banners.last }),
        ...(note === undefined ? {} : { note }),
      });
    }
    return refused(cause);
  };

  try {
    improveEncryption(client);
    signAtOnce(client);
    const connected = openChannel(client, config);
    seen = observeLogIn(client, () => {
      rounds += 1;
      if (rounds > maxRounds) logIn.stop(endlessQuestions);
    });
    joinGreeting(client);
    if (merged.postQuantum) offerMlKem(client);
    hello = observeServerHello(socket, () => {
      firstError ??= new Error("64 KB came and no SSH identification");
      giveUp();
    });
    socket.once("data", () => {
      if (phase === "greeting" && hello?.().software !== undefined) reach("handshake", hello().identification);
    });
    const closed = once(socket, "close").then(() => Promise.reject(firstError));
    const channel = await Promise.race([connected, closed]);
    // ssh2 gives the channel of a connection that was dropped while the server owed it its limits.
    signal.throwIfAborted();
    seen.done();
    corkPerTurn(socket);
    releaseBuffers(client, socket);
    watchSilence(client, socket, merged.keepAlive);
    if (negotiated !== undefined) log?.info("Connected", { ...negotiated, logIn: wayIn(logIn) });
    return { partner, socket, client, sftp: channel, software: hello().software ?? "", negotiated, newHostKeys };
  } catch (error) {
    socket.destroy();
    // What ssh2 has still to say about it is of no interest any more, and must not be an uncaught error.
    client.on("error", () => {});
    throw failure(error);
  } finally {
    signal.removeEventListener("abort", giveUp);
  }
};
