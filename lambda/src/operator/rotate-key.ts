/** Our private key at a partner: where it is kept, and whether a version of it that isn't in use yet logs in. */
import { type Partner, partnersOf } from "../config/partners.ts";
import type { BridgeConfig, SecretSource, StreamConfig } from "../config/types.ts";
import { openSidesOf, whyClosed } from "../drain/windows.ts";
import type { Invocation } from "../invocation.ts";
import { pinnedTo } from "../secrets/pinned.ts";
import type { Credentials } from "../secrets/types.ts";
import { fingerprintOf } from "../sftp/ssh/host-keys.ts";
import { parsePrivateKey } from "../sftp/ssh/private-key.ts";
import { ActionError } from "./action-error.ts";
import { streamNamed } from "./select.ts";
import { withPartner } from "./with-partner.ts";

export interface RotateRequest {
  readonly stream: string;
  /** A version of the secret: it is tried. Without one, nobody is connected to. */
  readonly key_version?: string | undefined;
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

export interface RotateAnswer {
  readonly stream: string;
  readonly place: {
    readonly secret_arn: string;
    /** The field of a JSON object; null where the secret is the key alone. */
    readonly json_key: string | null;
    /** Where the key's passphrase is kept; null where it has none. */
    readonly passphrase: { readonly secret_arn: string; readonly json_key: string | null } | null;
  };
  /** The public half of the key in this version. */
  readonly key: { readonly line: string; readonly fingerprint: string };
  /** Everybody who is logged in to with it. */
  readonly tries: readonly KeyTry[];
  readonly passed: boolean;
  readonly next?: string;
}

const isSame = (one: SecretSource | undefined, other: SecretSource): boolean =>
  one?.secretArn === other.secretArn && one?.jsonKey === other.jsonKey;

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

/** The stream's key, if it is one that can be changed so. Throws an ActionError that says what to do instead. */
const sourceOf = ({ name, sftp }: StreamConfig): SecretSource & { readonly secretArn: string } => {
  const { privateKey, certificate, passphrase } = sftp;
  if (privateKey === undefined)
    return notAllowed(
      `Stream ${name} has no sftp.private_key: it logs in with a password, which its secret's own change renews.`,
    );
  if (certificate !== undefined)
    return notAllowed(
      `Stream ${name} logs in with a certificate (sftp.certificate), which is of the key that there is. Make a key with ssh-keygen, have it certified, and put both into their secrets one after the other.`,
    );
  const { secretArn } = privateKey;
  if (secretArn === undefined)
    return notAllowed(
      `Stream ${name}: sftp.private_key is ${privateKey.ssmParameter === undefined ? `the object s3://${privateKey.s3}` : `the SSM parameter ${privateKey.ssmParameter}`}, which has no version that waits beside the one in use. Move the key into Secrets Manager (sftp.private_key = { secret_arn = … }), or change it by hand: docs/keys.md says how.`,
    );
  if (passphrase !== undefined && passphrase.secretArn === undefined)
    return notAllowed(
      `Stream ${name}: sftp.passphrase is not in Secrets Manager, so that a new key can't be encrypted with it. Move it there, or leave it out: Secrets Manager encrypts the key.`,
    );
  return { ...privateKey, secretArn };
};

const publicHalf = ({ privateKey = "", passphrase }: Credentials, stream: string): RotateAnswer["key"] => {
  const key = parsePrivateKey(privateKey, passphrase);
  const blob = key.getPublicSSH();
  return { line: `${key.type} ${blob.toString("base64")} s3-sftp-bridge-${stream}`, fingerprint: fingerprintOf(blob) };
};

/**
 * Tells where the stream's key is kept and who is logged in to with it; with `key_version`, logs in to each with that version, and
 * changes nothing. Throws an ActionError where the key isn't one that `bridge rotate-key` can change, and what reading it throws.
 */
export const rotateKey = async (invocation: Invocation, request: RotateRequest): Promise<RotateAnswer> => {
  const { deps, deadline } = invocation;
  const { config, access } = deps;
  const stream = streamNamed(config, request.stream);
  const source = sourceOf(stream);
  if (access === undefined) return notAllowed("Keys can't be tried here.");
  const { key_version: version, next: after = "" } = request;
  const { credentials, connect } = access.by(
    version === undefined ? access.secrets : pinnedTo(access.secrets, source.secretArn, version),
  );
  const key = publicHalf(await credentials(stream), stream.name);
  const tries: KeyTry[] = [];
  const uses = usesOf(config, source).filter(({ partner }) => partner.id > after);
  for (const { partner, streams } of uses) {
    const one = { partner: partner.id, streams: streams.map(({ name }) => name) };
    const [first] = streams;
    if (version === undefined || first === undefined) {
      tries.push({ ...one, passed: null, detail: "" });
      continue;
    }
    if (deadline.isClosing()) break;
    tries.push({
      ...one,
      ...(await logIn(invocation, partner, first, connect, isSame(first.sftp.privateKey, source))),
    });
  }
  const { jsonKey, secretArn } = source;
  const { passphrase } = stream.sftp;
  return {
    stream: stream.name,
    place: {
      secret_arn: secretArn,
      json_key: jsonKey ?? null,
      passphrase:
        passphrase?.secretArn === undefined
          ? null
          : { secret_arn: passphrase.secretArn, json_key: passphrase.jsonKey ?? null },
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
