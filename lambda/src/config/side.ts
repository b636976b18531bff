/** What a push and a pull have in common. */
import * as v from "valibot";
import { flag, oneOf, present, text, texts } from "./fields.ts";
import { pathFilter } from "./patterns.ts";
import { sequence } from "./sequence.ts";
import type { Order, Sequence } from "./types.ts";
import { windows } from "./windows.ts";

/** `~` and `$HOME` are a shell's words: SFTP would make directories of these names. */
const isShellWord = (directory: string): boolean => /^\/?(~|\$\{?[A-Za-z_]|%[A-Za-z_]+%)/.test(directory);

/** Windows' ways to name a drive or another machine. */
const isWindowsPath = (directory: string): boolean => /^[A-Za-z]:|\\|^\/\//.test(directory);

const climbs = (path: string): boolean => path.includes("\0") || path.split("/").includes("..");

const globs = v.pipe(
  texts,
  v.rawCheck(({ dataset, addIssue }) => {
    if (!dataset.typed) return;
    for (const pattern of dataset.value) {
      try {
        pathFilter({ include: [pattern], exclude: [] });
      } catch (error) {
        addIssue({ message: `has a malformed pattern ${JSON.stringify(pattern)} (${(error as Error).message})` });
      }
    }
  }),
);

export const remoteDirectory = v.pipe(
  v.string("has to be a string"),
  v.check((directory) => directory === "/" || !directory.endsWith("/"), 'may not end in "/"'),
  v.check((directory) => !climbs(directory), 'may not contain ".." or NUL'),
  v.check(
    (directory) => !isWindowsPath(directory),
    "may not begin with a drive letter or two slashes, or have a backslash: SFTP has single forward slashes (/C:/inbox on Windows)",
  ),
  v.check(
    (directory) => !isShellWord(directory),
    "may not begin with ~ or a variable, which SFTP takes for the name of a directory: write it as it is below the log-in directory",
  ),
);

export const side = {
  bucket: text,
  prefix: v.pipe(
    v.nullish(v.string("has to be a string"), ""),
    v.check(
      (prefix) => prefix === "" || (prefix.endsWith("/") && !prefix.startsWith("/")),
      'has to be empty, or end in "/" and not begin with it',
    ),
    v.check((prefix) => !climbs(prefix), 'may not contain ".." or NUL'),
  ),
  directory: v.pipe(v.nullish(v.string("has to be a string"), ""), remoteDirectory),
  include: globs,
  exclude: globs,
  order: v.nullish(oneOf(["any", "name", "oldest", "sequence"]), "any"),
  strict_order: flag,
  sequence: v.nullish(sequence),
  windows: v.nullish(windows),
};

interface GivenOrder {
  readonly order: "any" | Order;
  readonly strict_order: boolean;
  readonly sequence?: Sequence | null | undefined;
}

/** Of a push and of a pull. */
export const hasOrder = ({ order, strict_order }: GivenOrder): boolean => !strict_order || order !== "any";
export const noOrder = "needs an order: one file can't wait for the other where any may be the first";

/** Of a push and of a pull. */
export const hasSequence = ({ order, sequence }: GivenOrder): boolean =>
  (order === "sequence") === (sequence !== null && sequence !== undefined);
export const noSequence = 'and order = "sequence" go together: it says where the number stands in a name';

/** What both sides have, without what isn't set. */
export const orderOf = ({
  order,
  strict_order,
  sequence,
}: GivenOrder): { order?: Order; strictOrder?: boolean; sequence?: Sequence } => ({
  ...(order !== "any" && { order }),
  ...((strict_order || order === "sequence") && { strictOrder: true }),
  ...present("sequence", sequence),
});
