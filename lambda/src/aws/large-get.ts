/**
 * GETs of large objects. Node's HTTP hands each record of TLS (16 KiB) through its parser, a stream and an iterator, copying it
 * twice: a fifth of all that a large push costs. Here the bytes are decrypted to where they are sent from. What isn't an
 * ordinary answer with a length is left to whoever asks by Node's own means.
 */
import { headEnd, parseHead, requestHead } from "./http-text.ts";
import { createLargeBody, type LargeBody } from "./large-body.ts";
import { createIdle, openLink, type Receiver } from "./links.ts";
import type { Target } from "./send.ts";
import { type SigningCredentials, sign, type Unsigned } from "./sign.ts";
import { endWhenSilent } from "./silence.ts";

export interface LargeAnswer {
  readonly status: number;
  /** By their names in lower case. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: AsyncIterable<Buffer>;
  /** Frees the connection without reading on. */
  discard(): void;
}

/** Undefined where the request has to be made in another way. */
export type LargeGet = (
  target: Target,
  request: Pick<Unsigned, "path" | "query" | "payloadHash" | "headers"> & { readonly signal: AbortSignal },
) => Promise<LargeAnswer | undefined>;

/** Bytes from which on it is worth a connection of its own. */
export const leastLarge = 1024 * 1024;
/** At one time, which is as many large files as a push has under way: each has two or three chunks in memory. */
const mostAtOnce = 8;
/** Bytes of an answer's head. */
const longestHead = 64 * 1024;

/** Reads large objects over connections of its own. `timeout`: milliseconds without a byte, also in the middle of an answer. */
export const createLargeGet = (options: {
  readonly credentials: () => Promise<SigningCredentials>;
  readonly timeout: number;
  readonly now: () => number;
}): LargeGet => {
  const idle = createIdle(mostAtOnce);
  let active = 0;

  /** Sends the request, and waits for the answer's head. */
  const ask = (url: URL, request: string, signal: AbortSignal): Promise<LargeAnswer | undefined> =>
    new Promise((resolve) => {
      const link = idle.take(url) ?? openLink(url);
      const { socket } = link;
      active++;
      let head = Buffer.alloc(0);
      let body: LargeBody | undefined;
      let heard = 0;
      const onClose = new Set<() => void>();

      const stop = () => void socket.destroy(signal.reason instanceof Error ? signal.reason : new Error("given up"));
      const timer = setTimeout(() => socket.destroy(), options.timeout);
      /** The connection is free of this answer, and used again or closed. */
      const end = () => {
        if (link.receiver !== receiver) return;
        link.receiver = undefined;
        active--;
        clearTimeout(timer);
        signal.removeEventListener("abort", stop);
        for (const one of onClose) one();
        if (body?.complete) idle.keep(url, link);
        else socket.destroy();
        resolve(undefined);
      };
      const begin = (status: number, headers: LargeAnswer["headers"], length: number) => {
        clearTimeout(timer);
        const begun = createLargeBody(length, { resume: () => void socket.resume(), left: end });
        body = begun;
        const talk = {
          get complete() {
            return begun.complete;
          },
          get destroyed() {
            return socket.destroyed;
          },
          get readableLength() {
            return begun.waits ? 1 : 0;
          },
          socket: {
            get bytesRead() {
              return heard;
            },
          },
          destroy: (error: Error) => void socket.destroy(error),
          once: (_: "close", told: () => void) => void onClose.add(told),
        };
        endWhenSilent(talk, url.hostname, options.timeout);
        const discard = () => {
          begun.fail(new Error("given up"));
          end();
        };
        resolve({ status, headers, body: begun.chunks, discard });
      };
      const receiver: Receiver = {
        into: () => body?.into(),
        took(bytes) {
          heard += bytes.byteLength;
          let more = bytes;
          if (body === undefined) {
            head = Buffer.concat([head, bytes]);
            const at = head.indexOf(headEnd);
            if (at < 0 && head.length <= longestHead) return true;
            const told = at < 0 ? undefined : parseHead(head.toString("latin1", 0, at));
            if (told === undefined || (told.status !== 200 && told.status !== 206)) {
              end();
              return false;
            }
            begin(told.status, told.headers, told.length);
            more = head.subarray(at + headEnd.length);
          }
          const goesOn = body?.took(more) ?? false;
          if (body?.complete) end();
          else if (!goesOn && !body?.waits) socket.destroy();
          return goesOn;
        },
        fail(error) {
          body?.fail(error);
          end();
        },
      };
      link.receiver = receiver;
      signal.addEventListener("abort", stop, { once: true });
      socket.write(request);
    });

  return async ({ url, scope }, { path, query, payloadHash, headers, signal }) => {
    if (active >= mostAtOnce || signal.aborted) return undefined;
    const unsigned = { method: "GET", path, query, payloadHash, headers: { host: url.host, ...headers } } as const;
    const signed = sign(unsigned, await options.credentials(), scope, options.now());
    const text = requestHead(unsigned, signed);
    return text === undefined ? undefined : ask(url, text, signal);
  };
};
