/** Names of files that a stream has a template for (`push.name`). */
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
}

/** A time as `yyyyMMdd-HHmmss` and the like have it, in a time zone. */
export const formatTime = (milliseconds: number, format: string, timeZone: string): string => {
  const options = { year: "numeric", month: "2-digit", day: "2-digit", hour: "2-digit" } as const;
  const formatter = new Intl.DateTimeFormat("en-US", {
    ...options,
    minute: "2-digit",
    second: "2-digit",
    hourCycle: "h23",
    timeZone,
  });
  const parts = new Map<string, string>(formatter.formatToParts(milliseconds).map(({ type, value }) => [type, value]));
  const part = (type: string) => parts.get(type) ?? "";
  const fields: Readonly<Record<string, string>> = {
    yyyy: part("year").padStart(4, "0"),
    yy: part("year").slice(-2),
    MM: part("month"),
    dd: part("day"),
    HH: part("hour"),
    mm: part("minute"),
    ss: part("second"),
  };
  return format.replace(/yyyy|yy|MM|dd|HH|mm|ss/g, (field) => fields[field] ?? field);
};

/** The path below the stream's directory that a template gives a file. It is checked by whoever uses it. */
export const fillTemplate = (template: string, { path, stream, now, mtime, timeZone }: Named): string => {
  const name = nameOf(path);
  const stem = stemOf(name);
  const directory = directoryOf(path);
  const fields: Readonly<Record<string, string>> = { name, stem, ext: name.slice(stem.length), stream };
  return template
    .replace(/^\{dir\}\//, () => (directory === "" ? "" : `${directory}/`))
    .replace(/\{(now|mtime):([^{}]+)\}|\{(\w+)\}/g, (whole, time?: string, format = "", field = "") =>
      time === undefined ? (fields[field] ?? whole) : formatTime(time === "now" ? now : mtime, format, timeZone),
    );
};
