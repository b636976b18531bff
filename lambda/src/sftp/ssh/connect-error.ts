import { RemoteError, type RemoteErrorKind } from "../errors.ts";
import { printable } from "../printable.ts";
import type { Offer, ServerHello } from "./server-hello.ts";

/** How far a connection had come. */
export type Phase = "connecting" | "greeting" | "handshake" | "log-in" | "session";

const waitingFor: Readonly<Record<Phase, string>> = {
  connecting:
    "no answer to the connection attempt: a firewall, the wrong port, or no route (does the function reach the internet, and does the partner allow its address?)",
  greeting: "connected, but the server sent no SSH greeting: is this an SFTP port?",
  handshake: "the key exchange did not end",
  "log-in": "the log-in got no answer",
  session: "logged in, but the SFTP session did not start",
};

const unreachable: Readonly<Record<string, string>> = {
  ECONNREFUSED:
    "the connection was refused: nothing listens on this port, or a firewall rejects us. Check host, port and the partner's list of allowed addresses",
  ENOTFOUND:
    "the host name does not resolve. Check host for typing errors, and the DNS of the VPC if the function is in one",
  EAI_AGAIN: "the host name could not be looked up just now. Check the DNS of the VPC if the function is in one",
  EHOSTUNREACH: "there is no route to the host. Check the route tables and the address",
  ENETUNREACH: "there is no route to the network: a function in a VPC needs a NAT gateway to reach the internet",
  EADDRNOTAVAIL: "this address can't be used from here. Check host, and localAddress in options",
  ETIMEDOUT: "the connection attempt got no answer. Check host, port and firewalls",
};

const tooMany =
  /max\s?startups|too many (connections|sessions|users|log-?ins|clients|open)|(connection|session) limit|maximum (number of )?(connections|sessions)/i;
const tooManyAttempts = /too many authentication failures/i;

/** Disconnect reasons of RFC 4253, section 11.1. */
const tooManyConnections = 12;
const noMoreAuthMethods = 14;

const lists = (message: string, offer: Offer | undefined, ours: Partial<Offer>): string => {
  const kind = /key exchange/.test(message)
    ? "kex"
    : /host key/.test(message)
      ? "hostKey"
      : /cipher/.test(message)
        ? "cipher"
        : /MAC/.test(message)
          ? "mac"
          : undefined;
  if (kind === undefined) return "";
  const theirs = offer?.[kind];
  const own = ours[kind];
  const option = { kex: "kex", hostKey: "serverHostKey", cipher: "cipher", mac: "hmac" }[kind];
  return `${theirs === undefined ? "" : `; the server offers ${theirs.join(", ")}`}${own === undefined ? "" : `; we offer ${own.join(", ")}`}. If the partner can't update the server, allow one of its algorithms with options.algorithms.${option}`;
};

export interface Failure {
  readonly partner: string;
  readonly phase: Phase;
  readonly error: Error | undefined;
  readonly hello: ServerHello | undefined;
  readonly ours: Partial<Offer>;
}

/** The `RemoteError` for a connection that had no answer within its deadline. */
export const connectTimeout = (partner: string, phase: Phase, seconds: number): RemoteError =>
  new RemoteError("connect-timeout", `${partner}: not connected within ${seconds} s: ${waitingFor[phase]}.`);

const classify = ({ phase, error, hello, ours }: Failure): readonly [RemoteErrorKind, string] => {
  const { code, level } = (error ?? {}) as { code?: unknown; level?: unknown };
  const words = printable(error?.message ?? "the server closed the connection");
  const greeting = hello?.greeting ? `: it says "${hello.greeting}"` : "";

  // Reset as soon as it was made: by the server, as when it has too many connections.
  if (phase === "connecting" && code !== "ECONNRESET") {
    const inner =
      error instanceof AggregateError ? (error.errors[0] as { code?: unknown } | undefined)?.code : undefined;
    return ["unreachable", unreachable[String(code ?? inner)] ?? words];
  }
  if (/^Unsupported algorithm/.test(words)) return ["handshake", `options.algorithms can't be met: ${words}`];
  if (code === tooManyConnections || (tooMany.test(`${words} ${greeting}`) && !tooManyAttempts.test(words)))
    return ["busy", `the server has too many connections or sessions${greeting || `: it says "${words}"`}`];
  if (phase === "greeting" || phase === "connecting") {
    if (greeting !== "" || (level === "protocol" && !/lost before handshake/i.test(words)))
      return ["handshake", `this is no SSH server${greeting || `: ${words}`}. Check host and port`];
    return [
      "busy",
      "the server closed the connection before its greeting: it has too many connections, or doesn't take ours (the partner's list of allowed addresses, or a block after failed log-ins)",
    ];
  }
  if (phase === "handshake")
    return level === "client-socket" || error === undefined
      ? ["lost", `the connection broke in the key exchange: ${words}`]
      : ["handshake", `${words.replace(/^Handshake failed: /, "")}${lists(words, hello?.offer, ours)}`];
  if (phase === "log-in")
    return code === noMoreAuthMethods || tooManyAttempts.test(words)
      ? ["authentication", words]
      : ["lost", `the connection broke at log-in: ${words}`];
  if (/channel open failure.*prohibited/i.test(words))
    return ["permission", `logged in, but the server allows this user no session: ${words}`];
  if (/channel open failure/i.test(words))
    return ["busy", `logged in, but the server opens no further session: ${words}`];
  if (/subsystem|exit code/i.test(words))
    return [
      "unsupported",
      `logged in, but the server offers this user no SFTP: ${words}. Ask the partner to allow the sftp subsystem for the user`,
    ];
  return ["lost", `the connection broke while the SFTP session was started: ${words}`];
};

/** The `RemoteError` for a connection that failed before it could be used: its kind from how far it had come and what was said. */
export const refusal = (failure: Failure): RemoteError => {
  const [kind, words] = classify(failure);
  return new RemoteError(kind, `${failure.partner}: ${kind === "busy" ? "busy" : "not connected"}: ${words}.`, {
    ...(failure.error === undefined ? {} : { cause: failure.error }),
  });
};
