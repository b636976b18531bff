/** What servers in the field do that breaks clients: each trait by itself, on a server of our own, and what it takes. */
import { setTimeout as sleep } from "node:timers/promises";
import { type Quirks, startAdversary } from "../helpers/sftp/adversary.ts";
import { directory, type Node, storedFile } from "../helpers/sftp/files.ts";
import { makeKey } from "../helpers/sftp/keys.ts";
import type { BridgeOptions } from "./bridge.ts";
import type { ServerFiles, TestedServer } from "./server.ts";

export interface Trait {
  readonly name: string;
  readonly quirks: () => Quirks;
  /** What has to be set on the stream. */
  readonly settings?: BridgeOptions;
  /** The same for docs/servers.md. */
  readonly needs?: string;
  /** A direction that doesn't work whatever is set: nothing is lost or shown, and the error says this. */
  readonly fails?: { readonly push?: RegExp; readonly pull?: RegExp };
  /** What a stream without the settings gets to read. */
  readonly without?: RegExp;
  /** What lies at the partner after a pull that keeps or moves files, if not those. */
  readonly leaves?: "nothing";
  /** It may take some runs. */
  readonly isSlow?: boolean;
  readonly remark: string;
}

const legacy = {
  kex: ["diffie-hellman-group14-sha1"],
  serverHostKey: ["ssh-rsa"],
  cipher: ["aes128-cbc"],
  hmac: ["hmac-sha1"],
};

export const traits: readonly Trait[] = [
  {
    name: "refuses SETSTAT and FSETSTAT",
    quirks: () => ({}), // as this server always does
    remark: "neither is ever sent",
  },
  {
    name: "refuses a rename over an existing file",
    quirks: () => ({ rename: "refuses-existing" }),
    remark: "the old file is removed first: for a moment there is none",
  },
  ...[3, 4, 8, 2].map((status) => ({
    name: `refuses exclusive opens with status ${status}`,
    quirks: (): Quirks => ({
      refuse: (request, _path, { flags }) => (request === "OPEN" && (flags & 0x20) !== 0 ? status : undefined),
    }),
    remark: "learned: files are made with CREAT and TRUNC, under names of their own",
  })),
  ...[8, 2].map((status) => ({
    name: `refuses a rename over an existing file with status ${status}`,
    quirks: (): Quirks => ({ rename: "refuses-existing", renameStatus: status }),
    remark: "the same",
  })),
  {
    name: "announces posix-rename and refuses it",
    quirks: () => ({ extensions: { "posix-rename@openssh.com": () => 4 }, rename: "refuses-existing" }),
    remark: "learned: renames, and where that is refused, the old file is removed first",
  },
  {
    name: "gives each open handle an upload of its own",
    quirks: () => ({ uploads: "from-nothing" }),
    remark: "seen before anything is written there, and learned: one handle for each file",
  },
  {
    name: "gives the handle of one open file to another",
    quirks: () => ({ handlesTwice: true, delay: 2 }),
    isSlow: true,
    remark: "as Erlang's ssh_sftpd: the connection is dropped at that answer; learned: one file is open at a time",
  },
  {
    name: "refuses writes that come out of order",
    quirks: () => ({ inOrderOnly: true }),
    remark: "learned: one write after the other, in the same run",
  },
  {
    name: "lets nobody look at what was uploaded",
    quirks: () => ({
      refuse: (request, path) =>
        ["STAT", "LSTAT", "FSTAT"].includes(request) && path.startsWith("/x/in/") ? 3 : undefined,
    }),
    remark: 'what was uploaded is read back; if that is refused as well, `push.verify = "tolerant"`, as the error says',
  },
  {
    name: "lets nobody look at what was uploaded, or read it",
    quirks: () => ({
      refuse: (request, path, { flags }) =>
        path.startsWith("/x/in/") &&
        (["STAT", "LSTAT", "FSTAT"].includes(request) || (request === "OPEN" && flags === 1))
          ? 3
          : undefined,
    }),
    settings: { push: { verify: "tolerant" } },
    needs: '`push.verify = "tolerant"`',
    without: /verify = "checksum".*verify = "tolerant"/,
    remark: "with `tolerant`, a file that was cut short at the partner's side isn't noticed",
  },
  {
    name: "refuses every rename",
    quirks: () => ({ rename: "refuses" }),
    settings: { push: { upload: "direct" }, pull: { after: "delete" } },
    needs: '`push.upload = "direct"`, `pull.after = "delete"` or `"keep"`',
    without: /set upload = "direct"/,
    remark: "a reader can see half a file",
  },
  {
    name: "deletes a file as it is read, handle included",
    quirks: () => ({ deletesOnRead: "with-handle" }),
    leaves: "nothing",
    remark: "the copy is whole all the same, whatever `pull.after` says",
  },
  {
    name: "adds a line end to what is closed",
    quirks: () => ({ atClose: (bytes) => Buffer.concat([bytes, Buffer.from("\n")]) }),
    fails: { push: /holds \d+ bytes of .*, \d+ were sent.*verify = "tolerant"/ },
    remark:
      'seen by the size after CLOSE; `push.verify = "tolerant"` takes more bytes than were sent, whatever they are',
  },
  {
    name: "answers FAILURE to a rename, and has renamed",
    quirks: () => ({ rename: "refuses-and-renames" }),
    settings: { pull: { after: "delete" } },
    needs: '`pull.after = "delete"` or `"keep"`',
    remark: "a push looks at what lies under the final name",
  },
  {
    name: "won't move or delete a file that is open",
    quirks: () => ({ locksOpen: true, delay: (request) => (request === "CLOSE" ? 50 : 0) }),
    remark: "it is closed first",
  },
  {
    name: "changes a file's time with each look",
    quirks: () => {
      let looks = 0;
      return { attributes: (all) => ({ ...all, mtime: all.mtime + ++looks }) };
    },
    isSlow: true,
    remark: "learned: from then on its size alone tells",
  },
  {
    name: "gives attributes without a type",
    quirks: () => ({ attributes: (all) => ({ ...all, mode: all.mode & 0o777 }) }),
    remark: "found out by opening it as a directory",
  },
  {
    name: "tells no sizes",
    quirks: () => ({ attributes: ({ mode, mtime, atime }) => ({ mode, mtime, atime }) }),
    remark: "a push is read back; a pull reads to the end, and looks 2 s later whether that is still the end",
  },
  {
    name: "tells sizes in blocks of 4096 bytes",
    quirks: () => ({ size: (_path, size) => Math.ceil(size / 4096) * 4096 }),
    isSlow: true,
    remark:
      "a push is read back; learned of three files that end less than a block too early: from then on pulls read to the end, and look 2 s later whether that is still the end",
  },
  {
    name: "tells 0 bytes of every file",
    quirks: () => ({ size: () => 0 }),
    isSlow: true,
    remark: "the same; a pull looks twice, 30 s apart, as with every empty file",
  },
  {
    name: "tells 4,294,967,295 bytes of every file",
    quirks: () => ({ size: () => 0xffff_ffff }),
    remark: "as no size, and so is 2,147,483,647: they are what 32 bits hold, or -1",
  },
  {
    name: "shows attributes that tell nothing of whatever isn't there",
    quirks: () => ({ looksAlways: true }),
    remark: "as no answer",
  },
  {
    name: "says of everything that it isn't there, if it is looked at",
    quirks: () => ({ refuse: (request) => (request === "STAT" || request === "LSTAT" ? 2 : undefined) }),
    remark: "learned of the first file that can be opened all the same: from then on looks are no answer",
  },
  {
    name: "never answers FSTAT",
    quirks: () => ({ silent: new Set(["FSTAT"]) }),
    settings: { sftp: { operationTimeoutSeconds: 2 } },
    isSlow: true,
    remark:
      "learned once it wasn't answered for `operation_timeout_seconds`, while something else was; the same with STAT, LSTAT and exclusive opens",
  },
  {
    name: "closes a file while it still writes what came before, and says that it has written it",
    quirks: () => ({ closesAtOnce: "and-says-ok", delay: (request) => (request === "WRITE" ? 100 : 0) }),
    remark: "seen by the size, and learned: CLOSE waits for the answers to all writes, in the same run",
  },
  {
    name: "ends a list with empty ones, again and again",
    quirks: () => ({ listEnd: "empty" }),
    remark: "the hundred and first in a row is the end",
  },
  {
    name: "ends a list with NO_SUCH_FILE",
    quirks: () => ({ listEnd: 2 }),
    remark: "behind names that is an end",
  },
  {
    name: "ends a list with FAILURE",
    quirks: () => ({ page: (names) => (names.length === 0 ? 4 : names) }),
    remark:
      "what was listed is pulled, and each poll tells it as an error, since the rest of a directory may be missing; `sftp.server = { ends_lists = false }` takes it for an end",
  },
  {
    name: "gives the same list again and again",
    quirks: () => {
      const all = new Map<string, readonly string[]>();
      return {
        page(names, answers, path) {
          if (answers === 0) all.set(path, names);
          return all.get(path) ?? names;
        },
      };
    },
    remark: "the third time is the end",
  },
  {
    name: "leaves names out of one list, and repeats those of the next",
    quirks: () => {
      let lists = 0;
      return {
        page(names) {
          if (names.length === 0) return names;
          lists += 1;
          return lists % 2 === 0 ? [...names, ...names] : names.filter((_, index) => index % 2 === 0);
        },
      };
    },
    isSlow: true,
    remark: "what isn't listed is pulled with the next poll, and what is listed twice once",
  },
  {
    name: "puts the end of a line behind each name of a list",
    quirks: () => ({ written: (name) => `${name}\r` }),
    remark:
      "it is no part of the name where a look finds only the one without; the same with a NUL, a blank, or the marks of `ls -F`",
  },
  {
    name: "takes names that differ in case only for one",
    quirks: () => ({ oneFile: (path) => path.toLowerCase() }),
    remark:
      "the second of two such keys is refused, in one run or in different ones: what the server does is seen with the first upload, once a week, for two LSTATs",
  },
  {
    name: "never answers one request",
    quirks: () => {
      let open = 0;
      return { refuse: (request) => (request === "OPEN" && ++open === 2 ? "ignore" : undefined) };
    },
    settings: { sftp: { operationTimeoutSeconds: 3 } },
    isSlow: true,
    remark: "it is that file's failure, tried again with the next run; the others go on in this one",
  },
  {
    name: "refuses a read across the end of a file",
    quirks: () => ({ refusesBeyond: true }),
    remark: "learned: reads end where the file does, which takes a round trip more",
  },
  {
    name: "tells that directories are files",
    quirks: () => ({ attributes: (all) => ({ ...all, mode: 0o100644 }) }),
    isSlow: true,
    remark: "learned of one that can't be read and has entries: from then on each file is tried as a directory, too",
  },
  {
    name: "tells no times",
    quirks: () => ({ attributes: (all) => ({ ...all, atime: 0, mtime: 0 }) }),
    remark: "",
  },
  {
    name: "tells other times by READDIR, STAT, LSTAT and FSTAT",
    quirks: () => ({ attributes: (all, request) => ({ ...all, mtime: all.mtime - request.length * 60 }) }),
    remark: "only looks of one kind are compared",
  },
  {
    name: "has no FSTAT",
    quirks: () => ({ refuse: (request) => (request === "FSTAT" ? 8 : undefined) }),
    remark: "",
  },
  {
    name: "lists whole paths, and directories with a slash",
    quirks: () => ({ written: (name, folder) => (name === "sub" ? "sub/" : `${folder}/${name}`) }),
    remark: "they stand for the names",
  },
  {
    name: "lets five files be open at one time, and says so with PERMISSION_DENIED",
    quirks: () => ({
      delay: 2,
      refuse: (request, _path, { open }) => (request === "OPEN" && open >= 5 ? 3 : undefined),
    }),
    remark: "learned, kept for a week, and raised again slowly",
  },
  {
    name: "refuses reads and writes while a dozen requests wait",
    quirks: () => ({
      delay: 10,
      refuse: (request, _path, { waiting }) =>
        (request === "READ" || request === "WRITE") && waiting > 12 ? 4 : undefined,
    }),
    remark: "learned: fewer at one time, in the same run",
  },
  {
    name: "ends the connection when a dozen requests wait",
    quirks: () => ({
      delay: 10,
      refuse: (request, _path, { waiting }) =>
        (request === "READ" || request === "WRITE") && waiting > 12 ? "drop" : undefined,
    }),
    isSlow: true,
    remark: "learned from the second time on: fewer at one time, after some runs",
  },
  {
    name: "ends the connection once a file was closed",
    quirks: () => ({ endsAtClose: "connection" }),
    remark: "learned: a connection for each file, in the same run",
  },
  {
    name: "ends the session once a file was closed",
    quirks: () => ({ endsAtClose: "session" }),
    remark: "the same",
  },
  {
    name: "ends the connection at a file's CLOSE, and doesn't answer it",
    quirks: () => ({ endsAtClose: "connection-unanswered" }),
    isSlow: true,
    remark: "the same; what was uploaded is read back over the next connection",
  },
  {
    name: "ends the session at a file's CLOSE, and doesn't answer it",
    quirks: () => ({ endsAtClose: "session-unanswered" }),
    isSlow: true,
    remark: "the same",
  },
  {
    name: "refuses every file's CLOSE, and has taken the file",
    quirks: () => ({
      refuse: (request, path) => (request === "CLOSE" && /^\/x\/(in|out)\/./.test(path) ? 4 : undefined),
    }),
    remark: "what was uploaded is read back",
  },
  {
    name: "refuses READs and WRITEs of more than 8 KB",
    quirks: () => ({ largest: 8192 }),
    remark: "learned: requests of 4,096 bytes, in the same run",
  },
  {
    name: "ends the connection at READs and WRITEs of more than 16 KB",
    quirks: () => ({ refuse: (_request, _path, { bytes }) => (bytes > 16_384 ? "drop" : undefined) }),
    isSlow: true,
    remark:
      "learned from the second time on, where a smaller one was answered before: requests of 4,096 bytes, after some runs",
  },
  {
    name: "ends the session at READs and WRITEs of more than 16 KB",
    quirks: () => ({ refuse: (_request, _path, { bytes }) => (bytes > 16_384 ? "end" : undefined) }),
    isSlow: true,
    remark: "the same",
  },
  {
    name: "ends the connection at a read across the end of a file",
    quirks: () => ({ refuse: (_request, _path, { isAcross }) => (isAcross ? "drop" : undefined) }),
    isSlow: true,
    remark:
      "learned from the second time on, where others were answered before: reads end where the file does, after some runs",
  },
  { name: "answers reads with less than was asked for", quirks: () => ({ shortReads: 1000 }), remark: "" },
  {
    name: "tells larger sizes than files have",
    quirks: () => ({ size: (_path, size) => size + 7 }),
    settings: { sftp: { server: { exact_sizes: false } } },
    needs: "`sftp.server = { exact_sizes = false }` for pulls, as the error says",
    remark:
      "a push is read back; a pull can't tell such a file from half a file, and with the setting one that was cut short at the partner's side isn't noticed",
  },
  {
    name: "tells smaller sizes than files have",
    quirks: () => ({ size: (_path, size) => Math.max(size - 7, 0) }),
    remark: "a push is read back; a pull reads on to the end that the server gives",
  },
  {
    name: "lists names such as `../evil`",
    quirks: () => ({ names: ["../evil", "..", "a/b", "/etc/passwd"] }),
    remark: "these are left alone, with a warning; the others are pulled",
  },
  {
    name: "takes one connection only",
    quirks: () => ({ connections: 1 }),
    remark: "`max_connections` is 1 by default",
  },
  {
    name: "sends a greeting and a banner",
    quirks: () => ({ greeting: "Authorized use only", banner: "All is logged\n" }),
    remark: "",
  },
  {
    name: "asks for the password by keyboard-interactive",
    quirks: () => ({ prompts: [{ prompt: "Password: ", echo: false }] }),
    remark: "",
  },
  {
    name: "wants the key, and then the password",
    quirks: () => ({ publicKey: logInKey().publicKey, both: true }),
    settings: {
      credentials: {
        get privateKey() {
          return logInKey().privateKey;
        },
        password: "secret",
      },
    },
    needs: "`sftp.private_key` and `sftp.password`",
    without: /log-in refused/,
    remark:
      "as OpenSSH's `AuthenticationMethods publickey,password`; in the other order, and by keyboard-interactive, as well",
  },
  {
    name: "knows old algorithms only",
    quirks: () => ({ hostKeys: [rsaKey()], algorithms: legacy }),
    settings: { sftp: { options: { algorithms: legacy } } },
    needs: "`sftp.options.algorithms`, as the error says",
    without: /options\.algorithms\.kex/,
    remark: "",
  },
  {
    name: "drops connections that are idle for a second",
    quirks: () => ({ dropIdle: 1_000 }),
    settings: { sftp: { options: { keepaliveInterval: 300 } } },
    needs: "`sftp.options.keepaliveInterval`",
    remark: "without it, what was under way is done by the next run",
  },
  {
    name: "never answers CLOSE",
    quirks: () => ({ silent: new Set(["CLOSE"]) }),
    settings: { sftp: { operationTimeoutSeconds: 1 } },
    isSlow: true,
    remark:
      "learned: once it wasn't answered for `operation_timeout_seconds`, what was uploaded is read back over the next connection",
  },
];

let logIn: ReturnType<typeof makeKey> | undefined;
const logInKey = () => {
  logIn ??= makeKey("ed25519");
  return logIn;
};
let rsa: string | undefined;
const rsaKey = () => {
  rsa ??= makeKey("rsa", { format: "PEM" }).privateKey;
  return rsa;
};

const filesOf = (files: Map<string, Node>): ServerFiles => {
  const mkdir = (path: string) => {
    const parts = path.split("/").filter(Boolean);
    for (let depth = 1; depth <= parts.length; depth++) {
      const above = `/${parts.slice(0, depth).join("/")}`;
      if (!files.has(above)) files.set(above, directory());
    }
  };
  const at = (path: string) => `/${path}`;
  const contentOf = (path: string) => {
    const node = files.get(at(path));
    if (node?.kind !== "file") return undefined;
    const bytes = Buffer.alloc(node.size);
    node.read(0, bytes);
    return bytes;
  };
  return {
    write: async (path, content, seconds = 3600) => {
      mkdir(path.slice(0, Math.max(path.lastIndexOf("/"), 0)));
      files.set(at(path), Object.assign(storedFile(content), { mtime: Math.floor(Date.now() / 1000) - seconds }));
    },
    read: async (path) => contentOf(path),
    list: async (folder) =>
      [...files]
        .filter(([path, node]) => node.kind === "file" && path.startsWith(`/${folder}/`))
        .map(([path]) => path.slice(folder.length + 2))
        .sort(),
    mkdir: async (folder) => mkdir(folder),
  };
};

/** Starts a server with one trait. Clients name its files by absolute paths. */
export const startTrait = async ({ quirks }: Trait): Promise<TestedServer> => {
  const server = await startAdversary(quirks());
  return {
    port: server.config.port,
    username: server.config.username,
    password: "secret",
    fingerprint: server.config.hostKeys[0] ?? "",
    files: filesOf(server.files),
    async idle() {
      for (const end = Date.now() + 60_000; server.sessions.open > 0; await sleep(10))
        if (Date.now() > end) throw new Error(`${server.sessions.open} connections are still open after a minute`);
    },
    stop: () => server.stop(),
  };
};
