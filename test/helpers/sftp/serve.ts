import { setTimeout as sleep } from "node:timers/promises";
import ssh2 from "ssh2";
import type { Quirks } from "./adversary.ts";
import { directory, type FileNode, type Node, storedFile } from "./files.ts";

const { STATUS_CODE: status, OPEN_MODE: flag } = ssh2.utils.sftp;
const modes = { file: 0o100644, directory: 0o040755, symlink: 0o120777 } as const;
const parent = (path: string) => path.slice(0, path.lastIndexOf("/")) || "/";

/** ssh2's server side of an SFTP channel, as far as it is used here. */
export interface ServerChannel {
  on(request: string, listener: (id: number, target: string | Buffer, ...rest: unknown[]) => void): void;
  status(id: number, code: number, message?: string): void;
  handle(id: number, handle: Buffer): void;
  data(id: number, bytes: Buffer): void;
  attrs(id: number, attributes: object): void;
  name(id: number, names: readonly object[]): void;
  end(): void;
}

interface Handle {
  readonly path: string;
  readonly node: Node;
  /** What is seen of it, where that is something else. */
  readonly shown?: FileNode | undefined;
  readonly listing?: string[];
  readonly writing: boolean;
  /** Where the next READ goes on, where they come in order. */
  next?: number;
  /** READDIRs of it that were answered. */
  answers?: number;
  /** Requests that are not answered yet. */
  readonly pending: Set<Promise<void>>;
}

/** What all channels of a server share. */
export interface World {
  readonly files: Map<string, Node>;
  readonly requests: string[];
  readonly trace: string[];
  readonly opened: Set<{ readonly path: string; readonly writing: boolean; readonly node: Node }>;
  written: number;
  waiting: number;
  opening: number;
  /** Drops all connections. */
  drop(): void;
}

/** A file of its own for one handle. */
const uploadOf = (stored: Node, copy: boolean): FileNode => {
  const bytes = Buffer.alloc(copy ? stored.size : 0);
  if (stored.kind === "file") stored.read(0, bytes);
  return storedFile(bytes);
};

/** Answers the requests of one channel from the files in memory, with the quirks asked for. */
export const serveFiles = (sftp: ServerChannel, world: World, quirks: Quirks): void => {
  const attributesOf = (path: string, node: Node, request: string) => {
    const size = quirks.size?.(path, node.size) ?? node.size;
    const all = { mode: modes[node.kind], size, uid: 1000, gid: 1000, atime: node.mtime, mtime: node.mtime };
    return quirks.attributes?.(all, request) ?? all;
  };
  const handles = new Map<number, Handle>();
  /** Requests whose answers are kept back. */
  const muted = new Set<number>();
  for (const answer of ["status", "handle", "data", "attrs", "name"] as const) {
    const send: (id: number, ...rest: never[]) => void = sftp[answer].bind(sftp);
    sftp[answer] = (id: number, ...rest: unknown[]) => {
      if (!muted.has(id)) send(id, ...(rest as never[]));
    };
  }
  const isGone = (open: Handle | undefined) =>
    open !== undefined && !open.writing && quirks.deletesOnRead === "with-handle" && !world.files.has(open.path);
  let isOver = false;
  let waitingHere = 0;
  const countWaiting = (difference: 1 | -1) => {
    if (isOver) return;
    waitingHere += difference;
    world.waiting += difference;
  };
  // What a connection has asked for ends with it.
  sftp.on("close", () => {
    world.waiting -= waitingHere;
    isOver = true;
  });
  let count = 0;
  const handleOf = (buffer: Buffer) => handles.get(buffer.readUInt32BE(0));
  const on = (request: string, answer: (id: number, path: string, ...rest: never[]) => void) =>
    sftp.on(request, (id: number, target: string | Buffer, ...rest: unknown[]) => {
      const open = typeof target === "string" ? undefined : handleOf(target);
      const path = typeof target === "string" ? target.replace(/(.)\/$/, "$1") : (open?.path ?? "?");
      world.requests.push(`${request} ${path}`);
      world.trace.push(`> ${request}`);
      if (request === "CLOSE" && quirks.losesUnclosed && open?.writing) world.files.delete(path);
      if (quirks.silent?.has(request)) return;
      countWaiting(1);
      const [place = 0, said = 0] = rest.map(Number);
      const bytes = Buffer.isBuffer(rest[1]) ? rest[1].length : said;
      const size = open?.node.size ?? 0;
      const refusal = quirks.refuse?.(request, path, {
        flags: request === "OPEN" ? Number(rest[0]) : 0,
        open: world.opened.size + world.opening,
        waiting: world.waiting,
        exists: world.files.has(path),
        bytes,
        isAcross: request === "READ" && place < size && place + bytes > size,
      });
      if (refusal === "ignore") return;
      if (refusal === "mute") muted.add(id);
      if (refusal === "drop" || refusal === "end") {
        countWaiting(-1);
        return refusal === "drop" ? world.drop() : sftp.end();
      }
      if (request === "OPEN" && (refusal === undefined || refusal === "mute")) world.opening += 1;
      const [code, words] =
        typeof refusal === "object" ? refusal : [refusal === "mute" ? undefined : refusal, undefined];
      // What a server works on at the same time ends before the CLOSE of its file.
      const isLast = request === "CLOSE" && quirks.closesAtOnce === undefined;
      const answered = Promise.all((isLast && open?.pending) || []).then(async () => {
        const delay = typeof quirks.delay === "function" ? await quirks.delay(request) : quirks.delay;
        if (delay) await sleep(delay);
        world.trace.push(`< ${request}`);
        countWaiting(-1);
        if (request === "OPEN" && (refusal === undefined || refusal === "mute")) world.opening -= 1;
        if (code === undefined) answer(id, path, ...([target, ...rest] as never[]));
        else sftp.status(id, code, words);
        open?.pending.delete(answered);
      });
      if (request !== "CLOSE") open?.pending.add(answered);
    });
  /** The newest first. */
  const live: number[] = [];
  const give = (id: number, entry: Omit<Handle, "pending">) => {
    count += 1;
    const number = quirks.handlesTwice ? live.reduce((free, one) => (one <= free ? one + 1 : free), 0) : count;
    live.unshift(number);
    handles.set(number, Object.assign(entry, { pending: new Set<Promise<void>>() }));
    const buffer = Buffer.alloc(quirks.handleBytes ?? 4);
    buffer.writeUInt32BE(number);
    sftp.handle(id, buffer);
  };

  const otherFor = (path: string, writing: boolean): FileNode | undefined => {
    const other = writing ? undefined : world.files.get(quirks.handleShows?.(path) ?? "");
    return other?.kind === "file" ? other : undefined;
  };
  on("OPEN", (id, asked, _target, flags: number) => {
    const old = world.files.get(asked);
    const path =
      quirks.renamesNew && old !== undefined && flags & flag.WRITE && flags & flag.CREAT && !(flags & flag.EXCL)
        ? quirks.renamesNew(asked)
        : asked;
    const node = world.files.get(path);
    const writing = (flags & flag.WRITE) !== 0;
    if (node === undefined && !(flags & flag.CREAT)) return sftp.status(id, status.NO_SUCH_FILE);
    if (node !== undefined && flags & flag.EXCL) return sftp.status(id, status.FAILURE);
    if (world.files.get(parent(path))?.kind !== "directory" && !quirks.noDirectories)
      return sftp.status(id, status.NO_SUCH_FILE);
    if (writing && quirks.exclusive && [...world.opened].some((entry) => entry.path === path && entry.writing))
      return sftp.status(id, status.PERMISSION_DENIED);
    if (node === undefined) world.files.set(path, storedFile());
    if (node?.kind === "file" && flags & flag.TRUNC && !quirks.keepsOld) node.size = 0;
    const stored = world.files.get(path) as Node;
    // As far as it has been written by now, through whatever handle.
    const current = [...world.opened].findLast((entry) => entry.path === path && entry.writing)?.node;
    const own = writing && stored.kind === "file" && quirks.uploads !== undefined;
    const entry = {
      path,
      node: own ? uploadOf(current ?? stored, quirks.uploads === "from-a-copy") : stored,
      writing,
      shown: own && quirks.uploads === "shown-as-one" ? stored : otherFor(path, writing),
    };
    world.opened.add(entry);
    give(id, entry);
  });
  on("CLOSE", (id, _path, handle: Buffer) => {
    const entry = handleOf(handle);
    if (entry !== undefined) world.opened.delete(entry);
    if (entry?.writing && quirks.uploads !== undefined) world.files.set(entry.path, entry.node);
    if (entry?.writing && entry.node.kind === "file" && quirks.atClose !== undefined) {
      const bytes = Buffer.alloc(entry.node.size);
      entry.node.read(0, bytes);
      const closed = quirks.atClose(bytes);
      entry.node.size = closed.length;
      entry.node.write(0, closed);
    }
    const isTaken = typeof quirks.takenAtClose === "function" ? quirks.takenAtClose() : quirks.takenAtClose;
    if (entry?.writing && isTaken) world.files.delete(entry.path);
    handles.delete(handle.readUInt32BE(0));
    if (live.includes(handle.readUInt32BE(0))) live.splice(live.indexOf(handle.readUInt32BE(0)), 1);
    const { endsAtClose = "" } = entry?.listing === undefined ? quirks : {};
    if (!endsAtClose.endsWith("unanswered")) sftp.status(id, status.OK);
    if (endsAtClose.startsWith("connection")) setImmediate(() => world.drop());
    else if (endsAtClose !== "") sftp.end();
  });
  on("READ", (id, path, handle: Buffer, place: number, length: number) => {
    quirks.onRead?.(path, place, length);
    const open = handleOf(handle);
    const offset = quirks.readsInOrder && open !== undefined ? (open.next ?? 0) : place;
    if (open !== undefined) open.next = offset + length;
    const node = open?.shown ?? open?.node;
    if (quirks.readsDirectories && node?.kind === "directory") return sftp.status(id, status.EOF);
    if (node?.kind !== "file" || isGone(open)) return sftp.status(id, status.FAILURE);
    if (length > (quirks.largest ?? length)) return sftp.status(id, status.FAILURE);
    if (quirks.refusesBeyond && offset + length > node.size) return sftp.status(id, status.FAILURE);
    const bytes = Buffer.alloc(Math.max(0, Math.min(length, quirks.shortReads ?? length, node.size - offset)));
    if (offset + bytes.length >= node.size && quirks.deletesOnRead) world.files.delete(path);
    if (bytes.length === 0 && !quirks.emptyDataAtEnd) return sftp.status(id, status.EOF);
    node.read(offset, bytes);
    quirks.bytesOfHandle?.(bytes, handle.readUInt32BE(0));
    sftp.data(id, bytes);
  });
  on("WRITE", (id, _path, handle: Buffer, offset: number, data: Buffer) => {
    if (quirks.fullAfter !== undefined && offset + data.length > quirks.fullAfter)
      return sftp.status(id, status.FAILURE, "No space left on device");
    const node = handleOf(handle)?.node;
    if (node?.kind !== "file")
      return sftp.status(id, quirks.closesAtOnce === "and-says-ok" ? status.OK : status.FAILURE);
    if (data.length > (quirks.largest ?? data.length)) return sftp.status(id, status.FAILURE);
    if (quirks.inOrderOnly && offset !== node.size) return sftp.status(id, status.FAILURE, "Illegal seek");
    if (quirks.garbles) data[0] = ~(data[0] ?? 0) & 0xff;
    if (quirks.stores === undefined || !quirks.stores(node, offset, data)) node.write(offset, data);
    handleOf(handle)?.shown?.write(offset, data);
    world.written += data.length;
    if (quirks.dropAfter !== undefined && world.written > quirks.dropAfter) world.drop();
    else sftp.status(id, status.OK);
  });
  const stat = (request: string) => (id: number, path: string) => {
    const node = world.files.get(path);
    if (node === undefined && quirks.looksAlways) sftp.attrs(id, {} as never);
    else if (node === undefined) sftp.status(id, status.NO_SUCH_FILE);
    else sftp.attrs(id, attributesOf(path, node, request) as never);
  };
  on("REALPATH", (id, path) => sftp.name(id, [{ filename: path === "." ? "/" : path, longname: path, attrs: {} }]));
  on("STAT", stat("STAT"));
  on("LSTAT", stat("LSTAT"));
  on("FSTAT", (id, _path, handle: Buffer) => {
    const entry = handleOf(handle);
    if (entry === undefined || isGone(entry)) sftp.status(id, status.FAILURE);
    else sftp.attrs(id, attributesOf(entry.path, entry.shown ?? entry.node, "FSTAT") as never);
  });
  on("OPENDIR", (id, path, given: string) => {
    if (quirks.slashed && !given.endsWith("/")) return sftp.status(id, status.NO_SUCH_FILE);
    const node = world.files.get(path === "." ? "/" : path);
    if (quirks.opensAnything && node?.kind !== "directory")
      return give(id, { path, node: node ?? directory(), listing: [".", ".."], writing: false });
    if (node?.kind !== "directory") return sftp.status(id, status.NO_SUCH_FILE);
    const prefix = path === "/" ? "/" : `${path}/`;
    const inside = [...world.files.keys()].filter(
      (name) => name !== "/" && name.startsWith(prefix) && !name.slice(prefix.length).includes("/"),
    );
    give(id, {
      path,
      node,
      listing: [".", "..", ...inside.map((name) => name.slice(prefix.length)), ...(quirks.names ?? [])],
      writing: false,
    });
  });
  on("READDIR", (id, path, handle: Buffer) => {
    const open = handleOf(handle);
    const there = open?.listing?.splice(0, quirks.batch ?? 100) ?? [];
    const names = quirks.page?.(there, open?.answers ?? 0, path) ?? there;
    if (open !== undefined) open.answers = (open.answers ?? 0) + 1;
    if (typeof names === "number") return sftp.status(id, names);
    if (names.length === 0 && quirks.listEnd !== "empty") return sftp.status(id, quirks.listEnd ?? status.EOF);
    sftp.name(
      id,
      names.map((filename) => ({
        filename: quirks.written?.(filename, path) ?? filename,
        longname: "drwxr-xr-x lies",
        attrs: quirks.bareListing
          ? {}
          : attributesOf(
              filename,
              world.files.get(`${path === "/" ? "" : path}/${filename}`) ?? storedFile(),
              "READDIR",
            ),
      })),
    );
  });
  const isLocked = (path: string) => quirks.locksOpen && [...world.opened].some((open) => open.path === path);
  on("REMOVE", (id, path) => {
    if (isLocked(path)) return sftp.status(id, status.FAILURE, "it is open");
    const isThere = quirks.keepsRemoved ? world.files.has(path) : world.files.delete(path);
    sftp.status(id, isThere ? status.OK : status.NO_SUCH_FILE);
  });
  on("RMDIR", (id, path) => sftp.status(id, world.files.delete(path) ? status.OK : status.NO_SUCH_FILE));
  on("MKDIR", (id, path) => {
    if (quirks.noDirectories) return sftp.status(id, status.OP_UNSUPPORTED);
    if (world.files.has(path)) return sftp.status(id, status.FAILURE);
    if (!world.files.has(parent(path))) return sftp.status(id, status.NO_SUCH_FILE);
    world.files.set(path, directory());
    sftp.status(id, status.OK);
  });
  on("RENAME", (id, from, _target, wanted: string) => {
    const to = quirks.renamesNew && world.files.has(wanted) ? quirks.renamesNew(wanted) : wanted;
    const node = world.files.get(from);
    if (quirks.rename === "refuses") return sftp.status(id, status.OP_UNSUPPORTED);
    if (isLocked(from)) return sftp.status(id, status.FAILURE, "it is open");
    const isPlace = world.files.has(parent(to)) || quirks.noDirectories;
    if (node === undefined || !isPlace) return sftp.status(id, status.NO_SUCH_FILE);
    if (quirks.renamesWithin && parent(from) !== parent(to)) return sftp.status(id, status.FAILURE);
    if (quirks.rename === "does-nothing") return sftp.status(id, status.OK);
    if (quirks.rename === "loses") {
      world.files.delete(from);
      return sftp.status(id, status.OK);
    }
    if (quirks.rename !== "replaces" && world.files.has(to))
      return sftp.status(id, quirks.renameStatus ?? status.FAILURE);
    const rename = () => {
      if (!quirks.keepsRenamed) world.files.delete(from);
      world.files.set(to, node);
      if (quirks.rename === "refuses-and-renames") return sftp.status(id, status.FAILURE, "could not set the owner");
      if (quirks.renameCopies !== undefined) node.mtime = Math.floor(Date.now() / 1000) + 5;
      sftp.status(id, status.OK);
    };
    if (quirks.renamesLater !== undefined) {
      sftp.status(id, status.OK);
      setTimeout(() => {
        if (world.files.delete(from)) world.files.set(to, node);
      }, quirks.renamesLater);
    } else if (quirks.renameCopies === undefined) rename();
    else setTimeout(rename, quirks.renameCopies);
  });
  for (const request of ["SETSTAT", "FSETSTAT"]) on(request, (id) => sftp.status(id, status.PERMISSION_DENIED));
};
