/**
 * Requests of a few KB, of which there is one for each small file. Node's HTTP takes a fifth of what such a file costs: objects,
 * listeners and events of a request, of its answer and of the agent, most of them for cases that don't come. Here request and
 * body are one write, and an ordinary answer is taken as a whole. What isn't one is left to whoever asks by Node's own means.
 */
import { onAbort } from "../concurrency/on-abort.ts";
import { headEnd, parseHead, requestHead } from "./http-text.ts";
import { createLinkPool } from "./link-pool.ts";
import type { Link, Receiver } from "./links.ts";
import type { SenderOptions, Target } from "./send.ts";
import { sign, type Unsigned } from "./sign.ts";
import { NoAnswer } from "./silence.ts";

export interface SmallAnswer {
  readonly status: number;
  /** By their names in lower case. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer;
}

/** Undefined where it has to be made in another way. Rejects where there was no answer: it may have been made then. */
export type SmallRequest = (
  target: Target,
  request: Omit<Unsigned, "headers"> & {
    readonly headers: Readonly<Record<string, string>>;
    readonly body?: Uint8Array;
    readonly signal?: AbortSignal | undefined;
  },
) => Promise<SmallAnswer | undefined>;

/** Bytes of a body up to which it is worth it; more has to wait for its receiver, which isn't done here. */
export const mostSmall = 64 * 1024;
/** Bytes of an answer's head, and of its body unless more is allowed. */
const longest = { head: 64 * 1024, body: 256 * 1024 };

const none = Buffer.alloc(0);

/** Makes small requests over connections of its own, which are kept. `longestBody`: of answers, in bytes. */
export const createSmallRequests = (options: SenderOptions, longestBody = longest.body): SmallRequest => {
  const pool = createLinkPool(options.sockets);

  const ask = (
    url: URL,
    link: Link,
    request: Buffer,
    signal: AbortSignal | undefined,
  ): Promise<SmallAnswer | undefined> =>
    new Promise((resolve, reject) => {
      const { socket } = link;
      let got: Buffer = none;
      let head: ReturnType<typeof parseHead>;
      let answerBody: Buffer = none;
      let filled = 0;

      const stop = () => void socket.destroy(signal?.reason instanceof Error ? signal.reason : new Error("given up"));
      const noMore = signal && onAbort(signal, stop);
      const timer = setTimeout(
        () => socket.destroy(new NoAnswer(url.hostname, options.timeout, "to a request")),
        options.timeout,
      );
      const end = (isKept: boolean) => {
        link.receiver = undefined;
        clearTimeout(timer);
        noMore?.();
        pool.give(url, link, isKept);
      };
      const receiver: Receiver = {
        into: () => undefined,
        took(bytes) {
          timer.refresh();
          let more = bytes;
          if (head === undefined) {
            // They lie where the next ones will.
            got = Buffer.concat([got, bytes]);
            const at = got.indexOf(headEnd);
            if (at >= 0) head = parseHead(got.toString("latin1", 0, at));
            const isOdd = at >= 0 ? head === undefined || head.length > longestBody : got.length > longest.head;
            if (isOdd) {
              end(false);
              resolve(undefined);
              return false;
            }
            if (head === undefined) return true;
            more = got.subarray(at + headEnd.length);
            // A part of its memory: what has all of its own is given back by whoever has read it.
            answerBody = Buffer.allocUnsafeSlow(head.length + 1).subarray(0, head.length);
          }
          const { status, headers, length } = head;
          if (filled + more.byteLength > length) {
            end(false);
            reject(new Error(`${url.hostname} sent more than it had announced`));
            return true;
          }
          answerBody.set(more, filled);
          filled += more.byteLength;
          if (filled < length) return true;
          end(!/\bclose\b/i.test(headers["connection"] ?? ""));
          resolve({ status, headers, body: answerBody });
          return true;
        },
        fail(error) {
          end(false);
          reject(error);
        },
      };
      link.receiver = receiver;
      socket.write(request);
    });

  return async ({ url, scope }, { method, path, query, payloadHash, headers, body = none, signal }) => {
    signal?.throwIfAborted();
    const credentials = await options.credentials();
    const link = await pool.take(url, signal);
    let request: Buffer | undefined;
    try {
      signal?.throwIfAborted();
      const unsigned = { method, path, query, payloadHash, headers: { host: url.host, ...headers } };
      const signed = sign(unsigned, credentials, scope, options.now());
      if (method !== "GET") signed["content-length"] = String(body.byteLength);
      const text = requestHead(unsigned, signed);
      if (text === undefined) return undefined;
      request = Buffer.allocUnsafe(text.length + body.byteLength);
      request.write(text, "latin1");
      request.set(body, text.length);
    } finally {
      if (request === undefined) pool.give(url, link, true);
    }
    return ask(url, link, request, signal);
  };
};
