/**
 * The partner's side as push and pull see it. `open.ts` implements it over ssh2; tests implement it in memory.
 *
 * Every operation has its own deadline, and fails when the connection is lost. A path that doesn't exist is `undefined`
 * or `false`, not an error: partners take files at any moment. All other failures are a `RemoteError`.
 */
import type { Ability } from "../config/server-traits.ts";
import type { Care, RemoteError } from "./errors.ts";

export type FileKind = "file" | "directory" | "symlink" | "other";

/**
 * What a look told. Each part that the server left out, or told as what can't be, is undefined: unknown, and not zero. A look
 * that was refused tells nothing at all (`toldAnything` in attributes.ts); then it isn't even known whether something is there.
 */
export interface RemoteStat {
  readonly kind: FileKind | undefined;
  /** Bytes. */
  readonly size: number | undefined;
  /** Set where the size told is one that servers also tell that don't know it: then `size` is unknown, and this confirms one. */
  readonly sizeMayBe?: number;
  /** Seconds since the epoch (SFTP version 3 knows no fractions). */
  readonly mtime: number | undefined;
  /** Permissions, where they were told. */
  readonly mode?: number;
}

export interface RemoteEntry extends RemoteStat {
  /** One path segment, whatever way the server writes it. `.` and `..` are left out; other names are NOT yet checked. */
  readonly name: string;
  /** Where the server doesn't say, it was found out: by LSTAT, by opening it as a directory, by the long name. */
  readonly kind: FileKind;
}

export interface RemoteReader {
  /** From FSTAT on the handle, right after OPEN; tells nothing where the server has no FSTAT. */
  readonly stat: RemoteStat;
  /** Bytes that the file should have: from FSTAT, else STAT, else the hint; unknown where none tells. */
  readonly size: number | undefined;
  /**
   * The file's bytes in order from `offset` to its end, read ahead within the window; one at a time. Without a size, and
   * beyond one that was never true, the end is where the server says so. Throws a RemoteError `changed` if the file grows
   * or ends too soon meanwhile.
   */
  chunks(offset: number, options?: ChunkOptions): AsyncIterable<Uint8Array>;
  /** FSTAT again: has the file changed while it was read? Call it when `chunks` has ended. */
  restat(): Promise<RemoteStat>;
  /** STAT of the path, at the time of `restat`: has somebody put another file there? Undefined if it is gone. */
  restatPath(): Promise<RemoteStat | undefined>;
  /** Is there still nothing behind so many bytes? True where the server refuses to say: it has taken the file away. */
  endsAt(bytes: number): Promise<boolean>;
  /** Never rejects, and needs not be waited for. */
  close(): Promise<void>;
}

export interface ChunkOptions {
  /** A chunk's bytes may be overwritten when the next one is asked for: for who copies them at once, and wants less memory. */
  readonly reuse?: boolean;
}

export interface ListOptions {
  /** Waits for open files to be closed where the server bears no more (default). Not for who holds others' place meanwhile. */
  readonly patient?: boolean;
}

export interface ReadHint {
  /** Bytes that the file should have, from a listing: what is small comes with the first answer. */
  readonly size: number | undefined;
  /** It has to have so many, whatever the server tells. */
  readonly sure?: boolean;
}

/** Why a copy has to be compared by content before anybody sees it. */
export interface Doubt {
  readonly reason: string;
  /** What is known to work there once the content is found to be right, and not to work if it is wrong. */
  readonly proves?: Extract<Ability, "resumes" | "several_handles">;
  /** What is the matter with the copy unless its content is seen to be right: its CLOSE was refused, or never answered. */
  readonly unless?: RemoteError;
}

export interface RemoteWriter {
  /** Set where the server did something unheard of while the file was written, or something was tried there for the first time. */
  readonly doubt?: Doubt | undefined;
  /** Bytes from the start of the file that the server has acknowledged without a hole. */
  readonly acknowledged: number;
  /** Takes a chunk, behind the last; when it resolves, the window has room again, and the chunk's memory is the caller's. Rejects when any earlier write failed. */
  write(chunk: Uint8Array): Promise<void>;
  /** Waits for every acknowledgement, then makes it durable where the server offers fsync@openssh.com. */
  flush(): Promise<void>;
  /**
   * Sends CLOSE behind the last write, and waits for every answer. Resolves with what a look afterwards said; of a server
   * that is known for files in a file system, with what FSTAT said between the two, which spares a round trip; with nothing
   * if neither was answered.
   */
  // biome-ignore lint/suspicious/noConfusingVoidType: an implementation without the FSTAT returns nothing at all
  close(): Promise<RemoteStat | undefined | void>;
}

export interface WriteOptions {
  /** `create` fails if the path exists (CREAT|EXCL); `resume` opens an existing file at `offset`; `replace` truncates. */
  readonly mode: "create" | "resume" | "replace";
  readonly offset?: number;
  /** Bytes that the file will have, if that is known: a large one gets all its channels from the start. */
  readonly size?: number;
  /** More than usual, after a write was refused. */
  readonly care?: Care | undefined;
}

/** A host key that the server has announced and proved, and that isn't pinned. */
export interface NewHostKey {
  /** As SSH names it: `ssh-ed25519`. */
  readonly type: string;
  /** `SHA256:…` */
  readonly fingerprint: string;
  /** A sentence for people: what was seen, and what to do. */
  readonly words: string;
}

export interface Remote {
  /** What there is to say of host keys that the server has announced and that aren't pinned, as far as it is known by now. */
  readonly newHostKeys?: () => readonly NewHostKey[];
  /** `user@host:port` */
  readonly partner: string;
  /** What the quickest answer so far has taken; undefined before the first one. Milliseconds. */
  readonly roundTripMs?: number | undefined;
  /** Aborts, with the reason, when the connection is lost. */
  readonly lost: AbortSignal;
  /** Undefined if nothing is there. A look that is refused is no failure: it tells nothing. */
  stat(path: string): Promise<RemoteStat | undefined>;
  /** Does not follow a symbolic link. */
  lstat(path: string): Promise<RemoteStat | undefined>;
  /**
   * A look found nothing: is a file there all the same, since this server's looks don't show it? False where that can't be tried. It is
   * learned, so that looks tell nothing from then on.
   */
  isHidden?(path: string): Promise<boolean>;
  /** A directory's entries in batches, many READDIRs ahead. `undefined` batches never occur; a missing directory throws RemoteError `missing`. */
  list(directory: string, options?: ListOptions): AsyncIterable<readonly RemoteEntry[]>;
  /** Makes a directory and its parents; remembers what it made or saw. */
  ensureDirectory(path: string): Promise<void>;
  openRead(path: string, hint?: ReadHint): Promise<RemoteReader | undefined>;
  openWrite(path: string, options: WriteOptions): Promise<RemoteWriter>;
  /**
   * Renames over whatever is there: posix-rename@openssh.com where offered, else rename, else unlink + rename. False if `from` is missing.
   * `replacing`: the size that is told of `from`, where an earlier version is known to lie under `to`.
   */
  publish(from: string, to: string, replacing?: number): Promise<boolean>;
  /** Renames only if `to` doesn't exist (lstat first; plain RENAME). False if `from` is missing. Throws RemoteError `exists`. */
  move(from: string, to: string): Promise<boolean>;
  /** SHA-256 of a file, hexadecimal, as the server reckons it (`check-file`); undefined where it doesn't offer that. */
  checksum?(path: string): Promise<string | undefined>;
  /** Permissions and time (seconds) of a file, by SETSTAT. Throws RemoteError: servers may refuse it. */
  setAttributes(
    path: string,
    attributes: { readonly mode?: number | undefined; readonly mtime?: number | undefined },
  ): Promise<void>;
  /** False if it wasn't there. */
  remove(path: string): Promise<boolean>;
  /** Removes an empty directory. False if it wasn't there. */
  removeDirectory(path: string): Promise<boolean>;
  /**
   * Names who has further connections to this partner for a large file: `recruit` calls `join` with each that there is, at
   * once or when it is made, and makes some if so many bytes are worth it. A file is then open on all of them.
   */
  reinforce?(recruit: (bytes: number, join: (other: Remote) => void) => void): void;
  /** Ends the session politely, within a second or two, then destroys the socket. Never throws. */
  close(): Promise<void>;
  /** Destroys the socket at once: nothing that is outstanding may take effect later than what is already on the wire. */
  destroy(reason: Error): void;
}
