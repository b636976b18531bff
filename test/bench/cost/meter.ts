/** S3 with somebody who counts in front of it: each request goes on as it came, and is known by what it is billed as. */
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { Agent, request as send } from "node:https";
import type { AddressInfo } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";

/** Operations of S3, as far as the bridge uses them. */
export type Operation =
  | "abort"
  | "complete"
  | "copy"
  | "create"
  | "delete"
  | "get"
  | "head"
  | "list"
  | "part"
  | "put"
  | "get configuration"
  | "get secret";

export type S3Use = Partial<Record<Operation, number>>;

/** What of `S3Use` costs as PUT does, as GET does, and nothing. https://aws.amazon.com/s3/pricing/ */
export const billedAs: Readonly<Record<Operation, "put" | "get" | "free">> = {
  abort: "free",
  complete: "put",
  copy: "put",
  create: "put",
  delete: "free",
  get: "get",
  head: "get",
  list: "put",
  part: "put",
  put: "put",
  "get configuration": "get",
  "get secret": "get",
};

/** The operation of a request in path style. Throws for one that the bridge has not made so far. */
export const operationOf = (method: string, url: string, headers: IncomingMessage["headers"]): Operation => {
  const { pathname, searchParams } = new URL(url, "http://s3");
  const key = pathname.split("/").slice(2).join("/");
  if (method === "HEAD") return "head";
  if (method === "DELETE") return searchParams.has("uploadId") ? "abort" : "delete";
  if (method === "GET") {
    if (key === "" || searchParams.has("uploads") || searchParams.has("uploadId")) return "list";
    if (key.startsWith("config-")) return "get configuration";
    return key === "user-key" ? "get secret" : "get";
  }
  if (method === "PUT") {
    if (searchParams.has("partNumber")) return "part";
    return headers["x-amz-copy-source"] === undefined ? "put" : "copy";
  }
  if (method === "POST" && searchParams.has("uploads")) return "create";
  if (method === "POST" && searchParams.has("uploadId")) return "complete";
  if (method === "POST" && searchParams.has("delete")) return "delete";
  throw new Error(`${method} ${url} is no operation of S3 that the meter knows: say in meter.ts what it is billed as`);
};

/**
 * Starts it in front of `target` (https://host:port). S3's first byte takes `latency` milliseconds more. `meter` tells as JSON
 * what was asked so far; `unknown` is what had no name.
 */
export const startMeter = async (target: string, latency: number) => {
  const { hostname, port } = new URL(target);
  const agent = new Agent({ keepAlive: true });
  const use: S3Use = {};
  const unknown: string[] = [];

  const pass = async (request: IncomingMessage, response: ServerResponse) => {
    const { method = "", url = "", headers } = request;
    if (url === "/-/meter") return void response.end(JSON.stringify(use));
    try {
      const operation = operationOf(method, url, headers);
      use[operation] = (use[operation] ?? 0) + 1;
    } catch (error) {
      unknown.push(String(error));
    }
    // As it came, host name and all: both are signed.
    const onward = send({ hostname, port, method, path: url, headers, agent });
    onward.on("error", () => response.destroy());
    onward.on("response", async (answer) => {
      await sleep(latency);
      response.writeHead(answer.statusCode ?? 500, answer.headers);
      answer.pipe(response);
    });
    request.pipe(onward);
  };
  const server = createServer((request, response) => void pass(request, response));
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const stop = () => {
    server.closeAllConnections();
    agent.destroy();
    server.close();
  };
  return { endpoint, meter: `${endpoint}/-/meter`, unknown, stop };
};
