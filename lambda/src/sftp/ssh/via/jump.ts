/** Through a jump host: its own connection, and in it one to the partner (`direct-tcpip`, RFC 4254, section 7.2). */
import { Duplex } from "node:stream";
import type { Client, ClientChannel, ParsedKey } from "ssh2";
import type { Log } from "../../../telemetry/types.ts";
import { RemoteError } from "../../errors.ts";
import { printable } from "../../printable.ts";
import { hostKeyAlgorithms, parsePinnedKeys } from "../host-keys.ts";
import { openClient } from "../open-client.ts";
import { mergeOptions } from "../options.ts";
import { warnOfShortPins, withPinnedKey } from "../pinned-key.ts";
import { parsePrivateKey } from "../private-key.ts";
import type { Wire } from "../transport.ts";
import { type Hop, HopError } from "./hop.ts";

/** RFC 4254, section 5.1. */
const prohibited = 1;

const refusalOf = (error: Error): HopError => {
  const { reason } = error as { readonly reason?: unknown };
  const said = printable(error.message.replace(/^\(SSH\) Channel open failure: /, ""));
  return new HopError(
    reason === prohibited
      ? `logged in, but it doesn't let us through to the partner ("${said}"). Who runs it has to allow forwarding to the partner's host and port (AllowTcpForwarding, PermitOpen, and the key's own restrictions)`
      : `logged in, but it could not connect to the partner ("${said}"). Check sftp.host and sftp.port, and the partner's list of allowed addresses, which has to have the jump host's`,
  );
};

/** The channel as a stream that is destroyed with the jump host's connection, and takes that with it. */
const tunnelThrough = (channel: ClientChannel, client: Client, socket: Wire, label: string): Wire => {
  let bytesRead = 0;
  const tunnel = new Duplex({
    read: () => void channel.resume(),
    write: (chunk, _encoding, done) => void channel.write(chunk, done),
    final: (done) => void channel.end(done),
    destroy: (error, done) => {
      client.end();
      socket.end(() => socket.destroy());
      done(error);
    },
  });
  channel.on("data", (chunk: Buffer) => {
    bytesRead += chunk.length;
    if (!tunnel.push(chunk)) channel.pause();
  });
  channel.on("end", () => tunnel.push(null));
  channel.on("close", () => tunnel.destroy());
  client.on("error", (error) => tunnel.destroy(new Error(`${label} broke off: ${error.message}`)));
  client.on("close", () => tunnel.destroy(new Error(`${label} ended the connection`)));
  return Object.defineProperty(tunnel, "bytesRead", { get: () => bytesRead }) as Wire;
};

export interface JumpOptions {
  /** What messages begin with: partner and hop. */
  readonly partner: string;
  readonly target: { readonly host: string; readonly port: number };
  readonly signal: AbortSignal;
  readonly log: Log | undefined;
  /** Makes the connection to the jump host. */
  readonly dial: () => Promise<Wire>;
  /** Called once we are logged in there, with the way in. */
  readonly admitted: (way: string) => void;
}

/** A stream to the target. Throws a `RemoteError` or a `HopError`. */
export const connectByJump = async (hop: Hop, options: JumpOptions): Promise<Wire> => {
  const { via, credentials, label } = hop;
  const { partner, target, signal, log } = options;
  const pins = parsePinnedKeys(via.hostKeys);
  warnOfShortPins(pins, log);
  const trust = via.hostCaKeys && (await import("../certificates/host.ts")).trustIn(via.hostCaKeys, via.host, Date.now);
  const key = await named(partner, () => keyOf(credentials));
  const certificate = key && (await named(partner, () => certificateOf(credentials, key, via.username ?? "")));
  return await withPinnedKey({ partner, pins, trust, signal }, async (keyType) => {
    let way = "";
    const wire = await options.dial();
    const opened = await openClient<ClientChannel>(
      {
        partner,
        server: { ...via, username: via.username ?? "", insecureIgnoreHostKey: false },
        credentials,
        key,
        certificate,
        pins,
        trust,
        options: mergeOptions({ options: {} }, hostKeyAlgorithms(pins, keyType), log),
        wire,
        signal,
        log: log?.with({ through: label }),
        reached: (phase, seen = "") => {
          hop.phase = phase;
          if (phase === "session") way = seen;
        },
      },
      (client, done) => {
        options.admitted(way);
        client.forwardOut("127.0.0.1", 0, target.host, target.port, (error, channel) =>
          error
            ? done(new RemoteError("unreachable", `${partner}: ${refusalOf(error).message}.`), channel)
            : done(undefined, channel),
        );
      },
    );
    return tunnelThrough(opened.channel, opened.client, wire, label);
  });
};

const keyOf = ({ privateKey, passphrase }: Hop["credentials"]) =>
  privateKey === undefined ? undefined : parsePrivateKey(privateKey, passphrase);

const certificateOf = async ({ certificate }: Hop["credentials"], key: ParsedKey, username: string) =>
  certificate === undefined
    ? undefined
    : (await import("../certificates/user.ts")).userCertificate(certificate, key, username, Date.now());

/** What it throws names the hop. */
const named = async <T>(partner: string, read: () => T | Promise<T>): Promise<T> => {
  try {
    return await read();
  } catch (error) {
    throw error instanceof RemoteError ? new RemoteError(error.kind, `${partner}: ${error.message}`) : error;
  }
};
