/** `sftpConfig`: what becomes a field of `sftp`, what an option of ssh2, and what the bridge can't or needn't do. */
import { supportedAlgorithms } from "./algorithms.ts";
import type { Body, Value } from "./hcl.ts";
import type { Json } from "./json.ts";
import type { SftpConfig } from "./original.ts";

export interface Connection {
  readonly host: string;
  readonly port: number;
  readonly username: string;
  readonly connectTimeoutSeconds: number | undefined;
  readonly options: Body | undefined;
  /** What can't be carried over, each with its reason. */
  readonly left: readonly string[];
  /** What makes the stream impossible. */
  readonly wrong: readonly string[];
}

const hostName =
  /^(?=.{1,253}$)[A-Za-z0-9_:]([A-Za-z0-9_:-]*[A-Za-z0-9_:])?(\.[A-Za-z0-9_]([A-Za-z0-9_-]*[A-Za-z0-9_])?)*\.?$/;

/** Why these have no counterpart. */
const without: Readonly<Partial<Record<keyof SftpConfig, string>>> = {
  agent: "there is no ssh-agent beside a Lambda function. Give the key itself as private_key",
  agentForward: "the bridge opens no shell, so there is nothing to forward an agent to",
  allowAgentFwd: "the bridge opens no shell, so there is nothing to forward an agent to",
  authHandler: "the bridge tries the key, then the password, as far as the partner takes them",
  compress:
    "options.algorithms.compress is its place in today's ssh2. Compression costs more time than it saves, as a rule",
  debug: "only code can give it. The log level is the module's log_level",
  hostHash: "it did nothing without code beside it. host_keys pins the partner's key",
  hostVerifier: "only code can give it. host_keys pins the partner's key",
  localHostname: "it belongs to host-based log-in, which a function without an address of its own can't use",
  localPort: "the bridge may have several connections, each from a free port",
  localUsername: "it belongs to host-based log-in, which a function without an address of its own can't use",
  sock: "only code can give it",
  timeout: "operation_timeout_seconds bounds each request (30)",
};

const optionNames = ["forceIPv4", "forceIPv6", "ident", "localAddress", "strictVendor", "tryKeyboard"] as const;
const ranges = { keepaliveCountMax: 100, keepaliveInterval: 600_000 } as const;

/** Seconds for `connect_timeout_seconds`, from ssh2's milliseconds, in which 0 is without end. */
const timeoutOf = (readyTimeout: number | undefined, left: string[]): number | undefined => {
  if (readyTimeout === undefined) return undefined;
  const seconds = Math.ceil(readyTimeout / 1000);
  if (seconds >= 1 && seconds <= 120) return seconds;
  left.push(`sftpConfig.readyTimeout: ${readyTimeout} ms; the bridge waits for 120 s at most.`);
  return 120;
};

const algorithmsOf = (given: Readonly<Record<string, Json>>, left: string[], wrong: string[]): Body => {
  const chosen: Record<string, Value> = {};
  for (const [kind, value] of Object.entries(given)) {
    const supported = supportedAlgorithms[kind];
    if (supported === undefined) {
      wrong.push(
        `sftpConfig.algorithms.${kind} is no kind of algorithm. Kinds: ${Object.keys(supportedAlgorithms).join(", ")}.`,
      );
      continue;
    }
    const namesAt = (names: Json, place: string): readonly string[] => {
      const list = typeof names === "string" ? [names] : names;
      if (!Array.isArray(list) || !list.every((name): name is string => typeof name === "string")) {
        wrong.push(`${place} has to be a list of names.`);
        return [];
      }
      const gone = list.filter((name) => !supported.includes(name));
      if (gone.length > 0 && !place.endsWith(".remove"))
        left.push(
          `${place}: ${gone.map((name) => JSON.stringify(name.slice(0, 60))).join(", ")}: ssh2 no longer has it.`,
        );
      return list.filter((name) => supported.includes(name));
    };
    const place = `sftpConfig.algorithms.${kind}`;
    if (Array.isArray(value) || typeof value !== "object" || value === null) {
      const names = namesAt(value, place);
      if (names.length > 0) chosen[kind] = names;
      continue;
    }
    const changes: Record<string, Value> = {};
    for (const [change, names] of Object.entries(value as Readonly<Record<string, Json>>)) {
      if (!["append", "prepend", "remove"].includes(change)) {
        wrong.push(`${place}.${change} is none of append, prepend and remove.`);
        continue;
      }
      const there = namesAt(names, `${place}.${change}`);
      if (there.length > 0) changes[change] = there;
    }
    if (Object.keys(changes).length > 0) chosen[kind] = changes;
  }
  return chosen;
};

const optionsOf = (given: SftpConfig, left: string[], wrong: string[]): Body | undefined => {
  const options: Record<string, Value> = {};
  for (const name of optionNames) {
    const value = given[name];
    if (value === undefined) continue;
    if (typeof value === "string" && !/^[ -~]{1,255}$/.test(value))
      left.push(`sftpConfig.${name}: it is empty, or has characters that SSH doesn't allow.`);
    else options[name] = value;
  }
  for (const [name, most] of Object.entries(ranges) as [keyof typeof ranges, number][]) {
    const value = given[name];
    if (value === undefined) continue;
    const near = Math.min(most, Math.max(0, Math.round(value)));
    if (near !== value)
      left.push(`sftpConfig.${name}: ${value} is no whole number from 0 to ${most}; ${near} is used.`);
    options[name] = near;
  }
  if (given.forceIPv4 && given.forceIPv6) wrong.push("sftpConfig: forceIPv4 and forceIPv6 exclude each other.");
  const algorithms = algorithmsOf(given.algorithms ?? {}, left, wrong);
  if (Object.keys(algorithms).length > 0) options["algorithms"] = algorithms;
  return Object.keys(options).length === 0 ? undefined : options;
};

/** The connection, without its secrets. No message repeats a value that might hold one. */
export const connectionOf = (given: SftpConfig): Connection => {
  const [left, wrong] = [[] as string[], [] as string[]];
  for (const [name, reason] of Object.entries(without))
    if (given[name as keyof SftpConfig] !== undefined) left.push(`sftpConfig.${name}: ${reason}.`);
  // As ssh2 chooses where both are there.
  const [host = "", username = ""] = [given.hostname || given.host, given.username ?? given.user];
  if (host === "") wrong.push("sftpConfig.host is missing.");
  else if (!hostName.test(host))
    wrong.push("sftpConfig.host is no host name or IP address. Write the host alone, without sftp://, user@ or port.");
  if (given.host !== undefined && given.hostname !== undefined && given.host !== given.hostname)
    left.push("sftpConfig.host: hostname is there too, and ssh2 goes by that.");
  if (username === "") wrong.push("sftpConfig.username is missing.");
  if (given.user !== undefined && given.username !== undefined && given.user !== given.username)
    left.push("sftpConfig.user: username is there too, and ssh2 goes by that.");
  return {
    host,
    port: given.port ?? 22,
    username,
    connectTimeoutSeconds: timeoutOf(given.readyTimeout, left),
    options: optionsOf(given, left, wrong),
    left,
    wrong,
  };
};
