/** Archives of many files, by their format. Loaded only by streams that ask for one. */
import type { ArchiveFormat } from "../../config/types.ts";
import type { Unpack } from "./types.ts";
import { untar } from "./untar.ts";
import { unzip } from "./unzip.ts";

export const unpackers: Readonly<Record<ArchiveFormat, Unpack>> = {
  zip: unzip,
  tar: untar(false),
  "tar.gz": untar(true),
};
