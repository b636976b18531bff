/** The stream map as the function works with it: normalised by the module, checked by `load.ts`. */

import { canonicalHost } from "./host.ts";
import type { GivenTraits } from "./server-traits.ts";

export type Direction = "push" | "pull";

export const weekDays = ["MON", "TUE", "WED", "THU", "FRI", "SAT", "SUN"] as const;

export type WeekDay = (typeof weekDays)[number];

export interface SecretSource {
  /** ARN (or name) of a Secrets Manager secret. */
  readonly secretArn?: string;
  /** Name or ARN of an SSM parameter (SecureString or String). */
  readonly ssmParameter?: string;
  /** Key of one field, where the value is a JSON object. */
  readonly jsonKey?: string;
  /** `bucket/key` of an object, which may be client-side encrypted (private keys only). */
  readonly s3?: string;
  /** KMS encryption context of a client-side encrypted object. */
  readonly encryptionContext?: Readonly<Record<string, string>>;
}

/** What connections go through instead of directly. */
export interface ViaConfig {
  readonly type: "socks5" | "http" | "ssh";
  readonly host: string;
  readonly port: number;
  readonly username?: string;
  readonly password?: SecretSource;
  /** Of a jump host (`ssh`), as the four below. */
  readonly privateKey?: SecretSource;
  readonly passphrase?: SecretSource;
  /** OpenSSH certificate of the private key. */
  readonly certificate?: SecretSource;
  /** Pinned keys; empty with `ssh` only where there are authorities. */
  readonly hostKeys: readonly string[];
  /** Public keys of authorities whose host certificates are trusted. Never empty. */
  readonly hostCaKeys?: readonly string[];
}

export interface SftpConfig {
  readonly host: string;
  readonly port: number;
  readonly username: string;
  /** Pinned keys: `SHA256:…` fingerprints or known_hosts lines. Empty only with `hostCaKeys` or `insecureIgnoreHostKey`. */
  readonly hostKeys: readonly string[];
  readonly insecureIgnoreHostKey: boolean;
  /** Public keys of authorities whose host certificates are trusted. Never empty. */
  readonly hostCaKeys?: readonly string[];
  readonly password?: SecretSource;
  readonly privateKey?: SecretSource;
  readonly passphrase?: SecretSource;
  /** OpenSSH certificate of the private key. */
  readonly certificate?: SecretSource;
  readonly via?: ViaConfig;
  /** Ranges (`192.0.2.0/24`) outside of which no address of the host is connected to. Never empty. */
  readonly allowedAddresses?: readonly string[];
  /** Connections to the partner at one time, over all streams. */
  readonly maxConnections: number;
  readonly connectTimeoutSeconds: number;
  /** Deadline of one SFTP request. */
  readonly operationTimeoutSeconds: number;
  /** Over all connections of one function; without it as fast as both sides can. */
  readonly maxBytesPerSecond?: number;
  /** Handles through which one large file may be written at one time; 1 turns it off. 4 unless said otherwise. */
  readonly maxHandlesPerFile?: number;
  /** What the user says of the server, by the names of the traits. */
  readonly server?: GivenTraits;
  /** Further connect options of ssh2 (algorithms, keepaliveInterval, tryKeyboard, …). */
  readonly options: Readonly<Record<string, unknown>>;
}

/** When a side may connect. */
export interface Windows {
  /** Name of the IANA data base. */
  readonly timeZone: string;
  /** Never empty. `from`, `to`: minutes after midnight, there; one that ends where it begins or before passes midnight. */
  readonly open: readonly { readonly days: readonly WeekDay[]; readonly from: number; readonly to: number }[];
  /** Dates on which no window begins: `YYYY-MM-DD`, or `MM-DD` for every year. */
  readonly except: readonly string[];
}

/** In which order files are moved: by their paths, by when they were changed, or by running numbers in their names. */
export type Order = "name" | "oldest" | "sequence";

/** Running numbers: a file moves once all before it have. */
export interface Sequence {
  /** Of a file, with `{seq}` or `{seq:4}` where the number stands, and `*` for what changes. */
  readonly name: string;
  /** With which number the bridge begins; another one begins anew. */
  readonly first: number;
  /** Numbers are from `min` to `max`, and begin again with `min`; without `max` they never do. */
  readonly min: number;
  readonly max?: number;
}

interface SideConfig {
  /** Without it any that is due may move. */
  readonly order?: Order;
  /** One file after the other: what fails holds those behind it. Only with an order. */
  readonly strictOrder?: boolean;
  /** There where the order is `sequence`, which is always strict. */
  readonly sequence?: Sequence;
  /** Without them at any time. */
  readonly windows?: Windows;
  readonly bucket: string;
  /** Empty, or ending in `/`. */
  readonly prefix: string;
  /** Remote directory without a trailing slash; empty is the login directory. */
  readonly directory: string;
  /** Glob patterns over the path below the prefix or directory; empty include means all. */
  readonly include: readonly string[];
  readonly exclude: readonly string[];
}

/** The file that is written behind each file, once that has its final name. */
export interface PushMarker {
  /** Template of its name: `{name}` or `{stem}` is that of the file. */
  readonly name: string;
  readonly content: "empty" | "size" | "md5" | "sha256";
}

/** The partner's files that say that others are complete. */
export interface PullReady {
  /** Name of a marker: a template with `{name}` or `{stem}` for one file's, a name for a directory's. */
  readonly marker: string;
  readonly scope: "file" | "directory";
  /** What becomes of the marker, last of all. */
  readonly after: "delete" | "move" | "keep";
  /** What the marker has of the file, which is compared with what was read. */
  readonly checksum: "none" | "md5" | "sha256";
  /** Is the marker itself copied to S3, behind its files? */
  readonly deliver: boolean;
}

/** Who says whether a version may go on: a function, or without one GuardDuty Malware Protection for S3. */
export interface Gate {
  readonly functionArn?: string;
  /** After which a version without a verdict has failed. */
  readonly timeoutHours: number;
}

/** What objects are encrypted and signed with before they are sent. */
export interface PushPgp {
  /** Public keys, each of a partner; never empty. */
  readonly encryptTo: readonly SecretSource[];
  readonly signWith?: SecretSource;
  /** Opens `signWith`. */
  readonly passphrase?: SecretSource;
  readonly armor: boolean;
  /** What names at the partner end with; may be empty. */
  readonly suffix: string;
}

export interface PushConfig extends SideConfig {
  readonly pgp?: PushPgp;
  /** What each file is compressed with; its name at the partner says so at its end. */
  readonly gate?: Gate;
  readonly compress?: "gzip" | "zstd" | "zip";
  readonly marker?: PushMarker;
  /** Permissions of each file. */
  readonly mode?: number;
  /** Does a file get the time of its source? */
  readonly keepMtime?: boolean;
  /** What becomes of a file whose name the partner has already; it takes that one's place without it. */
  readonly onExists?: "skip" | "fail" | "number";
  /** Template of the path that a file gets below the directory; without it as below the prefix. */
  readonly name?: string;
  /** Of the times in names; UTC without it. */
  readonly timeZone?: string;
  /** Remote directory in which files are written before they are moved to their places; without it beside those. */
  readonly workDirectory?: string;
  /** `atomic`: temporary name, then rename. `direct`: under the final name, for servers that refuse rename. */
  readonly upload: "atomic" | "direct";
  /** How the copy is compared after the upload: by size, more or less strictly, or by content. */
  readonly verify: "strict" | "checksum" | "tolerant" | "off";
  /** Hours from one comparison of the prefix with the journal to the next; without it only an operator asks for one. */
  readonly reconcileHours?: number;
}

/** What S3 is told of a new object beside its content; what is left out, the bucket decides. */
export interface Storing {
  readonly encryption?: "AES256" | "aws:kms" | "aws:kms:dsse";
  /** With one of the two that take a key. */
  readonly kmsKeyArn?: string;
  /** For a bucket of another account in which objects belong to who writes them. */
  readonly acl?: "bucket-owner-full-control";
}

/** What files are decrypted with, and who has to have sent them. */
export interface PullPgp {
  /** Private keys of ours; never empty. */
  readonly decryptWith: readonly SecretSource[];
  /** Opens those of them that are closed. */
  readonly passphrase?: SecretSource;
  /** Public keys of who may have signed. */
  readonly verifyFrom: readonly SecretSource[];
  /** Is a file without a good signature by one of these given up? */
  readonly requireSignature: boolean;
  /** What names at the partner end with, and those in S3 don't; may be empty. */
  readonly stripSuffix: string;
  /** Bytes of what comes out. */
  readonly maxBytes: number;
  /** … and how many times as many as what was fetched. */
  readonly maxRatio: number;
}

/** What holds many files. */
export const archiveFormats = ["zip", "tar", "tar.gz"] as const;
export type ArchiveFormat = (typeof archiveFormats)[number];

export const isArchive = (format: PullExtract["formats"][number]): format is ArchiveFormat =>
  archiveFormats.some((one) => one === format);

/** What files are extracted from. */
export interface PullExtract {
  /** Never empty; of those that hold one file each there is one at most. */
  readonly formats: readonly ("gzip" | "zstd" | ArchiveFormat)[];
  /** Template of the directory that an archive's files go to, below the prefix. */
  readonly into: string;
  /** Files and directories of an archive. */
  readonly maxEntries: number;
  /** Bytes of what comes out. */
  readonly maxBytes: number;
  /** … and how many times as many as what was fetched. */
  readonly maxRatio: number;
}

/** Where pulled files are moved to, and what they are called there. One of the two is there at least. */
export interface PullArchive {
  /** Remote directory, with the files' own directories below it; without it `.done` beside each file. */
  readonly directory?: string;
  /** Template of their names; without it their own behind a stamp, by which they are purged. */
  readonly name?: string;
}

export interface PullConfig extends SideConfig {
  readonly archive?: PullArchive;
  /** What becomes of a file whose key has an object already; it takes that one's place without it. */
  readonly onExists?: "skip" | "fail" | "number";
  /** Template of the path that a file gets below the prefix; without it as below the directory. */
  readonly name?: string;
  /** Of the times in names; UTC without it. */
  readonly timeZone?: string;
  readonly pgp?: PullPgp;
  /** Behind the decryption. */
  readonly extract?: PullExtract;
  /** Behind both: nothing shows in S3 before it has passed. */
  readonly gate?: Gate;
  /** Without it every file counts as soon as it holds still. */
  readonly ready?: PullReady;
  readonly storing?: Storing;
  /** What becomes of the partner's file once its copy is in S3. */
  readonly after: "move" | "delete" | "keep";
  /** Days that a file stays in `.done`, or in an archive without names of its own. */
  readonly retentionDays: number;
  /** A file younger than this is left for the next poll. */
  readonly minAgeSeconds: number;
  /** Files that may be known and not yet moved; further ones wait at the partner. */
  readonly maxOpenFiles: number;
  /** New files that one poll takes; further ones wait for the next. */
  readonly maxFiles?: number;
  /** Bytes. What is smaller or larger stays at the partner. */
  readonly minSize?: number;
  readonly maxSize?: number;
  /** What was changed longer ago stays at the partner. */
  readonly maxAgeDays?: number;
  /** Endings of names that are still being written. */
  readonly temporarySuffixes: readonly string[];
}

/** Files that have to be delivered by a time of day. */
export interface ExpectedFile {
  readonly direction: "push" | "pull";
  /** Glob over the path below the stream's places. */
  readonly match: string;
  /** How many. */
  readonly count: number;
  /** `HH:MM`, local. */
  readonly by: string;
  readonly days: readonly WeekDay[];
  /** Dates, `YYYY-MM-DD` or (of a calendar) `MM-DD`, on which none is expected. */
  readonly except: readonly string[];
  /** Calendars of which the dates aren't in `except` yet. */
  readonly calendars?: readonly string[];
  readonly timeZone: string;
  /** How long before `by` they may have come. */
  readonly withinHours: number;
}

export interface StreamConfig {
  readonly name: string;
  readonly sftp: SftpConfig;
  readonly push?: PushConfig;
  readonly pull?: PullConfig;
  /** Days for which a failing transfer is tried again. */
  readonly retryForDays: number;
  /** Sides whose files are counted within a time (`alarms.at_least`), so that it has to be told when there are none. */
  readonly counts: readonly ("push" | "pull")[];
  readonly expected: readonly ExpectedFile[];
}

/** A stream that is known to have this side. */
export type PushStream = StreamConfig & { readonly push: PushConfig };
export type PullStream = StreamConfig & { readonly pull: PullConfig };

/** Once a day a CSV of what a stream has moved, and what not. */
export interface ReportsConfig {
  readonly bucket: string;
  /** Empty, or ends in a slash. */
  readonly prefix: string;
  /** Where a day begins and ends. Name of the IANA data base. */
  readonly timeZone: string;
  /** The streams that have one. */
  readonly streams: readonly string[];
  readonly storing?: Storing;
}

export interface BridgeConfig {
  readonly streams: ReadonlyMap<string, StreamConfig>;
  /** Absent where nobody wants any. */
  readonly reports?: ReportsConfig;
  /** By bucket, the account that has to own it. A bucket that isn't here may be anybody's. */
  readonly bucketOwners?: ReadonlyMap<string, string>;
  /** When the apply wrote it. Milliseconds since the epoch. */
  readonly writtenAt?: number | undefined;
}

/** One partner, `user@host:port`: what a lease, a backoff and a connection belong to. A host has one name, however it is written. */
export const partnerOf = (sftp: Pick<SftpConfig, "host" | "port" | "username">): string =>
  `${sftp.username}@${canonicalHost(sftp.host)}:${sftp.port}`;
