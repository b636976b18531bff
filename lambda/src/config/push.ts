/** `push`, as the document has it. */
import * as v from "valibot";
import { flag, object, oneOf, present, text, whole } from "./fields.ts";
import { gate } from "./gate.ts";
import { fileTemplate, pathTemplate } from "./names.ts";
import { pushPgp } from "./pgp.ts";
import { hasOrder, hasSequence, noOrder, noSequence, orderOf, remoteDirectory, side } from "./side.ts";
import type { PushConfig } from "./types.ts";
import { timeZone } from "./windows.ts";

const pushMarker = object({
  name: fileTemplate,
  content: v.nullish(oneOf(["empty", "size", "md5", "sha256"]), "empty"),
});

export const push = v.pipe(
  object({
    ...side,
    compress: v.nullish(oneOf(["gzip", "zstd", "zip"])),
    gate: v.nullish(gate),
    pgp: v.nullish(pushPgp),
    marker: v.nullish(pushMarker),
    mode: v.nullish(v.pipe(text, v.regex(/^0?[0-7]{3}$/, 'has to be octal, such as "0640"'))),
    keep_mtime: flag,
    on_exists: v.nullish(oneOf(["replace", "skip", "fail", "number"]), "replace"),
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
  v.forward(
    v.check((value) => hasSequence(value), noSequence),
    ["sequence"],
  ),
  v.transform(
    ({
      reconcile_hours,
      compress,
      gate,
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
      sequence,
      ...value
    }): PushConfig => ({
      ...value,
      ...orderOf({ order, strict_order, sequence }),
      ...present("compress", compress),
      ...present("gate", gate),
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
