/** What an archive has shown of itself so far: names and bytes, held against the rules for names and the stream's limits. */
import type { PullExtract } from "../../config/types.ts";
import { shown } from "../../transfer/fill-template.ts";
import { bytesOf, faultOfName, maxKeyBytes } from "../../transfer/paths.ts";
import { createBounds, type Unfit } from "../bounds.ts";

/** Of all names together: so much of them is kept in memory. */
const maxNames = 16 * 1024 * 1024;

export interface Ledger {
  /** The path of a file or directory of this name. Throws UnfitError for one that may not be, or is there already. */
  enter(name: string, kind: "file" | "directory"): string;
  /** Counts what came out, when so much of the archive was read. Throws UnfitError once it is too much. */
  grow(bytes: number, read: number): void;
  /** The same of what is to come, which isn't counted. */
  expect(bytes: number, read: number): void;
}

interface LedgerOptions {
  readonly extract: PullExtract;
  readonly unfit: Unfit;
  /** Bytes that a key has beside the path. */
  readonly keyBytes: number;
}

/** A path as it is written everywhere: archives of a directory call it `./a`. */
const plain = (name: string): string => name.replace(/^(\.\/+)+/, "").replace(/\/$/, "");

export const createLedger = ({ extract, unfit, keyBytes }: LedgerOptions): Ledger => {
  const files = new Set<string>();
  const directories = new Set<string>();
  let names = 0;
  const bounds = createBounds({ ...extract, field: "pull.extract", unfit });

  const count = (more: number): void => {
    names += more;
    if (files.size + directories.size > extract.maxEntries)
      throw unfit(
        `has more than ${extract.maxEntries} files and directories inside, which pull.extract.max_entries allows`,
      );
    if (names > maxNames) throw unfit(`has names inside that are longer than ${maxNames} characters together`);
  };
  const enterDirectory = (path: string): void => {
    for (let at = path; at !== "" && !directories.has(at); at = at.slice(0, Math.max(at.lastIndexOf("/"), 0))) {
      if (files.has(at)) throw unfit(`has ${shown(at)} inside both as a file and as a directory`);
      directories.add(at);
      count(at.length);
    }
  };

  return {
    enter(name, kind) {
      const path = plain(name);
      // The directory itself.
      if (kind === "directory" && (path === "" || path === ".") && !name.startsWith("/")) return "";
      const fault = /^[a-z]:/i.test(path)
        ? "is that of another drive"
        : path
            .split("/")
            .map(faultOfName)
            .find((one) => one !== undefined);
      if (fault !== undefined) throw unfit(`has a file inside of which the name ${shown(name)} ${fault}`);
      if (keyBytes + bytesOf(path) > maxKeyBytes)
        throw unfit(
          `has a file inside, ${shown(name)}, that would get an S3 key of ${keyBytes + bytesOf(path)} bytes; S3 allows ${maxKeyBytes}`,
        );
      if (kind === "directory") {
        enterDirectory(path);
        return path;
      }
      if (files.has(path)) throw unfit(`has ${shown(path)} inside twice, and nobody can tell which one counts`);
      if (directories.has(path)) throw unfit(`has ${shown(path)} inside both as a file and as a directory`);
      enterDirectory(path.slice(0, Math.max(path.lastIndexOf("/"), 0)));
      files.add(path);
      count(path.length);
      return path;
    },
    grow: bounds.grow,
    expect: bounds.expect,
  };
};
