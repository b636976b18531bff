// The partner's folder: what a test puts there belongs to the account that the server logs in, as it would there.

import { execFileSync } from "node:child_process";
import { chownSync, existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { userInfo } from "node:os";
import { dirname, join, relative } from "node:path";

/** The account that a server logs in: never root, whose rights would make every test of permissions pass. */
export type Account = { readonly name: string; readonly uid: number; readonly gid: number };

/** Whether we may act for other accounts. */
export function isRoot(): boolean {
  return process.getuid?.() === 0;
}

/**
 * `daemon`, which every Linux has, where we are root, else ourselves. It isn't `nobody`, because systemd shows that
 * account as locked (nss-systemd answers `!*` for its password), and sshd lets in no locked account.
 */
export function unprivilegedAccount(): Account {
  const me = userInfo();
  if (!isRoot()) return { name: me.username, uid: me.uid, gid: me.gid };
  const id = (flag: string) => Number(execFileSync("id", [flag, "daemon"], { encoding: "utf8" }));
  return { name: "daemon", uid: id("-u"), gid: id("-g") };
}

/** Reads and writes below a partner's root; paths are relative to it. */
export type PartnerFiles = {
  /** Writes a file, with the folders above it. */
  readonly write: (path: string, content: string | Uint8Array) => void;
  readonly mkdir: (path: string) => void;
  readonly read: (path: string) => Buffer;
  readonly exists: (path: string) => boolean;
  /** All files below `path`, relative to it, sorted; folders are left out. */
  readonly list: (path?: string) => string[];
  /** The absolute path on this machine. */
  readonly path: (path: string) => string;
};

/** File access below `root` on behalf of `account`. */
export function partnerFiles(root: string, account: Account): PartnerFiles {
  const at = (path: string) => join(root, path);
  const own = (path: string) => {
    if (isRoot()) chownSync(path, account.uid, account.gid);
  };
  const mkdir = (path: string) => {
    if (existsSync(at(path))) return;
    if (dirname(path) !== ".") mkdir(dirname(path));
    mkdirSync(at(path));
    own(at(path));
  };
  return {
    write: (path, content) => {
      mkdir(dirname(path));
      writeFileSync(at(path), content);
      own(at(path));
    },
    mkdir,
    read: (path) => readFileSync(at(path)),
    exists: (path) => existsSync(at(path)),
    // Types come with the listing: a file may be gone a moment later.
    list: (path = ".") =>
      existsSync(at(path))
        ? readdirSync(at(path), { recursive: true, withFileTypes: true })
            .filter((entry) => entry.isFile())
            .map((entry) => relative(at(path), join(entry.parentPath, entry.name)))
            .sort()
        : [],
    path: at,
  };
}
