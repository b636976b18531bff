/** Heads of HTTP/1.1, for what is sent and read past Node's own. https://www.rfc-editor.org/rfc/rfc9112 */
import type { Unsigned } from "./sign.ts";

export const headEnd = "\r\n\r\n";
/** What goes into a request as it is. */
const plain = /^[\x20-\x7e]*$/;

/** A request up to its body; undefined where it isn't plain ASCII in one line each. */
export const requestHead = (
  { method, path, query }: Pick<Unsigned, "method" | "path" | "query">,
  headers: Readonly<Record<string, string>>,
): string | undefined => {
  let text = "";
  let isPlain = true;
  const add = (line: string) => {
    isPlain &&= plain.test(line);
    text += `${line}\r\n`;
  };
  add(`${method} ${query === "" ? path : `${path}?${query}`} HTTP/1.1`);
  // No pairs and no lists: there are thousands of requests.
  for (const name of Object.keys(headers)) add(`${name}: ${headers[name]}`);
  return isPlain ? `${text}\r\n` : undefined;
};

export interface AnswerHead {
  readonly status: number;
  /** By their names in lower case. */
  readonly headers: Readonly<Record<string, string>>;
  /** Of the body. Bytes. */
  readonly length: number;
}

/** Undefined for all but a plain answer of version 1.1 that says how long it is. */
export const parseHead = (text: string): AnswerHead | undefined => {
  const [first = "", ...lines] = text.split("\r\n");
  const status = /^HTTP\/1\.1 (\d{3})( |$)/.exec(first)?.[1];
  if (status === undefined) return undefined;
  const headers: Record<string, string> = {};
  for (const line of lines) {
    const [, name, value = ""] = /^([!#$%&'*+.^_`|~\w-]+):[ \t]*(.*?)[ \t]*$/.exec(line) ?? [];
    if (name === undefined) return undefined;
    const key = name.toLowerCase();
    headers[key] = headers[key] === undefined ? value : `${headers[key]}, ${value}`;
  }
  const { "content-length": length = "", "transfer-encoding": coding } = headers;
  if (coding !== undefined || !/^\d{1,15}$/.test(length)) return undefined;
  return { status: Number(status), headers, length: Number(length) };
};
