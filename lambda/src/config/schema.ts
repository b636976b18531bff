import * as v from "valibot";
import { flag, host, object, oneOf, present, secretSource, text, texts, whole } from "./fields.ts";
import { pathFilter } from "./patterns.ts";
import { pushPgp } from "./pgp.ts";
import { rangesOf } from "./ranges.ts";
import { abilityNames, type GivenTraits, isAbility, isLimit, limitNames } from "./server-traits.ts";
import type { ExpectedFile, Order, PullConfig, PushConfig, SftpConfig, Storing, StreamConfig } from "./types.ts";
import { weekDays } from "./types.ts";
import { via } from "./via.ts";
import { timeZone, windows } from "./windows.ts";

// The module's variables have the defaults and the first say; these checks are the second line, for what only an apply
// knows and for a document that the module didn't write. Fields that aren't known here are left alone.

// These have fields of their own; given twice, one would silently win, and hostVerifier and hostHash decide about pinning.
const reservedOptions = [
  "host",
  "port",
  "username",
  "password",
  "privateKey",
  "passphrase",
  "hostVerifier",
  "hostHash",
  "sock",
];

/** What the user says of the server; names that aren't known would be believed to be in force. */
const serverTraits = v.pipe(
  v.nullish(v.record(v.string(), v.unknown(), "has to be an object"), {}),
  v.rawCheck(({ dataset, addIssue }) => {
    if (!dataset.typed) return;
    for (const [name, value] of Object.entries(dataset.value)) {
      if (value === null || (isAbility(name) && typeof value === "boolean")) continue;
      if (isLimit(name) && Number.isSafeInteger(value) && Number(value) >= 1) continue;
      addIssue({
        message: isAbility(name)
          ? `.${name} has to be true or false`
          : isLimit(name)
            ? `.${name} has to be a whole number from 1`
            : `has no ${JSON.stringify(name)}; there are ${[...abilityNames, ...limitNames].join(", ")}`,
      });
    }
  }),
  v.transform((given): GivenTraits => Object.fromEntries(Object.entries(given).filter(([, value]) => value !== null))),
);

const areRanges = (ranges: string[]): boolean => {
  try {
    rangesOf(ranges);
    return true;
  } catch {
    return false;
  }
};

const sftp = v.pipe(
  object({
    host,
    port: whole(1, 65_535),
    username: text,
    host_keys: texts,
    host_ca_keys: texts,
    insecure_ignore_host_key: flag,
    password: v.nullish(secretSource),
    private_key: v.nullish(secretSource),
    passphrase: v.nullish(secretSource),
    certificate: v.nullish(secretSource),
    via: v.nullish(via),
    allowed_addresses: v.nullish(
      v.pipe(
        v.array(text, "has to be a list of strings"),
        v.nonEmpty("may not be empty"),
        v.check(areRanges, 'has to be ranges such as "192.0.2.0/24"'),
      ),
    ),
    max_connections: whole(1, 64),
    max_bytes_per_second: v.nullish(whole(65_536, 10_000_000_000)),
    max_handles_per_file: v.nullish(whole(1, 64)),
    server: serverTraits,
    connect_timeout_seconds: whole(1, 600),
    operation_timeout_seconds: whole(1, 600),
    options: v.pipe(
      v.nullish(v.record(v.string(), v.unknown(), "has to be an object"), {}),
      v.check(
        (options) => !reservedOptions.some((name) => name in options),
        `may not contain ${reservedOptions.join(", ")}: the stream has fields of its own for these, or they would weaken the host-key check`,
      ),
    ),
  }),
  v.forward(
    v.check(
      (value) => value.host_keys.length > 0 || value.host_ca_keys.length > 0 || value.insecure_ignore_host_key,
      "needs at least one pinned key (`ssh-keyscan` shows them; compare with what the partner says), host_ca_keys, or insecure_ignore_host_key = true",
    ),
    ["host_keys"],
  ),
  v.check(
    (value) => value.password != null || value.private_key != null,
    "needs a password or a private_key to log in with",
  ),
  v.forward(
    v.check(
      (value) => value.passphrase == null || value.private_key != null,
      "is of no use without private_key: remove it, or add the key",
    ),
    ["passphrase"],
  ),
  v.forward(
    v.check(
      (value) => value.certificate == null || value.private_key != null,
      "is of no use without the private_key that it certifies: remove it, or add the key",
    ),
    ["certificate"],
  ),
  v.transform(
    (value): SftpConfig => ({
      host: value.host,
      port: value.port,
      username: value.username,
      hostKeys: value.host_keys,
      ...(value.host_ca_keys.length > 0 && { hostCaKeys: value.host_ca_keys }),
      insecureIgnoreHostKey: value.insecure_ignore_host_key,
      ...present("password", value.password),
      ...present("privateKey", value.private_key),
      ...present("passphrase", value.passphrase),
      ...present("certificate", value.certificate),
      ...present("via", value.via),
      ...present("allowedAddresses", value.allowed_addresses),
      maxConnections: value.max_connections,
      ...present("maxBytesPerSecond", value.max_bytes_per_second),
      ...present("maxHandlesPerFile", value.max_handles_per_file),
      ...(Object.keys(value.server).length > 0 && { server: value.server }),
      connectTimeoutSeconds: value.connect_timeout_seconds,
      operationTimeoutSeconds: value.operation_timeout_seconds,
      options: value.options,
    }),
  ),
);

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

const remoteDirectory = v.pipe(
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

const side = {
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
  order: v.nullish(oneOf(["any", "name", "oldest"]), "any"),
  strict_order: flag,
  windows: v.nullish(windows),
};

interface GivenOrder {
  readonly order: "any" | Order;
  readonly strict_order: boolean;
}

/** Of a push and of a pull. */
const hasOrder = ({ order, strict_order }: GivenOrder): boolean => !strict_order || order !== "any";
const noOrder = "needs an order: one file can't wait for the other where any may be the first";

/** What both sides have, without what isn't set. */
const orderOf = ({ order, strict_order }: GivenOrder): { order?: Order; strictOrder?: boolean } => ({
  ...(order !== "any" && { order }),
  ...(strict_order && { strictOrder: true }),
});

const isName = (name: string): boolean => !/[/\p{Cc}]/u.test(name) && name !== "." && name !== "..";
/** A name with just one field, `{name}` or `{stem}`. */
const fileTemplate = v.pipe(
  text,
  v.check(
    (name) => isName(name) && /^[^{}]*\{(name|stem)\}[^{}]*$/.test(name) && !/^\{(name|stem)\}$/.test(name),
    'has to be a name with "{name}" or "{stem}" in it once, and something beside it, such as "{name}.done"',
  ),
);

const times = "(now|mtime):(yyyy|yy|MM|dd|HH|mm|ss|[-_.T])+";
const templatePattern = new RegExp(`^(\\{dir\\}/)?([^{}\\p{Cc}\\\\]|\\{(name|stem|ext|stream|${times})\\})+$`, "u");
/** Has it something that differs from file to file? */
const mayDiffer = (template: string): boolean => /\{(name|stem)\}|\{(now|mtime):[^{}]*ss[^{}]*\}/.test(template);

/** A path with fields (`push.name`). */
const pathTemplate = v.pipe(
  text,
  v.check(
    (template) => templatePattern.test(template),
    'has a field that there isn\'t, or "{dir}" elsewhere than at its beginning with a slash behind it. Fields are {dir}, {name}, {stem}, {ext}, {stream}, {now:yyyyMMdd} and {mtime:HHmmss}',
  ),
  v.check(
    (template) => !template.split("/").some((segment) => segment === "" || segment === "." || segment === ".."),
    'may not begin or end in "/", nor have an empty segment, "." or ".."',
  ),
  v.check(mayDiffer, "gives all files one name: it needs {name}, {stem}, or a time to the second"),
);

const pushMarker = object({
  name: fileTemplate,
  content: v.nullish(oneOf(["empty", "size", "md5", "sha256"]), "empty"),
});

const ready = v.pipe(
  object({
    marker: text,
    scope: v.nullish(oneOf(["file", "directory"]), "file"),
    after: v.nullish(oneOf(["delete", "move", "keep"]), "delete"),
    checksum: v.nullish(oneOf(["none", "md5", "sha256"]), "none"),
    deliver: flag,
  }),
  v.forward(
    v.check(
      ({ marker, scope }) => (scope === "file" ? v.is(fileTemplate, marker) : isName(marker) && !/[{}]/.test(marker)),
      'has to be a name: with "{name}" or "{stem}" in it once for scope "file", without any for "directory"',
    ),
    ["marker"],
  ),
);

const push = v.pipe(
  object({
    ...side,
    compress: v.nullish(oneOf(["gzip", "zstd"])),
    pgp: v.nullish(pushPgp),
    marker: v.nullish(pushMarker),
    mode: v.nullish(v.pipe(text, v.regex(/^0?[0-7]{3}$/, 'has to be octal, such as "0640"'))),
    keep_mtime: flag,
    on_exists: v.nullish(oneOf(["replace", "skip", "fail"]), "replace"),
    name: v.nullish(pathTemplate),
    name_time_zone: v.nullish(timeZone),
    work_directory: v.nullish(v.pipe(text, remoteDirectory)),
    upload: oneOf(["atomic", "direct"]),
    verify: oneOf(["strict", "tolerant", "off", "checksum"]),
    reconcile_hours: v.nullish(whole(1, 744)),
  }),
  v.forward(
    v.check(
      ({ on_exists, upload }) => on_exists === "replace" || upload === "atomic",
      'can\'t hold with upload = "direct", which writes each file in its place',
    ),
    ["on_exists"],
  ),
  v.forward(
    v.check(
      ({ work_directory, upload }) => work_directory == null || upload === "atomic",
      'is of no use with upload = "direct", which writes each file in its place',
    ),
    ["work_directory"],
  ),
  v.forward(
    v.check((value) => hasOrder(value), noOrder),
    ["strict_order"],
  ),
  v.transform(
    ({
      reconcile_hours,
      compress,
      pgp,
      marker,
      mode,
      keep_mtime,
      on_exists,
      name,
      name_time_zone,
      work_directory,
      windows,
      order,
      strict_order,
      ...value
    }): PushConfig => ({
      ...value,
      ...orderOf({ order, strict_order }),
      ...present("compress", compress),
      ...present("windows", windows),
      ...present("pgp", pgp),
      ...present("mode", mode == null ? mode : Number.parseInt(mode, 8)),
      ...(keep_mtime && { keepMtime: true }),
      ...present("marker", marker),
      ...(on_exists !== "replace" && { onExists: on_exists }),
      ...present("name", name),
      ...present("timeZone", name_time_zone),
      ...present("workDirectory", work_directory),
      ...present("reconcileHours", reconcile_hours),
    }),
  ),
);

interface GivenStoring {
  readonly encryption?: Storing["encryption"] | null | undefined;
  readonly kms_key_arn?: string | null | undefined;
  readonly acl?: Storing["acl"] | null | undefined;
}

/** Undefined where the bucket decides all of it. */
const storingOf = ({ encryption, kms_key_arn, acl }: GivenStoring): Storing | undefined => {
  const storing = {
    ...present("encryption", encryption),
    ...present("kmsKeyArn", kms_key_arn),
    ...present("acl", acl),
  };
  return Object.keys(storing).length === 0 ? undefined : storing;
};

/** Bytes: https://docs.aws.amazon.com/AmazonS3/latest/userguide/qfacts.html */
const maxObject = 10_000 * 5 * 1024 ** 3;

const pull = v.pipe(
  object({
    ...side,
    ready: v.nullish(ready),
    after: oneOf(["move", "delete", "keep"]),
    retention_days: whole(1, 36_500),
    min_age_seconds: whole(0, 86_400),
    // Configurations of earlier versions have none.
    max_open_files: v.nullish(whole(1, 1_000_000), 100_000),
    max_files: v.nullish(whole(1, 1_000_000)),
    min_size: v.nullish(whole(0, maxObject)),
    max_size: v.nullish(whole(0, maxObject)),
    max_age_days: v.nullish(whole(1, 36_500)),
    temporary_suffixes: texts,
    encryption: v.nullish(oneOf(["AES256", "aws:kms", "aws:kms:dsse"])),
    kms_key_arn: v.nullish(text),
    acl: v.nullish(oneOf(["bucket-owner-full-control"])),
  }),
  v.forward(
    v.check((value) => hasOrder(value), noOrder),
    ["strict_order"],
  ),
  v.transform(
    ({
      ready,
      order,
      strict_order,
      retention_days,
      min_age_seconds,
      max_open_files,
      max_files,
      min_size,
      max_size,
      max_age_days,
      temporary_suffixes,
      encryption,
      kms_key_arn,
      acl,
      windows,
      ...value
    }): PullConfig => ({
      ...value,
      ...orderOf({ order, strict_order }),
      ...present("windows", windows),
      ...present("ready", ready),
      ...present("storing", storingOf({ encryption, kms_key_arn, acl })),
      retentionDays: retention_days,
      minAgeSeconds: min_age_seconds,
      maxOpenFiles: max_open_files ?? 100_000,
      ...present("maxFiles", max_files),
      ...present("minSize", min_size),
      ...present("maxSize", max_size),
      ...present("maxAgeDays", max_age_days),
      temporarySuffixes: temporary_suffixes,
    }),
  ),
);

const expectedFile = v.pipe(
  object({
    direction: oneOf(["push", "pull"]),
    match: text,
    count: whole(1, 1_000),
    by: v.pipe(text, v.regex(/^([01]\d|2[0-3]):[0-5]\d$/, 'has to be a time of day such as "07:30"')),
    days: v.pipe(v.array(oneOf(weekDays), "has to be a list of days"), v.nonEmpty("may not be empty")),
    except: texts,
    calendars: v.nullish(v.array(text, "has to be a list of strings")),
    time_zone: timeZone,
    within_hours: whole(1, 744),
  }),
  v.transform(
    ({ time_zone, within_hours, calendars, ...value }): ExpectedFile => ({
      ...value,
      ...present("calendars", calendars),
      timeZone: time_zone,
      withinHours: within_hours,
    }),
  ),
);

/** One stream of the document, into the form that the function works with. The name is the document's key. */
export const streamSchema = v.pipe(
  object({
    sftp,
    push: v.nullish(push),
    pull: v.nullish(pull),
    retry_for_days: whole(1, 365),
    counts: v.nullish(v.array(v.picklist(["push", "pull"], 'has to be "push" or "pull"'), "has to be a list"), []),
    expected: v.nullish(v.array(expectedFile, "has to be a list"), []),
  }),
  v.check((value) => value.push != null || value.pull != null, "needs a push, a pull or both"),
  v.transform(
    (value): Omit<StreamConfig, "name"> => ({
      sftp: value.sftp,
      ...present("push", value.push),
      ...present("pull", value.pull),
      retryForDays: value.retry_for_days,
      counts: value.counts,
      expected: value.expected,
    }),
  ),
);
