/** Our private key at a partner: where it is kept, and whether a version of it that isn't in use yet logs in. */
import { type Partner, partnersOf } from "../config/partners.ts";
import type { BridgeConfig, SecretSource, StreamConfig } from "../config/types.ts";
import { openSidesOf, whyClosed } from "../drain/windows.ts";
import type { Invocation } from "../invocation.ts";
import { changedAt } from "../secrets/changed.ts";
import { placeOf } from "../secrets/fetch.ts";
import { pinnedTo } from "../secrets/pinned.ts";
import type { Credentials, SecretClients } from "../secrets/types.ts";
import { fingerprintOf } from "../sftp/ssh/host-keys.ts";
import { parsePrivateKey } from "../sftp/ssh/private-key.ts";
import { ActionError } from "./action-error.ts";
import { streamNamed } from "./select.ts";
import { withPartner } from "./with-partner.ts";

export interface RotateRequest {
  readonly stream: string;
  /** A version of the secret: it is tried. Without one, and without `private_key`, nobody is connected to. */
  readonly key_version?: string | undefined;
  /** A key that is tried in the place of the one that is kept, where that place has no versions to wait in. Named so that logs leave it out. */
  readonly private_key?: string | undefined;
  /** The new key's certificate, for a stream that logs in with one. */
  readonly certificate?: string | undefined;
  readonly next?: string | undefined;
}

/** One log-in with the key. */
export interface KeyTry {
  /** `user@host:port` */
  readonly partner: string;
  readonly streams: readonly string[];
  /** Null where it wasn't tried. */
  readonly passed: boolean | null;
  readonly detail: string;
}

/** Where something is kept: at one of the first three, the others are null. */
export interface KeptAt {
  readonly secret_arn: string | null;
  readonly ssm_parameter: string | null;
  /** `bucket/key` */
  readonly s3: string | null;
  /** The field of a JSON object; null where it is the whole value. */
  readonly json_key: string | null;
}

export interface RotateAnswer {
  readonly stream: string;
  readonly place: KeptAt & {
    /** Where the key's passphrase is kept; null where it has none. */
    readonly passphrase: KeptAt | null;
    /** Where the key's certificate is kept; null where the log-in is by the key alone. */
    readonly certificate: KeptAt | null;
  };
  /** The public half of the key in this version. */
  readonly key: { readonly line: string; readonly fingerprint: string };
  /** Everybody who is logged in to with it. */
  readonly tries: readonly KeyTry[];
  readonly passed: boolean;
  readonly next?: string;
}

const isSame = (one: SecretSource | undefined, other: SecretSource): boolean =>
  one !== undefined && placeOf(one) === placeOf(other) && one.jsonKey === other.jsonKey;

const keptAt = (source: SecretSource): KeptAt => ({
  secret_arn: source.secretArn ?? null,
  ssm_parameter: source.ssmParameter ?? null,
  s3: source.s3 ?? null,
  json_key: source.jsonKey ?? null,
});

/** Partners that are reached with the key at this place, each with the streams that say so. */
const usesOf = (config: BridgeConfig, source: SecretSource): { partner: Partner; streams: StreamConfig[] }[] =>
  [...partnersOf(config).values()]
    .map((partner) => ({
      partner,
      streams: partner.streams.filter(
        ({ sftp }) => isSame(sftp.privateKey, source) || isSame(sftp.via?.privateKey, source),
      ),
    }))
    .filter(({ streams }) => streams.length > 0)
    .sort((a, b) => (a.partner.id < b.partner.id ? -1 : 1));

const notAllowed = (why: string): never => {
  throw new ActionError("not-allowed", why);
};

/** Where the stream's key is kept. Throws an ActionError where it has none. */
const sourceOf = ({ name, sftp: { privateKey } }: StreamConfig): SecretSource =>
  privateKey ??
  notAllowed(
    `Stream ${name} has no sftp.private_key: it logs in with a password, which its secret's own change renews.`,
  );

/** The clients, for which the new key, and its certificate, are already where they will be. */
const withNew = (clients: SecretClients, stream: StreamConfig, source: SecretSource, request: RotateRequest) => {
  const { key_version: version, private_key: key, certificate } = request;
  let changed = clients;
  if (version !== undefined) {
    if (source.secretArn === undefined)
      return notAllowed(`Stream ${stream.name}: only a key in Secrets Manager has versions.`);
    changed = pinnedTo(changed, source.secretArn, version);
  }
  if (key !== undefined) changed = changedAt(changed, source, key);
  if (certificate === undefined) return changed;
  if (stream.sftp.certificate === undefined)
    return notAllowed(`Stream ${stream.name} has no sftp.certificate: it logs in with the key alone.`);
  return changedAt(changed, stream.sftp.certificate, certificate);
};

const publicHalf = ({ privateKey = "", passphrase }: Credentials, stream: string): RotateAnswer["key"] => {
  const key = parsePrivateKey(privateKey, passphrase);
  const blob = key.getPublicSSH();
  return { line: `${key.type} ${blob.toString("base64")} s3-sftp-bridge-${stream}`, fingerprint: fingerprintOf(blob) };
};

/**
 * Tells where the stream's key is kept and who is logged in to with it; with `key_version` or `private_key`, logs in to each with
 * that one, and changes nothing. Throws an ActionError where there is no key, and what reading it throws.
 */
export const rotateKey = async (invocation: Invocation, request: RotateRequest): Promise<RotateAnswer> => {
  const { deps, deadline } = invocation;
  const { config, access } = deps;
  const stream = streamNamed(config, request.stream);
  const source = sourceOf(stream);
  if (access === undefined) return notAllowed("Keys can't be tried here.");
  const { next: after = "" } = request;
  const isTrial = (request.key_version ?? request.private_key) !== undefined;
  const { credentials, connect } = access.by(withNew(access.secrets, stream, source, request));
  const key = publicHalf(await credentials(stream), stream.name);
  const tries: KeyTry[] = [];
  const uses = usesOf(config, source).filter(({ partner }) => partner.id > after);
  for (const { partner, streams } of uses) {
    const one = { partner: partner.id, streams: streams.map(({ name }) => name) };
    const [first] = streams;
    if (!isTrial || first === undefined) {
      tries.push({ ...one, passed: null, detail: "" });
      continue;
    }
    if (deadline.isClosing()) break;
    tries.push({
      ...one,
      ...(await logIn(invocation, partner, first, connect, isSame(first.sftp.privateKey, source))),
    });
  }
  const { passphrase, certificate } = stream.sftp;
  return {
    stream: stream.name,
    place: {
      ...keptAt(source),
      passphrase: passphrase === undefined ? null : keptAt(passphrase),
      certificate: certificate === undefined ? null : keptAt(certificate),
    },
    key,
    tries,
    passed: tries.every(({ passed }) => passed !== false),
    ...(tries.length < uses.length && { next: tries.at(-1)?.partner ?? after }),
  };
};

/** One log-in. That a password was taken in the key's place doesn't count. */
const logIn = async (
  invocation: Invocation,
  partner: Partner,
  stream: StreamConfig,
  connect: Invocation["deps"]["connect"],
  isOwnKey: boolean,
): Promise<Pick<KeyTry, "passed" | "detail">> => {
  let way = "";
  const now = invocation.deps.clock.wall();
  if (openSidesOf(partner, now) === undefined)
    return {
      passed: false,
      detail: `not tried: ${whyClosed(stream, "push", now) ?? whyClosed(stream, "pull", now) ?? "outside of its windows, or a few seconds from their end"}`,
    };
  try {
    await withPartner(
      {
        ...invocation,
        deps: {
          ...invocation.deps,
          connect: (one, signal, reached, traits) =>
            connect({ ...one, first: stream, sftp: stream.sftp }, signal, reached, traits),
        },
      },
      partner,
      async () => undefined,
      (phase, seen = "") => {
        if (phase === "session") way = seen;
      },
    );
  } catch (error) {
    if (error instanceof ActionError || !(error instanceof Error)) throw error;
    return { passed: false, detail: error.message };
  }
  return !isOwnKey || /\bpublickey\b/.test(way)
    ? { passed: true, detail: way }
    : { passed: false, detail: `the server refused the key, and let us in ${way}` };
};
