import { RemoteError } from "../errors.ts";
import { printable } from "../printable.ts";
import { sha1Meaning } from "./algorithms.ts";
import type { LogIn } from "./authenticate.ts";

const names: Readonly<Record<string, string>> = {
  publickey: "the private key",
  password: "the password",
  "keyboard-interactive": "the password",
  none: "nothing",
};

const triedWords = (logIn: LogIn): string => {
  const types = [...new Set(logIn.tried.map(({ type }) => type))];
  const words = types.map((type) => {
    const algorithms = logIn.tried.filter((one) => one.type === type).flatMap(({ algorithm }) => algorithm ?? []);
    return algorithms.length < 2 ? (names[type] ?? type) : `${names[type]} (${algorithms.join(", ")})`;
  });
  return [...new Set(words)].join(" and ") || "nothing";
};

/** Of a key that was refused with all but SHA-1: what allowing that would mean. */
const oldServer = (logIn: LogIn): string => {
  const algorithms = logIn.tried.flatMap(({ algorithm }) => algorithm ?? []);
  if (!algorithms.includes("rsa-sha2-512") || algorithms.some((name) => name.startsWith("ssh-rsa"))) return "";
  return ` A server that knows RSA keys with SHA-1 only (ssh-rsa) refuses them so too: then an ed25519 or ecdsa key is the better way. ${sha1Meaning("serverHostKey", "ssh-rsa")}`;
};

/** The refusal of a log-in: what was tried, what the server takes, what it said, what to do. */
export const logInError = (
  partner: string,
  logIn: LogIn,
  more: { readonly reason?: string; readonly banner?: string; readonly note?: string } = {},
): RemoteError => {
  const offered =
    logIn.offered === undefined ? "" : `; it takes ${printable(logIn.offered.join(", ")) || "no further method"}`;
  const why = logIn.obstacle?.what ?? more.reason;
  const said = more.banner === undefined ? "" : `; the server's banner says "${printable(more.banner)}"`;
  const withKey = logIn.tried.some(({ type }) => type === "publickey");
  const remedy =
    logIn.obstacle?.remedy ??
    `Check username and secret, and whether the partner has ${withKey ? "our public key for this user" : "enabled password log-in for this user"}`;
  return new RemoteError(
    "authentication",
    `${partner}: log-in refused: tried ${triedWords(logIn)}${offered}${why === undefined ? "" : `; ${why}`}${said}. ${remedy}.${more.note === undefined ? "" : ` ${more.note}.`}${logIn.obstacle === undefined ? oldServer(logIn) : ""}`,
  );
};
