import type { SecretSource, StreamConfig } from "../config/types.ts";
import { keptBy } from "../kept-by.ts";
import { protect } from "../telemetry/redact.ts";
import { secretError } from "./failure.ts";
import { fetchSecret, placeOf } from "./fetch.ts";
import type { Credentials, LogInSecrets, ReadSecret, SecretClients } from "./types.ts";
import { certificateFrom, passwordFrom, privateKeyFrom } from "./value.ts";

/** Milliseconds for which a value is used without asking again: a rotated secret is seen that soon at the latest. */
const freshFor = 5 * 60_000;

type SecretSources = { readonly [F in "password" | "privateKey" | "passphrase" | "certificate"]?: SecretSource };

interface Cached {
  readonly text: Promise<string>;
  /** When it was asked for. */
  readonly since: number;
}

// By the clients, so that whoever brings others (a test) doesn't see these values.
const cacheOf = keptBy<SecretClients, Map<string, Cached>>(() => new Map());

/** The same for all fields and streams that read the same value, whatever part of it they use. */
const cacheKey = (source: SecretSource): string =>
  JSON.stringify([placeOf(source), Object.entries(source.encryptionContext ?? {}).sort()]);

const isFresh = (cached: Cached | undefined, now: number): cached is Cached =>
  cached !== undefined && now >= cached.since && now - cached.since < freshFor;

const cachedText = (source: SecretSource, clients: SecretClients, now: () => number): Promise<string> => {
  const cache = cacheOf(clients);
  const key = cacheKey(source);
  const known = cache.get(key);
  if (isFresh(known, now())) return known.text;
  const cached: Cached = { text: fetchSecret(source, clients), since: now() };
  cache.set(key, cached);
  // Whoever waits for it gets the error; the next to ask asks again.
  cached.text.catch(() => {
    if (cache.get(key) === cached) cache.delete(key);
  });
  return cached.text;
};

/** Reads one value of a stream; `field` as in `via.private_key` or `push.pgp.sign_with`. Throws a SecretError. `now` in milliseconds. */
export const reading =
  (stream: string, clients: SecretClients, now: () => number): ReadSecret =>
  async (field, source, interpret): Promise<string | undefined> => {
    if (source === undefined) return undefined;
    try {
      const value = interpret(await cachedText(source, clients, now), source);
      protect(value);
      return value;
    } catch (error) {
      // Here and not where it is read: another stream may wait for the same value.
      throw secretError({ stream, field, place: placeOf(source) }, error);
    }
  };

/**
 * Reads what the stream logs in with. Cached for five minutes, so that rotation works; at the same time asked for, read
 * once. Throws a SecretError. `now` in milliseconds.
 */
export const readCredentials = async (
  { name, sftp }: StreamConfig,
  clients: SecretClients,
  now: () => number,
): Promise<Credentials> => {
  const read = reading(name, clients, now);
  const readAll = async (sources: SecretSources, prefix: string): Promise<LogInSecrets> => {
    const [password, privateKey, passphrase, certificate] = await Promise.all([
      read(`${prefix}password`, sources.password, passwordFrom),
      read(`${prefix}private_key`, sources.privateKey, privateKeyFrom),
      read(`${prefix}passphrase`, sources.passphrase, passwordFrom),
      read(`${prefix}certificate`, sources.certificate, certificateFrom),
    ]);
    return {
      ...(password === undefined ? {} : { password }),
      ...(privateKey === undefined ? {} : { privateKey }),
      ...(passphrase === undefined ? {} : { passphrase }),
      ...(certificate === undefined ? {} : { certificate }),
    };
  };
  const [own, via] = await Promise.all([readAll(sftp, ""), sftp.via && readAll(sftp.via, "via.")]);
  return { ...own, ...(via && { via }) };
};

/** Drops what is cached for the stream: after a refused log-in the next attempt reads it fresh, as it may have been rotated. */
export const forgetCredentials = ({ sftp }: StreamConfig, clients: SecretClients): void => {
  for (const { password, privateKey, passphrase, certificate } of [sftp, sftp.via ?? {}] as SecretSources[])
    for (const source of [password, privateKey, passphrase, certificate])
      if (source !== undefined) cacheOf(clients).delete(cacheKey(source));
};
