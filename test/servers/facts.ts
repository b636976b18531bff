/** The servers that the conformance tests run against, and what is to be known of each: the tests hold it against the server. */
import { startPasswordServer, startSshd } from "../stack/index.ts";
import type { BridgeOptions } from "./bridge.ts";
import { startMina, startProftpd, startRclone } from "./programs.ts";
import { filesOf, type TestedServer } from "./server.ts";
import { startTransferFamily } from "./transfer-family.ts";

export interface StreamStates {
  readonly name: string;
  readonly start: () => Promise<TestedServer>;
  /** How it lets the bridge in, in these tests. */
  readonly methods: readonly ("key" | "password")[];
  /** Which of the extensions that matter it offers. */
  readonly extensions: readonly ("posix-rename@openssh.com" | "fsync@openssh.com")[];
  /** An upload that one run couldn't finish goes on for certain; else it may have to start again. */
  readonly resumes: boolean;
  /** Round trips until SFTP's session is open: of the first connection, and of those that know the server. */
  readonly roundTrips: { readonly first: number; readonly later: number };
  /** What has to be set on the stream, beyond what every stream needs. */
  readonly settings: BridgeOptions;
  /** What a user should know of it. */
  readonly remark: string;
}

const startOpenssh = async (): Promise<TestedServer> => {
  const { port, username, key, fingerprint, files, stop } = await startSshd();
  return { port, username, privateKey: key.privateKey, fingerprint, files: filesOf(files), stop };
};

const startAsyncssh = async (): Promise<TestedServer> => {
  const { port, username, password, key, fingerprint, files, stop } = await startPasswordServer({ withKey: true });
  return { port, username, password, privateKey: key.privateKey, fingerprint, files: filesOf(files), stop };
};

export const servers: readonly StreamStates[] = [
  {
    name: "OpenSSH",
    start: startOpenssh,
    methods: ["key"],
    extensions: ["posix-rename@openssh.com", "fsync@openssh.com"],
    resumes: true,
    roundTrips: { first: 7, later: 6 },
    settings: {},
    remark: "passwords aren't tested, as they need accounts of the machine",
  },
  {
    name: "ProFTPD mod_sftp",
    start: startProftpd,
    methods: ["key", "password"],
    extensions: ["posix-rename@openssh.com", "fsync@openssh.com"],
    resumes: true,
    roundTrips: { first: 6, later: 5 },
    settings: {},
    remark: "",
  },
  {
    name: "Apache MINA SSHD",
    start: startMina,
    methods: ["key", "password"],
    extensions: ["posix-rename@openssh.com", "fsync@openssh.com"],
    resumes: true,
    roundTrips: { first: 6, later: 5 },
    settings: {},
    remark: "an Ed25519 host key only with a library that isn't part of it; ECDSA and RSA work",
  },
  {
    name: "asyncssh",
    start: startAsyncssh,
    methods: ["key", "password"],
    extensions: ["posix-rename@openssh.com", "fsync@openssh.com"],
    resumes: true,
    roundTrips: { first: 6, later: 5 },
    settings: {},
    remark: "",
  },
  {
    name: "rclone serve sftp",
    start: startRclone,
    methods: ["key", "password"],
    extensions: ["posix-rename@openssh.com"],
    resumes: false,
    roundTrips: { first: 6, later: 5 },
    settings: {},
    remark:
      "without `--vfs-cache-mode writes`, which shows files seconds later, an upload may have to start again: files should fit into one run",
  },
  {
    name: "Transfer Family (ministack)",
    start: startTransferFamily,
    methods: ["key"],
    extensions: ["posix-rename@openssh.com", "fsync@openssh.com"],
    resumes: false,
    roundTrips: { first: 6, later: 5 },
    settings: {},
    remark: 'a rename changes the time, so that with `after = "move"` a file is read twice: `"delete"` spares that',
  },
];
