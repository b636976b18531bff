import { type Zippable, zipSync } from "fflate";

// Written without a time zone, in local time: these fields are the same in each.
const anyTime = new Date(1980, 0, 2, 12, 0, 0);

const unix = 3;
const readableFile = 0o100644;

/**
 * A zip that is the same for the same files, whatever the machine: names sorted by code unit, one time, one mode (Lambda
 * needs them readable for all), and deflate in JavaScript, whose output depends on no zlib and no processor.
 */
export const archive = (files: ReadonlyMap<string, Uint8Array>): Uint8Array => {
  const entries: Zippable = {};
  for (const name of [...files.keys()].sort()) {
    const content = files.get(name) ?? new Uint8Array();
    entries[name] = [content, { level: 9, mem: 12, mtime: anyTime, os: unix, attrs: readableFile << 16 }];
  }
  return zipSync(entries);
};
