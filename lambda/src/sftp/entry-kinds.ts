/** What a listing leaves unsaid of its entries: asked for by LSTAT, and found out by opening them as directories. */
import { randomUUID } from "node:crypto";
import { sideBySide } from "../concurrency/for-each.ts";
import { toldAnything } from "./attributes.ts";
import type { Channel } from "./channel.ts";
import { entryName } from "./entry-names.ts";
import type { NamedAttributes } from "./names.ts";
import type { FileKind, RemoteEntry, RemoteStat } from "./remote.ts";
import { hasEntries, isSeen, lookAt, opensAsDirectory, readStart } from "./stat.ts";

/** Entries that are looked at, and opened as directories, at one time: servers count the latter as open files. */
const looksInFlight = 64;
const opensInFlight = 4;

const kindsOfLines = new Map<string, FileKind>([
  ["-", "file"],
  ["d", "directory"],
  ["l", "symlink"],
]);

/** What the long name says, if it is a line of `ls -l` for this name; it is a hint only, since version 3 leaves its form to the server. */
const hintOf = ({ filename, longname = "" }: NamedAttributes): FileKind | undefined => {
  const [, type] = /^([-dlbcps])[-rwxsStT]{9}\S*\s/.exec(longname) ?? [];
  if (type === undefined || !longname.includes(` ${filename}`)) return undefined;
  return kindsOfLines.get(type) ?? "other";
};

/** What matters of an entry and isn't told: of a directory, its kind only. */
const lacks = ({ kind, size, mtime }: RemoteStat): boolean =>
  kind === undefined || (kind === "file" && (size === undefined || mtime === undefined));

const merge = (told: RemoteStat, look: RemoteStat): RemoteStat => ({
  kind: told.kind ?? look.kind,
  size: told.size ?? look.size,
  mtime: told.mtime ?? look.mtime,
});

/** Looks that may tell nothing more than the listing did, before no more are sent for it. */
const vainLooks = 3;

/** Completes the batches of one listing. */
export const createCompleter = (
  main: Channel,
  directory: string,
): ((batch: readonly NamedAttributes[]) => Promise<RemoteEntry[]>) => {
  let vain = 0;
  let helped = false;
  const pathOf = (name: string) =>
    directory === "" || directory === "." ? name : `${directory.replace(/\/$/, "")}/${name}`;

  /** Undefined if it has gone. */
  const look = async (name: string, told: RemoteStat): Promise<RemoteStat | undefined> => {
    if (!lacks(told) || (!helped && vain >= vainLooks)) return told;
    const seen = await lookAt(main, pathOf(name));
    if (seen === undefined) return undefined;
    const stat = merge(told, seen);
    if (stat.kind !== told.kind || stat.size !== told.size || stat.mtime !== told.mtime) helped = true;
    else vain++;
    return stat;
  };
  let opensAnything: Promise<boolean> | undefined;
  /**
   * Gateways to object stores open whatever is asked for as a directory, with nothing in it. No directory gives bytes; what ends at once
   * is an empty file there, unless it has entries.
   */
  const readsAsFile = async (name: string): Promise<boolean> => {
    const start = await readStart(main, pathOf(name));
    if (start !== "end") return start === "bytes";
    opensAnything ??= opensAsDirectory(main, pathOf(`none-${randomUUID()}`)).then((opened) => opened === true);
    return (await opensAnything) && !(await hasEntries(main, pathOf(name)));
  };
  const fileKindOf = async (given: NamedAttributes, name: string): Promise<FileKind> => {
    const hint = /.\/$/s.test(given.filename) ? "directory" : hintOf(given);
    if (hint !== undefined && hint !== "directory") return hint;
    const opened = (await opensAsDirectory(main, pathOf(name))) ?? hint === "directory";
    if (opened && (hint === "directory" || !(await readsAsFile(name)))) return "directory";
    return "file";
  };
  /** A whole path as another root sees it, such as that of the server's own machine: is its last part a name here? */
  const nameHere = async (said: string): Promise<string> => {
    const last = said.slice(said.lastIndexOf("/") + 1);
    if (!said.startsWith("/") || last === "") return said;
    const seen = await lookAt(main, pathOf(last));
    return seen !== undefined && toldAnything(seen) ? last : said;
  };

  /** A name with a blank, the end of a line, a NUL or a mark of `ls -F` behind it, which is no part of it where only the name without is known here. */
  const barely = async (said: string): Promise<string | undefined> => {
    const whole = said.replace(/\0+$/, "");
    const bare = isMarked(whole) ? whole.slice(0, -1) : whole.trimEnd();
    if (bare !== whole && bare !== "" && !(await isSeen(main, pathOf(whole)))) {
      const name = entryName(bare, directory);
      if (name === undefined || (await isSeen(main, pathOf(name)))) return name;
    }
    return whole === "" ? said : entryName(whole, directory);
  };

  return async (batch) => {
    const entries: (RemoteEntry | undefined)[] = [];
    const odd: (readonly [index: number, given: NamedAttributes, said: string, told: RemoteStat])[] = [];
    const unknown: (readonly [index: number, given: NamedAttributes, entry: Omit<RemoteEntry, "kind">])[] = [];
    for (let index = 0; index < batch.length; index++) {
      const given = batch[index];
      if (given === undefined) continue;
      const said = entryName(given.filename, directory);
      if (said === undefined) continue;
      const told = main.toStat(given.attrs);
      const { kind } = told;
      // Most servers tell all of all: nothing is waited for.
      if (kind !== undefined && isName(said) && !isPadded(said) && !lacks(told))
        entries[index] = { ...told, name: said, kind };
      else odd.push([index, given, said, told]);
    }
    await sideBySide(looksInFlight, odd, async ([index, given, said, told]) => {
      const name = said.includes("/") ? await nameHere(said) : isPadded(said) ? await barely(said) : said;
      if (name === undefined) return;
      const stat = isName(name) ? await look(name, told) : told;
      if (stat === undefined) return;
      // What can't be a name is refused as it is, and nothing is asked about it.
      const kind = stat.kind ?? (isName(name) ? undefined : "file");
      if (kind === undefined) unknown.push([index, given, { ...stat, name }]);
      else entries[index] = { ...stat, name, kind };
    });
    await sideBySide(opensInFlight, unknown, async ([index, given, entry]) => {
      entries[index] = { ...entry, kind: await fileKindOf(given, entry.name) };
    });
    return entries.filter((entry) => entry !== undefined);
  };
};

/** The marks of `ls -F`: a program, a link, a socket, a pipe. */
const isMarked = (name: string): boolean => "*@=|".includes(name.charAt(name.length - 1)) && name.length > 1;

/** The last character is a blank, a control one, or a mark: of nearly all it isn't, so it costs no expression. */
const isPadded = (name: string): boolean => name.charCodeAt(name.length - 1) <= 0x20 || isMarked(name);

const isName = (name: string): boolean => name !== "" && !name.includes("/");
