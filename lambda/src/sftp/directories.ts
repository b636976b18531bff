import { noAnswer } from "./attributes.ts";
import type { Connection } from "./connection.ts";
import { isRefusal } from "./errors.ts";
import { isDirectory, lookAt } from "./stat.ts";
import { remoteError } from "./status.ts";

/** Directories that were made or seen over one connection. */
export interface Directories {
  /** Makes it and its parents, unless they are known to be there. Two that ask for the same one share the work. */
  ensure(path: string): Promise<void>;
  /** A file was made in it: it is there, whatever looks say. */
  saw(path: string): void;
  /** Forgets a directory and what is in it: something there was missing. */
  forget(path: string): void;
}

/** The directory that a path is in: empty for the login directory, `/` for the root. */
export const parentOf = (path: string): string => {
  const cut = path.replace(/\/+$/, "").lastIndexOf("/");
  return cut > 0 ? path.slice(0, cut) : cut === 0 ? "/" : "";
};

/** A cache of directories over a connection. Errors name the directory whose permission is missing. */
export const createDirectories = ({ main, partner }: Connection): Directories => {
  const known = new Map<string, Promise<void>>();

  const make = async (path: string): Promise<void> => {
    const deed = { partner, action: "make the directory", path };
    const notOne = () => remoteError("exists", deed, "something that is no directory has that name");
    const there = await isDirectory(main, path);
    if (there === true) return;
    if (there === false) throw notOne();
    const parent = parentOf(path);
    // That a parent may not be looked at or made says nothing of what may be made in it.
    const above = await ensure(parent).then(
      () => undefined,
      (error: unknown) => error,
    );
    if (above !== undefined && (!isRefusal(above) || above.kind === "exists")) throw above;
    const mkdir = (how: string) =>
      main.request<void>("make the directory", path, (sftp, settle) =>
        sftp.mkdir(how, (error) => settle(error, undefined)),
      );
    try {
      await mkdir(path).catch(async (error: unknown) => {
        // Some find no directory above a name without a slash.
        if (!isRefusal(error) || path.includes("/")) throw error;
        await mkdir(`./${path}`).catch(() => {
          throw error;
        });
      });
    } catch (error) {
      // Another run may have been quicker.
      if (!isRefusal(error)) throw error;
      const now = await isDirectory(main, path);
      if (now === true) return;
      if (now === false) throw notOne();
      // Nobody says whether it is there: what is made in it will tell.
      if (error.kind !== "missing" && (await lookAt(main, path)) === noAnswer) return;
      if (above !== undefined) throw above;
      if (error.kind === "permission")
        throw remoteError(
          "permission",
          deed,
          `the user may not write to ${JSON.stringify(parent === "" ? "the login directory" : parent)}`,
          "Ask the partner to make the directory or to allow it, or correct the stream's directory",
          error,
        );
      throw error;
    }
  };

  const ensure = (path: string): Promise<void> => {
    const name = path.length > 1 ? path.replace(/\/+$/, "") : path;
    if (name === "" || name === "." || name === "/") return Promise.resolve();
    const busy = known.get(name);
    if (busy !== undefined) return busy;
    const made = make(name);
    known.set(name, made);
    made.then(
      () => {
        // Its parents must be there too.
        for (let above = parentOf(name); above !== "" && above !== "/"; above = parentOf(above))
          if (!known.has(above)) known.set(above, made);
      },
      () => known.delete(name),
    );
    return made;
  };

  return {
    ensure,
    saw(path) {
      if (!known.has(path)) known.set(path, Promise.resolve());
    },
    forget(path) {
      for (let above = path; above !== "" && above !== "/"; above = parentOf(above)) known.delete(above);
      for (const name of known.keys()) if (name.startsWith(`${path}/`)) known.delete(name);
    },
  };
};
