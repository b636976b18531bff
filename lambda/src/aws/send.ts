import { type ClientRequest, Agent as HttpAgent, request as httpRequest, type IncomingMessage } from "node:http";
import { Agent as HttpsAgent, request as httpsRequest } from "node:https";
import { once } from "../concurrency/once.ts";
import { type SigningCredentials, type SigningScope, sign, type Unsigned } from "./sign.ts";
import { endWhenSilent, NoAnswer } from "./silence.ts";

/** Where requests of one kind go, as the SDK's own rules say. */
export interface Target {
  readonly url: URL;
  readonly scope: SigningScope;
}

/**
 * Signs and sends one request, once: no repetition, no redirect. Rejects where there is no answer within the time-out.
 * The answer's body has to be read or destroyed.
 */
export type Sender = (target: Target, request: Omit<Unsigned, "headers"> & SendOptions) => Promise<IncomingMessage>;

interface SendOptions {
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: Uint8Array | string;
  readonly signal?: AbortSignal | undefined;
}

/** Kept connections are let go after so many milliseconds: those that slept with the function most of all. */
export const keptFor = 20_000;

/** What requests are signed with, and how many are made at one time. */
export interface SenderOptions {
  readonly credentials: () => Promise<SigningCredentials>;
  /** At one time; others wait for one. */
  readonly sockets: number;
  /** Milliseconds without a byte, also in the middle of an answer. */
  readonly timeout: number;
  readonly now: () => number;
}

/** A sender over its own connections, which are kept. */
export const createSender = (options: SenderOptions): Sender => {
  const keep = { keepAlive: true, maxSockets: options.sockets, timeout: keptFor, noDelay: true };
  // Made for the first request: most events make none by Node's HTTP, and don't load it.
  const agents = { http: once(() => new HttpAgent(keep)), https: once(() => new HttpsAgent(keep)) };

  return async ({ url, scope }, { method, path, query, payloadHash, headers, body, signal }) => {
    signal?.throwIfAborted();
    const credentials = await options.credentials();
    const signed = sign(
      { method, path, query, payloadHash, headers: { host: url.host, ...headers } },
      credentials,
      scope,
      options.now(),
    );
    return new Promise((resolve, reject) => {
      const settings = {
        host: url.hostname,
        port: url.port || undefined,
        method,
        path: query === "" ? path : `${path}?${query}`,
        headers: body === undefined ? signed : { ...signed, "content-length": String(Buffer.byteLength(body)) },
        timeout: options.timeout,
      };
      const sending =
        url.protocol === "http:"
          ? httpRequest({ ...settings, agent: agents.http() })
          : httpsRequest({ ...settings, agent: agents.https() });
      const giveUp = () => sending.destroy(signal?.reason instanceof Error ? signal.reason : new Error("given up"));
      signal?.addEventListener("abort", giveUp, { once: true });
      sending.on("timeout", () => sending.destroy(new NoAnswer(url.hostname, options.timeout, "to a request")));
      sending.on("close", () => signal?.removeEventListener("abort", giveUp));
      sending.on("error", reject);
      sending.on("response", (answer) => {
        // A body may have to wait for as long as a slow partner takes it, which isn't silence.
        sending.setTimeout(0);
        endWhenSilent(answer, url.hostname, options.timeout);
        resolve(answer);
      });
      if (typeof body === "string" || body === undefined || body.byteLength <= stepBytes) sending.end(body);
      else writeInSteps(sending, body);
    });
  };
};

/** Bytes of a body that are handed to a connection at one time. */
const stepBytes = 256 * 1024;

/** A body as a whole would be encrypted as a whole at once, which takes its size in memory once more, outside V8's heap. */
const writeInSteps = (sending: ClientRequest, body: Uint8Array): void => {
  let at = 0;
  const go = () => {
    while (at < body.byteLength && !sending.destroyed) {
      const step = body.subarray(at, at + stepBytes);
      at += step.byteLength;
      if (!sending.write(step) && at < body.byteLength) return void sending.once("drain", go);
    }
    sending.end();
  };
  go();
};

/** The whole body of an answer. */
export const readAll = async (answer: IncomingMessage): Promise<Buffer> => {
  const chunks: Buffer[] = [];
  for await (const chunk of answer) chunks.push(chunk as Buffer);
  return chunks.length === 1 && chunks[0] !== undefined ? chunks[0] : Buffer.concat(chunks);
};
