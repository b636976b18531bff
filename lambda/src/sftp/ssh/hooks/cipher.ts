import { createSecretKey, type KeyObject } from "node:crypto";
import type { Client } from "ssh2";
import { innerOf } from "./inner.ts";

/** What ssh2 1.17 keeps of a connection's encryption (lib/protocol/crypto.js); all of it private. */
interface Internals {
  readonly _protocol?: {
    readonly _cipher?: { _encKey?: unknown; allocPacket?: (payloadBytes: number) => Buffer };
    readonly _decipher?: { _decipherKey?: unknown };
  };
}

const asKeyObject = (key: unknown): KeyObject | undefined => (Buffer.isBuffer(key) ? createSecretKey(key) : undefined);

/** Packets from this size on are worth it. Bytes. */
const large = 16 * 1024;
/** Lengths for which a buffer is kept. The oldest gives way: else those of the first little files would keep out the one that most packets have. */
const mostLengths = 4;

/**
 * Makes ssh2's encryption cheaper. It makes a cipher for each packet of 32 KiB, for which Node turns the key into an object
 * every time (a third of what a packet costs), and a buffer that is forgotten as soon as it is encrypted, which keeps the
 * garbage collector busy. Both are done once here. Where ssh2 looks different one day, nothing is changed.
 */
const improve = (client: Client): void => {
  const { _cipher: cipher, _decipher: decipher } = innerOf<Internals>(client)._protocol ?? {};
  const [encryption, decryption] = [asKeyObject(cipher?._encKey), asKeyObject(decipher?._decipherKey)];
  if (decipher !== undefined && decryption !== undefined) decipher._decipherKey = decryption;
  if (cipher === undefined || encryption === undefined) return;
  cipher._encKey = encryption;
  const allocate = cipher.allocPacket?.bind(cipher);
  if (allocate === undefined) return;
  /**
   * By length, of which a transfer has two or three, and a little file one of its own: a packet is encrypted into another buffer before
   * the next one is made. Its length is still to be sent then, which is the next one's as well.
   */
  const scratch = new Map<number, Buffer>();
  cipher.allocPacket = (payloadBytes) => {
    if (payloadBytes < large) return allocate(payloadBytes);
    const known = scratch.get(payloadBytes);
    if (known !== undefined) return known;
    const packet = allocate(payloadBytes);
    const [oldest] = scratch.keys();
    if (oldest !== undefined && scratch.size >= mostLengths) scratch.delete(oldest);
    scratch.set(payloadBytes, packet);
    return packet;
  };
};

/** Improves a connection's encryption now and after every new exchange of keys, each of which makes it anew. */
export const improveEncryption = (client: Client): void => {
  client.on("handshake", () => improve(client));
};
