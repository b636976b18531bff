/**
 * The key exchange mlkem768x25519-sha256 for ssh2, which has none that a quantum computer couldn't break:
 * https://datatracker.ietf.org/doc/draft-ietf-sshm-mlkem-hybrid-kex/. ssh2 1.17 does its curve25519-sha256, of which the public keys and
 * the secret are replaced here; all else of the exchange is the same. ML-KEM is Node's own (24.7 and OpenSSL 3.5).
 */

import * as crypto from "node:crypto";
import type { Client } from "ssh2";
import { asError } from "../../../concurrency/contain.ts";
import { messageKexInit } from "../server-hello.ts";
import { sshString } from "../wire.ts";
import { onEachExchange } from "./each-exchange.ts";
import { innerOf } from "./inner.ts";

export const mlKem = "mlkem768x25519-sha256";
const standIn = "curve25519-sha256";

const publicKeyBytes = 1184;
const ciphertextBytes = 1088;
const x25519Bytes = 32;

/** Does this runtime have ML-KEM? */
export const hasMlKem = ((): boolean => {
  try {
    return typeof crypto.decapsulate === "function" && crypto.generateKeyPairSync("ml-kem-768") !== undefined;
  } catch {
    return false;
  }
})();

interface Exchange {
  negotiated: { kex: string };
  _remoteKexinit: Buffer;
  getPublicKey(): Buffer;
  convertPublicKey(key: Buffer): Buffer;
  computeSecret(theirs: Buffer): Buffer | Error;
}

interface Decipher {
  _onPayload?: (payload: Buffer) => unknown;
}

interface Protocol {
  _kex?: Exchange;
  _decipher?: Decipher;
  readonly _offer?: {
    totalSize: number;
    readonly lists: { all: Buffer; readonly kex: { readonly array: readonly string[]; buffer: Buffer } };
  };
}

const raw = (key: crypto.KeyObject, bytes: number): Buffer =>
  key.export({ type: "spki", format: "der" }).subarray(-bytes);

/** What Node's SPKI has in front of the 32 bytes of an X25519 key (RFC 8410). */
const x25519Prefix = Buffer.from("302a300506032b656e032100", "hex");

type Keys = Record<"kem" | "curve", { readonly publicKey: crypto.KeyObject; readonly privateKey: crypto.KeyObject }>;

const freshKeys = (): Keys => ({
  kem: crypto.generateKeyPairSync("ml-kem-768"),
  curve: crypto.generateKeyPairSync("x25519"),
});

/** Our half of one exchange: what is sent, and the secret by what comes back. */
export interface BegunExchange {
  readonly publicKey: Buffer;
  readonly secretBy: (reply: Buffer) => Buffer;
}

/** Begins one; `keys` are new ones but for published values. */
export const beginExchange = ({ kem, curve }: Keys = freshKeys()): BegunExchange => {
  return {
    publicKey: Buffer.concat([raw(kem.publicKey, publicKeyBytes), raw(curve.publicKey, x25519Bytes)]),
    secretBy: (reply: Buffer): Buffer => {
      if (reply.length !== ciphertextBytes + x25519Bytes)
        throw new Error(`the server's half has ${reply.length} bytes instead of ${ciphertextBytes + x25519Bytes}`);
      const theirs = Buffer.concat([x25519Prefix, reply.subarray(ciphertextBytes)]);
      const parts = [
        crypto.decapsulate(kem.privateKey, reply.subarray(0, ciphertextBytes)),
        crypto.diffieHellman({
          privateKey: curve.privateKey,
          publicKey: crypto.createPublicKey({ key: theirs, type: "spki", format: "der" }),
        }),
      ];
      return crypto.createHash("sha256").update(Buffer.concat(parts)).digest();
    },
  };
};

/** The server's KEXINIT as ssh2 has to see it, where both sides have the exchange: its stand-in is all that matches. */
const disguised = (payload: Buffer): Buffer | undefined => {
  if (payload[0] !== messageKexInit || payload.length < 21) return undefined;
  const end = 21 + payload.readUInt32BE(17);
  const names = payload.toString("latin1", 21, end).split(",");
  if (end > payload.length || !names.includes(mlKem)) return undefined;
  const kept = names.map((name) =>
    name === mlKem ? standIn : /^(kex-strict|ext-info)-/.test(name) ? name : `not-${name}`,
  );
  return Buffer.concat([payload.subarray(0, 17), sshString(kept.join(",")), payload.subarray(end)]);
};

const replaceHalves = (exchange: Exchange, payload: Buffer, { publicKey, secretBy }: BegunExchange): void => {
  exchange.negotiated.kex = mlKem;
  // What the server signs is its own, not the disguise.
  exchange._remoteKexinit = payload;
  exchange.getPublicKey = () => publicKey;
  exchange.convertPublicKey = (key) => key;
  exchange.computeSecret = (theirs) => {
    try {
      return secretBy(theirs);
    } catch (error) {
      return asError(error);
    }
  };
};

/**
 * Offers the exchange first, with each exchange of keys of this connection. Call it right after `client.connect`, whose list
 * has `curve25519-sha256`. `begun` is our half of the first one, where it is there already. True if it is offered; where ssh2 looks
 * different one day nothing is changed, and it isn't.
 */
export const offerMlKem = (client: Client, begun?: BegunExchange): boolean => {
  const { _protocol: protocol } = innerOf<{ readonly _protocol?: Protocol }>(client);
  const lists = protocol?._offer?.lists;
  const names = lists?.kex.array;
  if (!hasMlKem || protocol?._offer === undefined || lists === undefined || protocol._kex !== undefined) return false;
  if (!Buffer.isBuffer(lists.all) || !Buffer.isBuffer(lists.kex.buffer) || names?.includes(standIn) !== true)
    return false;
  const offered = Buffer.from([mlKem, ...names].join(","));
  const rest = lists.all.subarray(4 + lists.kex.buffer.length);
  lists.all = Buffer.concat([sshString(offered), rest]);
  protocol._offer.totalSize = lists.all.length;
  lists.kex.buffer = offered;

  /** The server's KEXINIT, from when it has come until ssh2 has begun the exchange. */
  let awaited: Buffer | undefined;
  let ours = begun;
  onEachExchange(protocol, (exchange) => {
    if (awaited !== undefined) replaceHalves(exchange, awaited, ours ?? beginExchange());
    ours = undefined;
    awaited = undefined;
  });
  let decipher = protocol._decipher;
  Object.defineProperty(protocol, "_decipher", {
    configurable: true,
    get: () => decipher,
    set: (next: Decipher | undefined) => {
      decipher = next;
      const onPayload = next?._onPayload;
      if (next === undefined || onPayload === undefined) return;
      next._onPayload = (payload) => {
        const shown = disguised(payload);
        if (shown === undefined) return onPayload.call(next, payload);
        awaited = Buffer.from(payload);
        return onPayload.call(next, shown);
      };
    },
  });
  return true;
};
