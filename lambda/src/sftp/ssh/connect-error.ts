import { maxPacket } from "../answers.ts";
import { RemoteError, type RemoteErrorKind } from "../errors.ts";
import { printable } from "../printable.ts";
import { type AlgorithmKind, sha1Meaning, usesSha1 } from "./algorithms.ts";
import type { LogInSeen } from "./hooks/observe-log-in.ts";
import type { Offer, ServerHello } from "./server-hello.ts";

/** How far a connection had come; `via`: to the proxy or jump host that it goes through. */
export type ConnectStep = "via" | "connecting" | "greeting" | "handshake" | "log-in" | "session";

const waitingFor: Readonly<Record<ConnectStep, string>> = {
  via: "the proxy or jump host gave no answer",
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

/** What ssh2 throws on an identification, or on what stands in its place (lib/protocol/Protocol.js, parseHeader). */
const badHeader: readonly (readonly [RegExp, (hello: ServerHello | undefined) => string])[] = [
  [
    /^Invalid identification/,
    (hello) => {
      const shown = hello?.identification ?? "SSH-";
      if (/^SSH-1(\.[0-8]\d?)?-/.test(shown))
        return `the server speaks SSH 1 only ("${shown}"), which isn't safe and isn't supported. The partner has to update it`;
      return `the server's identification is "${shown}", which names no software: SSH wants a name without blanks behind SSH-2.0- (RFC 4253, section 4.2). The partner has to correct that setting (a version that is hidden, or a banner of their own)`;
    },
  ],
  [
    /^Max greeting lines/,
    () =>
      "the server sends more than 1,024 lines of greeting and no SSH identification. The partner has to shorten its banner, or send it at log-in",
  ],
  [/^64 KB came/, () => "the server sends more than 64 KB of greeting and no SSH identification. Check host and port"],
  [
    /^Header line too long/,
    () => "the server sends a line of more than 8 KB and no SSH identification. Check host and port",
  ],
  [
    /^Invalid header/,
    () =>
      "the server's greeting has a carriage return inside a line, which isn't SSH. Check host and port; if they are right, the partner has to correct its banner",
  ],
];

const tooMany =
  /max\s?startups|too many (connections|sessions|users|log-?ins|clients|open)|(connection|session) limit|maximum (number of )?(connections|sessions)/i;
/** What OpenSSH says from 9.8 on in place of its greeting (sshd.c, drop_connection): to one log-in too many, and to who did something wrong before. */
const notNow = /not allowed at this time/i;
const tooManyAttempts = /too many authentication failures/i;

/** Did the server say that it lets nobody, or not us, in just now? Then nothing that we sent is to blame. */
export const saysNotNow = ({ kind, message }: RemoteError): boolean => kind === "busy" && /\bit says "/.test(message);

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
  // Not algorithms, but announcements that stand in their list (RFC 8308; OpenSSH's PROTOCOL).
  const theirs = offer?.[kind].filter((name) => !/^(kex-strict|ext-info)-/.test(name));
  const own = ours[kind];
  const option: AlgorithmKind = ({ kex: "kex", hostKey: "serverHostKey", cipher: "cipher", mac: "hmac" } as const)[
    kind
  ];
  const named = `${theirs === undefined ? "" : `; the server offers ${shorten(theirs)}`}${own === undefined ? "" : `; we offer ${shorten(own)}`}`;
  const choice =
    theirs?.find((name) => usesSha1(name) && !/dss|group1-|-96/.test(name)) ?? theirs?.find((name) => name !== "");
  const others = theirs?.every(usesSha1) === true ? " All that it offers rests on SHA-1." : "";
  return `${named}.${others} ${choice === undefined ? `If the partner can't update the server, allow one of its algorithms with options.algorithms.${option}` : sha1Meaning(option, choice).replace(/\.$/, "")}`;
};

const shorten = (names: readonly string[]): string =>
  `${names.slice(0, 24).join(", ")}${names.length > 24 ? `, and ${names.length - 24} more` : ""}`;

export interface Failure {
  readonly partner: string;
  readonly phase: ConnectStep;
  readonly error: Error | undefined;
  readonly hello: ServerHello | undefined;
  readonly ours: Partial<Offer>;
  /** What came while the session was opened. */
  readonly seen?: Pick<LogInSeen, "output" | "errors">;
}

/** What a connection through a proxy or jump host waited for, where that isn't the partner's own doing. */
const waitingAtHop = (phase: ConnectStep, { label, via, phase: at }: HopSeen): string | undefined => {
  if (phase === "connecting")
    return `${label} doesn't say whether it could connect to the partner: a firewall behind it, or the wrong host or port`;
  if (phase !== "via") return undefined;
  return `${label}: ${
    at === "greeting" && via.type !== "ssh"
      ? "connected, and it doesn't answer. Is it a proxy of this kind (via.type), and is via.port right?"
      : waitingFor[at]
  }`;
};

interface HopSeen {
  readonly label: string;
  readonly via: { readonly type: string };
  readonly phase: ConnectStep;
}

/** The `RemoteError` for a connection that had no answer within its deadline; `hop` is what it goes through. */
export const connectTimeout = (partner: string, phase: ConnectStep, seconds: number, hop?: HopSeen): RemoteError =>
  new RemoteError(
    "connect-timeout",
    `${partner}: not connected within ${seconds} s: ${(hop && waitingAtHop(phase, hop)) ?? waitingFor[phase]}.`,
  );

/** Text that came where SFTP's first packet should be, as far as it is that. */
export const strayText = (output: Buffer): string | undefined => {
  if (output.length === 0) return undefined;
  // Four letters in the place of a packet's length stand for a thousand times more than there can be.
  const isPacket = output.length >= 5 && output.readUInt32BE(0) <= maxPacket && output[4] === 2;
  const text = printable(output.toString("utf8"));
  return isPacket || text === "" ? undefined : text;
};

const noSession = (words: string, seen: Failure["seen"]): readonly [RemoteErrorKind, string] | undefined => {
  const text = strayText(seen?.output ?? Buffer.alloc(0));
  if (text !== undefined)
    return [
      "unsupported",
      `logged in, but text came where SFTP should start: "${text}". A start-up file of the account (.bashrc, .profile), a forced command or a message of the day prints it: the partner has to keep it from sessions without a terminal`,
    ];
  const said = printable(seen?.errors.toString("utf8") ?? "");
  const more = said === "" ? "" : `; the server says "${said}"`;
  if (
    /subsystem|exit code|signal|unexpected SFTP session termination|Unknown packet type|Expected VERSION/i.test(words)
  )
    return [
      "unsupported",
      `logged in, but the server offers this user no SFTP: ${words}${more}. Ask the partner to allow the sftp subsystem for the user`,
    ];
  return undefined;
};

const classify = ({ phase, error, hello, ours, seen }: Failure): readonly [RemoteErrorKind, string] => {
  const { code, level } = (error ?? {}) as { code?: unknown; level?: unknown };
  const words = printable(error?.message ?? "the server closed the connection");
  const greeting = hello?.greeting ? `: it says "${hello.greeting}"` : "";

  // Reset as soon as it was made: by the server, as when it has too many connections.
  if (phase === "connecting" && code !== "ECONNRESET") {
    return ["unreachable", unreachable[String(code)] ?? words];
  }
  if (/^Unsupported algorithm/.test(words)) return ["handshake", `options.algorithms can't be met: ${words}`];
  if (notNow.test(greeting))
    return [
      "busy",
      `the server lets us in at another time only${greeting}. OpenSSH says so where too many log in at one time (MaxStartups), and for seconds to minutes after log-ins that failed or came to nothing (PerSourcePenalties)`,
    ];
  if (code === tooManyConnections || (tooMany.test(`${words} ${greeting}`) && !tooManyAttempts.test(words)))
    return ["busy", `the server has too many connections or sessions${greeting || `: it says "${words}"`}`];
  const header = badHeader.find(([pattern]) => pattern.test(words));
  if (header !== undefined) return ["handshake", header[1](hello)];
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
  const session = noSession(words, seen);
  if (session !== undefined) return session;
  return ["lost", `the connection broke while the SFTP session was started: ${words}`];
};

/** The `RemoteError` for a connection that failed before it could be used: its kind from how far it had come and what was said. */
export const refusal = (failure: Failure): RemoteError => {
  const [kind, words] = classify(failure);
  return new RemoteError(kind, `${failure.partner}: ${kind === "busy" ? "busy" : "not connected"}: ${words}.`, {
    ...(failure.error === undefined ? {} : { cause: failure.error }),
  });
};
