import { once } from "node:events";
import { connect as connectSocket, type Socket } from "node:net";
import ssh2, { type Client, type ConnectConfig, type ParsedKey, type SFTPWrapper } from "ssh2";
import { partnerOf, type SftpConfig } from "../../config/types.ts";
import type { Credentials } from "../../secrets/types.ts";
import type { Log } from "../../telemetry/types.ts";
import { RemoteError } from "../errors.ts";
import { printable, without } from "../printable.ts";
import { createLogIn, logInError } from "./authenticate.ts";
import { improveEncryption } from "./cipher.ts";
import { connectTimeout, type Phase, refusal } from "./connect-error.ts";
import { corkPerTurn } from "./cork.ts";
import { signAtOnce } from "./eager-signature.ts";
import {
  hostKeyAlgorithms,
  hostKeyError,
  isPinned,
  nextKeyType,
  type PinnedKey,
  parsePinnedKeys,
  typeOf,
} from "./host-keys.ts";
import { mergeOptions } from "./options.ts";
import { parsePrivateKey } from "./private-key.ts";
import { releaseBuffers } from "./release-buffers.ts";
import { observeServerHello, type ServerHello } from "./server-hello.ts";

/** A connection that is logged in, with its first SFTP channel. Nobody listens for its errors yet but to keep them quiet. */
export interface Session {
  readonly partner: string;
  readonly socket: Socket;
  readonly client: Client;
  readonly sftp: SFTPWrapper;
  /** The server's identification, such as `OpenSSH_9.2p1`. */
  readonly software: string;
}

interface Attempt {
  readonly partner: string;
  readonly sftp: SftpConfig;
  readonly credentials: Credentials;
  readonly key: ParsedKey | undefined;
  readonly pins: readonly PinnedKey[];
  readonly keyType: string | undefined;
  /** Aborts at the deadline or when the caller gives up. */
  readonly signal: AbortSignal;
  readonly log: Log | undefined;
  /** Tells how far it has come. */
  readonly reached: (phase: Phase) => void;
}

/** A host key that isn't pinned, and which others the server has. */
class OtherKey extends Error {
  readonly key: Buffer;
  readonly hello: ServerHello;
  constructor(key: Buffer, hello: ServerHello) {
    super("host key is not pinned");
    this.key = key;
    this.hello = hello;
  }
}

/** Logs in and opens the SFTP channel. */
const openChannel = (client: Client, config: ConnectConfig): Promise<SFTPWrapper> =>
  new Promise((resolve, reject) => {
    client.on("error", reject);
    client.once("ready", () => client.sftp((error, channel) => (error ? reject(error) : resolve(channel))));
    client.connect(config);
  });

const attempt = async (options: Attempt): Promise<Session> => {
  const { partner, sftp, credentials, pins, signal, log } = options;
  const merged = mergeOptions(sftp, hostKeyAlgorithms(pins, options.keyType), log);
  const progress: { phase: Phase } = { phase: "connecting" };
  const reach = (next: Phase) => {
    progress.phase = next;
    options.reached(next);
  };
  reach("connecting");

  const socket = connectSocket({
    host: sftp.host,
    port: sftp.port,
    noDelay: true,
    keepAlive: true,
    keepAliveInitialDelay: 30_000,
    // Node's 250 ms for one of several addresses would give up on a far server; the deadline is what counts.
    autoSelectFamilyAttemptTimeout: Math.max(1000, (sftp.connectTimeoutSeconds * 1000) / 4),
    ...merged.socket,
  });
  const giveUp = () => socket.destroy();
  signal.addEventListener("abort", giveUp, { once: true });
  let hello: (() => ServerHello) | undefined;
  let firstError: Error | undefined;
  let unpinned: Buffer | undefined;
  const client = new ssh2.Client();
  const logIn = createLogIn(
    sftp.username,
    {
      ...(credentials.password === undefined ? {} : { password: credentials.password }),
      ...(options.key === undefined ? {} : { key: options.key }),
    },
    { tryKeyboard: merged.tryKeyboard, abandon: giveUp },
  );

  try {
    await once(socket, "connect", { signal });
    reach("greeting");

    client.on("error", (error) => {
      firstError ??= error;
    });
    client.on("handshake", () => reach("log-in"));
    client.on("ready", () => reach("session"));
    client.on("banner", (text) => log?.debug("Banner of the server", { banner: printable(text, 1000) }));
    client.on("change password", () => {
      firstError ??= Object.assign(new Error("the password has expired: the server wants a new one"), { code: 14 });
      giveUp();
    });

    const config: ConnectConfig = {
      ...merged.ssh,
      host: sftp.host,
      port: sftp.port,
      username: sftp.username,
      sock: socket,
      readyTimeout: 0,
      hostVerifier: (key: Buffer) => {
        if (isPinned(pins, key) || (sftp.insecureIgnoreHostKey && pins.length === 0)) return true;
        unpinned = Buffer.from(key);
        return false;
      },
      authHandler: (left, partial, next) => next(logIn.next(left, partial) as never),
    };
    improveEncryption(client);
    signAtOnce(client);
    const connected = openChannel(client, config);
    hello = observeServerHello(socket);
    socket.once("data", () => {
      if (progress.phase === "greeting" && hello?.().software !== undefined) reach("handshake");
    });
    const closed = once(socket, "close").then(() => Promise.reject(firstError));
    const channel = await Promise.race([connected, closed]);
    corkPerTurn(socket);
    releaseBuffers(client, socket);
    return { partner, socket, client, sftp: channel, software: hello().software ?? "" };
  } catch (error) {
    socket.destroy();
    // What ssh2 has still to say about it is of no interest any more, and must not be an uncaught error.
    client.on("error", () => {});
    if (signal.aborted) throw signal.reason;
    if (unpinned !== undefined)
      throw new OtherKey(unpinned, hello?.() ?? { software: undefined, greeting: "", offer: undefined });
    const cause = firstError ?? (error instanceof Error ? error : undefined);
    if (cause instanceof RemoteError) throw cause;
    if (progress.phase === "greeting" && hello?.().software !== undefined) reach("handshake");
    const { level, code } = (cause ?? {}) as { level?: unknown; code?: unknown };
    if (
      progress.phase === "log-in" &&
      (level === "client-authentication" || logIn.obstacle !== undefined || code === 14)
    )
      throw logInError(partner, logIn, code === 14 ? cause?.message : undefined);
    throw refusal({
      partner,
      phase: progress.phase,
      error: cause,
      hello: hello?.(),
      ours: { hostKey: hostKeyAlgorithms(pins, options.keyType), ...ownLists(merged.ssh.algorithms) },
    });
  } finally {
    signal.removeEventListener("abort", giveUp);
  }
};

/** The lists that a stream's options name outright. */
const ownLists = (algorithms: NonNullable<ConnectConfig["algorithms"]>) => {
  const { kex, cipher, hmac } = algorithms;
  return {
    ...(Array.isArray(kex) ? { kex } : {}),
    ...(Array.isArray(cipher) ? { cipher } : {}),
    ...(Array.isArray(hmac) ? { mac: hmac } : {}),
  };
};

/** Which key type a partner's pinned fingerprint turned out to belong to: the next connection asks for it first. */
const learnedTypes = new Map<string, string>();

/**
 * Connects, checks the host key, logs in and opens the SFTP channel, all within `connectTimeoutSeconds`. Throws a
 * `RemoteError` that says how far it came and what to do, and never holds a secret.
 */
export const connect = async (
  sftp: SftpConfig,
  credentials: Credentials,
  options: { readonly signal?: AbortSignal; readonly log?: Log; readonly reached?: (phase: Phase) => void },
): Promise<Session> => {
  const partner = partnerOf(sftp);
  const pins = parsePinnedKeys(sftp.hostKeys);
  if (pins.length === 0 && !sftp.insecureIgnoreHostKey)
    throw new RemoteError(
      "host-key",
      `${partner}: no host key is pinned. Put the server's SHA256 fingerprint into host_keys.`,
    );
  const key =
    credentials.privateKey === undefined ? undefined : parsePrivateKey(credentials.privateKey, credentials.passphrase);

  let phase: Phase = "connecting";
  const deadline = new AbortController();
  const timer = setTimeout(
    () => deadline.abort(connectTimeout(partner, phase, sftp.connectTimeoutSeconds)),
    sftp.connectTimeoutSeconds * 1000,
  );
  const signal = options.signal === undefined ? deadline.signal : AbortSignal.any([deadline.signal, options.signal]);
  const memory = `${partner} ${pins.map((pin) => pin.fingerprint).join(" ")}`;
  const shown: Buffer[] = [];
  try {
    for (let keyType = learnedTypes.get(memory); ; ) {
      try {
        signal.throwIfAborted();
        const session = await attempt({
          partner,
          sftp,
          credentials,
          key,
          pins,
          keyType,
          signal,
          log: options.log,
          reached: (next) => {
            phase = next;
            options.reached?.(next);
          },
        });
        if (keyType !== undefined) learnedTypes.set(memory, keyType);
        return session;
      } catch (error) {
        if (!(error instanceof OtherKey)) throw error;
        shown.push(error.key);
        keyType = nextKeyType(pins, error.hello.offer?.hostKey ?? [], new Set(shown.map(typeOf)));
        if (keyType === undefined) throw hostKeyError(partner, pins, shown);
      }
    }
  } catch (error) {
    throw withoutSecrets(error, [credentials.password, credentials.passphrase]);
  } finally {
    clearTimeout(timer);
  }
};

/** Should a server have repeated a secret in what it said. */
const withoutSecrets = (error: unknown, secrets: readonly (string | undefined)[]): unknown => {
  if (!(error instanceof RemoteError) || without(error.message, secrets) === error.message) return error;
  return new RemoteError(error.kind, without(error.message, secrets));
};
