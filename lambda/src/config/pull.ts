/** `pull`, as the document has it. */
import * as v from "valibot";
import { archive, faultOfArchive } from "./archive.ts";
import { flag, maxObject, object, oneOf, present, text, texts, whole } from "./fields.ts";
import { pullGate } from "./gate.ts";
import { fileTemplate, freeTemplate, isName, pathTemplate } from "./names.ts";
import { pullPgp } from "./pgp.ts";
import { hasOrder, hasSequence, noOrder, noSequence, orderOf, side } from "./side.ts";
import { archiveFormats, isArchive, type PullConfig, type PullExtract, type Storing } from "./types.ts";
import { timeZone } from "./windows.ts";

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

/** `{dir}` and what may follow it. */
const directoryTemplate = v.pipe(
  text,
  v.check(
    (into) => into === "{dir}" || (v.is(freeTemplate, into) && !/\{(ext|seq|now|mtime)/.test(into)),
    'has to be a path of a directory, such as "{dir}/{stem}": fields are {dir} (at its beginning), {stem}, {name} and {stream}',
  ),
);

/** `pull.extract`: what files are unpacked on their way. */
const extract = v.pipe(
  object({
    formats: v.pipe(
      v.array(oneOf(["gzip", "zstd", ...archiveFormats]), "has to be a list of formats"),
      v.nonEmpty("may not be empty"),
      v.check((formats) => new Set(formats).size === formats.length, "has a format twice"),
      // Else file.gz and file.zst would both be called file.
      v.check(
        (formats) => formats.filter((format) => !isArchive(format)).length <= 1,
        "has both gzip and zstd, of which two files could get one name",
      ),
    ),
    // Configurations of earlier versions have none of the two.
    into: v.nullish(directoryTemplate, "{dir}/{stem}"),
    max_entries: v.nullish(whole(1, 100_000), 10_000),
    max_bytes: whole(1, maxObject),
    max_ratio: whole(1, 100_000),
  }),
  v.transform(
    ({ formats, into, max_entries, max_bytes, max_ratio }): PullExtract => ({
      formats,
      into: into ?? "{dir}/{stem}",
      maxEntries: max_entries ?? 10_000,
      maxBytes: max_bytes,
      maxRatio: max_ratio,
    }),
  ),
);

const unpacksMany = (given: PullExtract | null | undefined): boolean => given?.formats.some(isArchive) === true;

export const pull = v.pipe(
  object({
    ...side,
    archive: v.nullish(archive),
    name: v.nullish(pathTemplate),
    name_time_zone: v.nullish(timeZone),
    ready: v.nullish(ready),
    pgp: v.nullish(pullPgp),
    extract: v.nullish(extract),
    gate: v.nullish(pullGate),
    on_exists: v.nullish(oneOf(["replace", "skip", "fail", "number"]), "replace"),
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
  v.forward(
    v.check((value) => hasSequence(value), noSequence),
    ["sequence"],
  ),
  v.forward(
    v.check(
      ({ sequence, min_size, max_size, max_age_days }) =>
        sequence == null || (min_size == null && max_size == null && max_age_days == null),
      "can't hold with min_size, max_size or max_age_days: what they leave at the partner would be missing, and hold all behind it",
    ),
    ["sequence"],
  ),
  v.forward(
    v.check(
      ({ archive, after, ready }) => archive == null || after === "move" || ready?.after === "move",
      'is of no use where nothing is moved: it needs after = "move"',
    ),
    ["archive"],
  ),
  v.forward(
    v.rawCheck(({ dataset, addIssue }) => {
      if (!dataset.typed) return;
      const fault = faultOfArchive(dataset.value.directory, dataset.value.archive ?? undefined);
      if (fault !== undefined) addIssue({ message: fault });
    }),
    ["archive"],
  ),
  v.forward(
    v.check(
      ({ name, ready }) => name == null || ready?.deliver !== true,
      "can't hold with ready.deliver: markers come under names of their own, and nobody could tell which file one belongs to",
    ),
    ["name"],
  ),
  v.forward(
    v.check(
      ({ on_exists, ready }) => on_exists !== "number" || ready?.deliver !== true,
      '"number" can\'t hold with ready.deliver: markers get no numbers, and nobody could tell which file one belongs to',
    ),
    ["on_exists"],
  ),
  v.forward(
    v.check(
      ({ name, extract }) => name == null || !unpacksMany(extract),
      "can't hold where archives of many files are extracted: extract.into says where these go",
    ),
    ["name"],
  ),
  v.forward(
    v.check(
      ({ gate, extract }) => gate == null || !unpacksMany(extract),
      "can't hold where archives of many files are extracted: it is asked about one object",
    ),
    ["gate"],
  ),
  v.forward(
    v.check(
      ({ on_exists, extract }) => on_exists === "replace" || !unpacksMany(extract),
      "can't hold where archives of many files are extracted: their files replace what there is",
    ),
    ["on_exists"],
  ),
  v.transform(
    ({
      archive,
      name,
      name_time_zone,
      ready,
      extract,
      gate,
      on_exists,
      pgp,
      order,
      strict_order,
      sequence,
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
      ...orderOf({ order, strict_order, sequence }),
      ...present("windows", windows),
      ...present("archive", archive),
      ...present("name", name),
      ...present("timeZone", name_time_zone),
      ...present("ready", ready),
      ...present("pgp", pgp),
      ...present("extract", extract),
      ...present("gate", gate),
      ...(on_exists !== "replace" && { onExists: on_exists }),
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
