/**
 * Host certificates for ssh2, which has none (PROTOCOL.certkeys). ssh2 1.17 takes what a server shows for a plain key, and wants
 * its signature to have the name that was negotiated; here a certificate is hashed as it came, and the signature looked at as that of the key in it.
 */
import type { Client } from "ssh2";
import { defaultAlgorithms } from "../algorithms.ts";
import { sshString } from "../wire.ts";
import { onEachExchange } from "./each-exchange.ts";
import { innerOf } from "./inner.ts";

const ending = "-cert-v01@openssh.com";

/** Best first, as of plain keys. */
const algorithms = defaultAlgorithms.serverHostKey.map((name) => `${name}${ending}`);

interface Exchange {
  readonly negotiated: { serverHostKey: string };
  _hostKey?: Buffer;
  getPublicKey(): Buffer;
}

interface Protocol {
  _kex?: Exchange | undefined;
  readonly _offer?: {
    totalSize: number;
    readonly lists: {
      all: Buffer;
      readonly kex: { readonly buffer: Buffer };
      readonly serverHostKey: { array: readonly string[]; buffer: Buffer };
    };
  };
}

/**
 * ssh2 has hashed what the server has shown when it asks for our public key the second time, for the hash as well; what it does
 * with it behind that is to verify the signature. `keyIn`: the key in a certificate.
 */
const lookIntoCertificate = (exchange: Exchange, keyIn: (blob: Buffer) => Buffer | undefined): void => {
  const { negotiated } = exchange;
  const name = negotiated.serverHostKey;
  if (!name.endsWith(ending)) return;
  const signatureName = name.slice(0, -ending.length);
  // The type in front of the certificate, which ssh2 compares with it.
  if (name.startsWith("rsa-")) negotiated.serverHostKey = `ssh-rsa${ending}`;
  const publicKey = exchange.getPublicKey.bind(exchange);
  exchange.getPublicKey = () => {
    const key = exchange._hostKey && keyIn(exchange._hostKey);
    if (key !== undefined) {
      exchange._hostKey = key;
      negotiated.serverHostKey = signatureName;
    }
    return publicKey();
  };
};

/**
 * Asks for host certificates before plain keys. Call it right after `client.connect`, and behind `offerMlKem`. Where ssh2 looks
 * different one day nothing is changed, and the server shows its plain key.
 */
export const offerHostCertificates = (client: Client, keyIn: (blob: Buffer) => Buffer | undefined): void => {
  const { _protocol: protocol } = innerOf<{ readonly _protocol?: Protocol }>(client);
  const lists = protocol?._offer?.lists;
  if (protocol?._offer === undefined || lists === undefined || protocol._kex !== undefined) return;
  const { all, kex, serverHostKey } = lists;
  if (![all, kex.buffer, serverHostKey.buffer].every((one) => Buffer.isBuffer(one))) return;
  const from = 4 + kex.buffer.length;
  const names = [...algorithms, ...serverHostKey.array];
  const rest = all.subarray(from + 4 + serverHostKey.buffer.length);
  lists.all = Buffer.concat([all.subarray(0, from), sshString(names.join(",")), rest]);
  protocol._offer.totalSize = lists.all.length;
  serverHostKey.array = names;
  serverHostKey.buffer = Buffer.from(names.join(","));

  onEachExchange(protocol, (exchange) => lookIntoCertificate(exchange, keyIn));
};
