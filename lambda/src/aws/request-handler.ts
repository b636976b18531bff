/** How the SDK's clients send: every wait has an end, after which the client asks again, a few times. */
import type { IncomingMessage } from "node:http";
import { NodeHttpHandler } from "@smithy/node-http-handler";
import type { Patience } from "./patience.ts";
import { keptFor } from "./send.ts";
import { endWhenSilent, NoAnswer } from "./silence.ts";

/** Bytes a millisecond that a request's body may take at the slowest. */
const slowestUpload = 100;

const sizeOf = (body: unknown): number =>
  typeof body === "string" || body instanceof Uint8Array ? Buffer.byteLength(body) : 0;

type Handle = NodeHttpHandler["handle"];

/**
 * `requestTimeout` alone only writes a warning, and nothing ends a body that stops in its middle
 * (https://github.com/smithy-lang/smithy-typescript, packages/node-http-handler: throwOnRequestTimeout, socketTimeout; the
 * latter would end a body as well that waits for a slow partner).
 */
class EndingHandler extends NodeHttpHandler {
  readonly #patience: Patience;

  constructor(patience: Patience, sockets: number) {
    const agent = { maxSockets: sockets, keepAlive: true, timeout: keptFor };
    super({
      connectionTimeout: patience.connect,
      requestTimeout: patience.answer,
      throwOnRequestTimeout: true,
      // None but ours: newer clients bring one of minutes.
      socketTimeout: 0,
      httpAgent: agent,
      httpsAgent: agent,
    });
    this.#patience = patience;
  }

  override async handle(request: Parameters<Handle>[0], options: Parameters<Handle>[1] = {}): ReturnType<Handle> {
    const { connect, answer } = this.#patience;
    const upload = Math.ceil(sizeOf(request.body) / slowestUpload);
    const requestTimeout = (options.requestTimeout ?? answer) + upload;
    try {
      const output = await super.handle(request, { ...options, requestTimeout });
      endWhenSilent(output.response.body as IncomingMessage, request.hostname, answer);
      return output;
    } catch (error) {
      if (!(error instanceof Error) || error.name !== "TimeoutError") throw error;
      const toConnect = error.message.includes("establish a connection");
      throw toConnect
        ? new NoAnswer(request.hostname, connect, "to a connection", { cause: error })
        : new NoAnswer(request.hostname, requestTimeout, "to a request", { cause: error });
    }
  }
}

/** A client's settings: what it sends with, and how often. `sockets` at one time. */
export const sendingWith = (patience: Patience, { sockets = 50, maxAttempts = 3 } = {}) => ({
  requestHandler: new EndingHandler(patience, sockets),
  maxAttempts,
});
