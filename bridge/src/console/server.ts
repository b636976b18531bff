/** The console's server: the page, and answers in JSON, on 127.0.0.1 and below a token. */
import { randomBytes } from "node:crypto";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { judge } from "./guard.ts";

/** Nothing from elsewhere, nothing inline, nothing around it, and no markup made from text. */
const headers = {
  "cache-control": "no-store",
  "content-security-policy":
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'; trusted-types 'none'",
  "cross-origin-opener-policy": "same-origin",
  "cross-origin-resource-policy": "same-origin",
  "referrer-policy": "no-referrer",
  "x-content-type-options": "nosniff",
  "x-frame-options": "DENY",
};

const types: Readonly<Record<string, string>> = {
  css: "text/css; charset=utf-8",
  html: "text/html; charset=utf-8",
  js: "text/javascript; charset=utf-8",
  svg: "image/svg+xml",
};

/** What the page asks for can't be answered. The message is for the user. */
export class Refusal extends Error {
  override readonly name = "Refusal";
}

export type Answerer = (path: string, query: URLSearchParams, body: unknown) => Promise<unknown>;

export interface ConsoleServer {
  readonly address: string;
  readonly stop: () => Promise<void>;
}

/** A request of the page is a few names. Bytes. */
const maxBody = 65_536;

const readBody = async (request: IncomingMessage): Promise<unknown> => {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > maxBody) throw new Refusal("The request is too long.");
    chunks.push(chunk);
  }
  try {
    return JSON.parse(Buffer.concat(chunks).toString("utf8"));
  } catch {
    throw new Refusal("The request is no JSON.");
  }
};

const send = (response: ServerResponse, status: number, type: string, body: string | Uint8Array): void => {
  response.writeHead(status, { ...headers, "content-type": type });
  response.end(body);
};

const json = (response: ServerResponse, status: number, value: unknown): void =>
  send(response, status, "application/json", JSON.stringify(value));

/**
 * Serves `files` (name → content; `index.html` stands for the folder) and what `answer` says of paths below `api/`.
 * `port` 0 takes a free one. Rejects where the port is taken.
 */
export const serve = async (
  files: ReadonlyMap<string, Uint8Array>,
  answer: Answerer,
  port: number,
): Promise<ConsoleServer> => {
  const token = randomBytes(24).toString("base64url");
  const reply = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const { method = "", url = "" } = request;
    const bound = (server.address() as AddressInfo).port;
    const verdict = judge({ method, url, headers: request.headers }, { port: bound, token });
    if ("why" in verdict) return json(response, verdict.status, { error: verdict.why });
    const { path, query } = verdict;
    if (!path.startsWith("api/")) {
      const name = path === "" ? "index.html" : path;
      const file = method === "GET" ? files.get(name) : undefined;
      if (!file) return json(response, 404, { error: "There is no such page." });
      return send(response, 200, types[name.split(".").at(-1) ?? ""] ?? "application/octet-stream", file);
    }
    const body = method === "POST" ? await readBody(request) : undefined;
    return json(response, 200, (await answer(path.slice("api/".length), query, body)) ?? null);
  };
  const server = createServer((request, response) => {
    reply(request, response).catch((error: unknown) => {
      const { message } = error instanceof Error ? error : new Error(String(error));
      if (!response.headersSent) json(response, error instanceof Refusal ? 400 : 502, { error: message });
      else response.destroy();
    });
  });
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(port, "127.0.0.1", resolve);
  });
  return {
    address: `http://127.0.0.1:${(server.address() as AddressInfo).port}/${token}/`,
    stop: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
};
