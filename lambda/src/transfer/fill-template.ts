/** Names of files that a stream has a template for (`push.name`, `pull.name`). */
import { wallClock } from "../calendar/zone.ts";
import { RefusedError } from "./errors.ts";
import { stemOf } from "./name-template.ts";
import { directoryOf, nameOf } from "./paths.ts";

/** What a name may be made of. */
export interface Named {
  /** Below the stream's source. */
  readonly path: string;
  readonly stream: string;
  /** When the name is decided, and when the source was changed. Milliseconds since the epoch. */
  readonly now: number;
  readonly mtime: number;
  readonly timeZone: string;
  /** For `{seq}`. */
  readonly number?: number | undefined;
}

/** A path in a message: what is said behind it has to be seen as well. */
export const shown = (path: string): string => JSON.stringify(path.length > 200 ? `${path.slice(0, 200)}…` : path);

/** How many names are tried beside the first. */
export const mostNumbered = 999;

/** `a/report.csv` as `a/report-1.csv`; with 0 as it is. */
export const numberedPath = (path: string, number: number): string => {
  if (number === 0) return path;
  const stem = stemOf(nameOf(path));
  const before = path.length - nameOf(path).length + stem.length;
  return `${path.slice(0, before)}-${number}${path.slice(before)}`;
};

/** Has the template a number in it (`{seq}`, `{seq:6}`)? */
export const hasNumber = (template: string): boolean => /\{seq(:\d+)?\}/.test(template);

/** The last number that a template has room for; `{seq}` grows. */
const lastNumber = (template: string): number => {
  const digits = [...template.matchAll(/\{seq:(\d+)\}/g)].map(([, width]) => Number(width));
  return digits.length === 0 ? Number.MAX_SAFE_INTEGER : 10 ** Math.min(...digits) - 1;
};

/** Throws RefusedError where the template (`field` of the stream) has no room for the number. */
export const assertRoom = (number: number, stream: string, field: string, template: string): void => {
  const last = lastNumber(template);
  if (number <= last) return;
  throw new RefusedError(
    `Stream ${stream}: the numbers of ${field} = ${JSON.stringify(template)} have come to their end: ${last} was the last one, and none comes twice. Agree on more digits, such as {seq:${String(number).length}}, and files go on with ${number}`,
  );
};

/** A time as `yyyyMMdd-HHmmss` and the like have it, in a time zone. */
export const formatTime = (milliseconds: number, format: string, timeZone: string): string => {
  const [year = "", month, date, hour, minute, second] = new Date(wallClock(timeZone, milliseconds))
    .toISOString()
    .split(/\D/);
  const fields: Readonly<Record<string, string | undefined>> = {
    yyyy: year,
    yy: year.slice(-2),
    MM: month,
    dd: date,
    HH: hour,
    mm: minute,
    ss: second,
  };
  return format.replace(/yyyy|yy|MM|dd|HH|mm|ss/g, (field) => fields[field] ?? field);
};

/** The path below the stream's directory that a template gives a file. It is checked by whoever uses it. */
export const fillTemplate = (template: string, { path, stream, now, mtime, timeZone, number = 0 }: Named): string => {
  const name = nameOf(path);
  const stem = stemOf(name);
  const directory = directoryOf(path);
  const fields: Readonly<Record<string, string>> = { name, stem, ext: name.slice(stem.length), stream };
  return template
    .replace(/^\{dir\}\//, () => (directory === "" ? "" : `${directory}/`))
    .replace(/\{seq(?::(\d+))?\}|\{(now|mtime):([^{}]+)\}|\{(\w+)\}/g, (whole, width, time, format, field) => {
      if (whole.startsWith("{seq")) return String(number).padStart(Number(width ?? 0), "0");
      return time === undefined ? (fields[field] ?? whole) : formatTime(time === "now" ? now : mtime, format, timeZone);
    });
};
