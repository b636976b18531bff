/** `.done/YYYYMMDDHHMMSS-<name>` in the file's own directory, as the original named it. */
import { maxNameBytes } from "../sftp/entry-names.ts";
import { directoryOf, joinRemote, nameOf } from "../transfer/paths.ts";
import { doneDirectory } from "./identity.ts";

/** UTC, so that retention doesn't depend on anybody's time zone. */
export const stampOf = (milliseconds: number): string =>
  new Date(milliseconds).toISOString().replace(/\D/g, "").slice(0, 14);

/** Milliseconds since the epoch, or undefined if the name has no stamp. */
export const timeOfStamp = (name: string): number | undefined => {
  const match = /^(\d{4})(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)-./.exec(name);
  if (!match) return undefined;
  const [year, month, day, hour, minute, second] = match.slice(1).map(Number) as [
    number,
    number,
    number,
    number,
    number,
    number,
  ];
  const time = Date.UTC(year, month - 1, day, hour, minute, second);
  return stampOf(time) === name.slice(0, 14) ? time : undefined;
};

/** The name behind the stamp. */
export const nameBehindStamp = (name: string): string => name.slice(15);

export const shorten = (name: string, limit: number): string => {
  let bytes = Buffer.from(name);
  if (bytes.byteLength <= limit) return name;
  bytes = bytes.subarray(0, limit);
  return bytes.toString("utf8").replace(/\uFFFD+$/, ""); // half a character at the cut
};

/** Path in `.done` for a file pulled at this time; `turn` tells apart names that collide. */
export const donePathFor = (path: string, milliseconds: number, turn: number): string => {
  const stamp = `${stampOf(milliseconds)}-`;
  const suffix = turn > 0 ? `~${turn}` : "";
  const name = shorten(nameOf(path), maxNameBytes - stamp.length - suffix.length) + suffix;
  const directory = directoryOf(path);
  return joinRemote(joinRemote(directory, doneDirectory), stamp + name);
};
