/**
 * Sends our half of an exchange of keys right behind our identification, in place of two round trips later: for a server of which
 * is known what it agrees to. No guess in the sense of RFC 4253, section 7.1 (`first_kex_packet_follows`), which is right only where
 * both sides prefer the same type of host key as well: our half is simply on its way when the server comes to read it, and an
 * exchange that turns out to be another one ends the connection. What is sent is public: identification, KEXINIT, a public key.
 */
import { generateKeyPairSync } from "node:crypto";
import type { Client } from "ssh2";
import { sshString } from "../wire.ts";
import { onEachExchange } from "./each-exchange.ts";
import { innerOf } from "./inner.ts";
import { type BegunExchange, beginExchange, mlKem } from "./ml-kem.ts";

const curve = "curve25519-sha256";

/** Exchanges of which our half can be sent ahead, best first. */
export const earlyExchanges = [mlKem, curve] as const;
export type EarlyExchange = (typeof earlyExchanges)[number];

/** Bytes of an X25519 key at the end of its SPKI (RFC 8410). */
const curveBytes = 32;
/** SSH_MSG_KEX_ECDH_INIT (RFC 5656, section 7.1), and what mlkem768x25519-sha256 has in its place. */
const messageInit = 30;

interface Exchange {
  readonly negotiated: { readonly kex: string };
  _keys?: unknown;
  start(): void;
}

/** What ssh2 1.17 keeps of a connection (lib/protocol/Protocol.js, kex.js); all of it private. */
interface Protocol {
  start?: (() => void) | undefined;
  rekey?: () => void;
  _kex?: Exchange | undefined;
  _kexinit?: Buffer | undefined;
  _queue?: unknown;
  _onHeader?: (header: unknown) => void;
  readonly _packetRW: {
    readonly write: {
      readonly allocStartKEX: number;
      alloc(bytes: number, forKex: boolean): Buffer;
      finalize(packet: Buffer, forKex: boolean): Buffer;
    };
  };
  readonly _cipher: { encrypt?: (packet: Buffer) => void };
}

export interface ExchangeAhead {
  /** Our half, for `offerMlKem`; undefined where another exchange is begun. */
  readonly begun: BegunExchange | undefined;
  /** Call it right after `client.connect`, and behind all that changes what is offered. Where ssh2 looks different one day, nothing is sent. */
  readonly sendFor: (client: Client, otherwise: (agreed: string) => void) => void;
}

/** Makes our half. `otherwise` is called where the server doesn't agree to this exchange; nothing more is sent then. */
export const exchangeAhead = (name: EarlyExchange): ExchangeAhead => {
  const begun = name === mlKem ? beginExchange() : undefined;
  const keys = begun === undefined ? generateKeyPairSync("x25519") : undefined;
  const half =
    begun?.publicKey ??
    keys?.publicKey.export({ type: "spki", format: "der" }).subarray(-curveBytes) ??
    Buffer.alloc(0);

  const send = (protocol: Protocol) => {
    // It begins with our KEXINIT, and has what is sent meanwhile wait for the end, which nothing is yet.
    protocol.rekey?.();
    protocol._queue = undefined;
    const offered = protocol._kexinit;
    const { write } = protocol._packetRW;
    const content = Buffer.concat([Buffer.from([messageInit]), sshString(half)]);
    const packet = write.alloc(content.length, true);
    packet.set(content, write.allocStartKEX);
    protocol._cipher.encrypt?.(write.finalize(packet, true));

    // ssh2 answers the server's identification with a KEXINIT: it has been sent.
    const heard = protocol._onHeader;
    protocol._onHeader = (header) => {
      heard?.(header);
      const cipher = protocol._cipher;
      cipher.encrypt = () => {
        // The prototype's again.
        delete cipher.encrypt;
        protocol._kexinit = offered;
      };
    };
  };

  return {
    begun,
    sendFor(client, otherwise) {
      const { _protocol: protocol } = innerOf<{ readonly _protocol?: Protocol }>(client);
      const begin = protocol?.start;
      if (protocol === undefined || begin === undefined || typeof protocol.rekey !== "function") return;
      protocol.start = () => {
        begin();
        send(protocol);
      };
      let isFirst = true;
      onEachExchange(protocol, (exchange) => {
        if (!isFirst) return;
        isFirst = false;
        const agreed = exchange.negotiated.kex;
        if (keys !== undefined) exchange._keys = keys;
        exchange.start = agreed === name ? () => {} : () => otherwise(agreed);
      });
    },
  };
};
