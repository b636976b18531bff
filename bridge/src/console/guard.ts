/**
 * Who may ask the console. It listens on loopback, but so can every page in the user's browser ask there, and every user of the machine.
 * The address has a token that nobody can guess. The name in `Host` has to be the loopback's own, so that a name that a stranger has
 * pointed at 127.0.0.1 (DNS rebinding) is of no use, and what changes something has to come from the page itself.
 */
import { timingSafeEqual } from "node:crypto";
import type { IncomingHttpHeaders } from "node:http";

export interface Asked {
  readonly method: string;
  /** Path and query, as the request line has them. */
  readonly url: string;
  readonly headers: IncomingHttpHeaders;
}

export interface Door {
  readonly port: number;
  readonly token: string;
}

export type Verdict =
  | { readonly path: string; readonly query: URLSearchParams }
  | { readonly status: 403 | 404 | 405 | 415; readonly why: string };

const sameText = (one: string, other: string): boolean => {
  const [a, b] = [Buffer.from(one), Buffer.from(other)];
  return a.length === b.length && timingSafeEqual(a, b);
};

/** What is asked for, below the token; or why it isn't answered. */
export const judge = ({ method, url, headers }: Asked, { port, token }: Door): Verdict => {
  const names = [`127.0.0.1:${port}`, `localhost:${port}`];
  if (!names.includes(headers.host ?? ""))
    return { status: 403, why: "The console answers at 127.0.0.1 only: open the address that it printed." };
  const origins = names.map((name) => `http://${name}`);
  if (headers.origin !== undefined && !origins.includes(headers.origin))
    return { status: 403, why: "Another page asked." };
  const site = headers["sec-fetch-site"];
  if (site !== undefined && site !== "same-origin" && site !== "none")
    return { status: 403, why: "Another page asked." };
  const [, given = "", rest = ""] = /^\/([^/?]*)\/([^?]*)/.exec(url) ?? [];
  if (!sameText(given, token)) return { status: 404, why: "Open the address that the console printed." };
  if (method === "POST") {
    if (headers.origin === undefined)
      return { status: 403, why: "What changes something is asked by the page itself." };
    if (headers["content-type"] !== "application/json") return { status: 415, why: "A request is JSON." };
  } else if (method !== "GET") return { status: 405, why: "There are GET and POST." };
  const at = url.indexOf("?");
  return { path: rest, query: new URLSearchParams(at < 0 ? "" : url.slice(at + 1)) };
};
