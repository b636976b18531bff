/** The files that are moved: the same ones in the bucket and at the partner, random, and old enough to be pulled at once. */
import { randomBytes } from "node:crypto";
import { linkSync, mkdirSync, utimesSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";

export interface Sizes {
  readonly smallFiles: number;
  readonly largeBytes: number;
  readonly listed: number;
  readonly mixedFiles: number;
  readonly mixedBytes: number;
}

const kib = 1024;
const mib = 1024 * kib;

export const fullSizes: Sizes = {
  smallFiles: 1_000,
  largeBytes: 512 * mib,
  listed: 20_000,
  mixedFiles: 300,
  mixedBytes: 2 * 1024 * mib,
};
export const lightSizes: Sizes = {
  smallFiles: 150,
  largeBytes: 64 * mib,
  listed: 5_000,
  mixedFiles: 60,
  mixedBytes: 64 * mib,
};

export const smallBytes = 8 * kib;

/** A set of files, by their path below its folder. */
export interface FileSet {
  readonly name: string;
  readonly files: ReadonlyMap<string, number>;
}

/** What the benchmark writes to disk. */
export type FileSets = Record<"small" | "large" | "mixed" | "list", FileSet>;

export const bytesOf = ({ files }: FileSet): number => [...files.values()].reduce((sum, size) => sum + size, 0);

/** From 1 KB to 100 MB: each size a constant factor above the last, scaled at the top to the total that is asked for. */
const mixedSizes = (count: number, total: number): number[] => {
  const largest = Math.min(100_000_000, total / 4);
  const at = (exponent: number) =>
    Array.from({ length: count }, (_, index) =>
      Math.round(1_000 * (largest / 1_000) ** ((index / (count - 1)) ** exponent)),
    );
  let exponent = 1;
  while (at(exponent).reduce((sum, size) => sum + size, 0) > total) exponent *= 1.05;
  while (at(exponent).reduce((sum, size) => sum + size, 0) < total) exponent *= 0.99;
  return at(exponent);
};

export const fileSets = (sizes: Sizes): FileSets => {
  const numbered = (count: number, size: (index: number) => number, folder: (index: number) => string) =>
    new Map(
      Array.from({ length: count }, (_, index) => [
        `${folder(index)}${String(index).padStart(5, "0")}.dat`,
        size(index),
      ]),
    );
  const mixed = mixedSizes(sizes.mixedFiles, sizes.mixedBytes);
  return {
    small: {
      name: "small",
      files: numbered(
        sizes.smallFiles,
        () => smallBytes,
        () => "",
      ),
    },
    large: { name: "large", files: new Map([["large.dat", sizes.largeBytes]]) },
    mixed: {
      name: "mixed",
      files: numbered(
        sizes.mixedFiles,
        (index) => mixed[index] ?? 0,
        (index) => `${index % 10}/`,
      ),
    },
    list: {
      name: "list",
      files: numbered(
        sizes.listed,
        () => 0,
        () => "",
      ),
    },
  };
};

const old = Date.UTC(2025, 0, 1) / 1000;

/** Writes a set to the bucket's folder and, by a second link, to the partner's. */
export const writeFileSet = (set: FileSet, bucket: string, partner: string): void => {
  const block = randomBytes(8 * mib);
  const made = new Set<string>();
  for (const [path, size] of set.files) {
    const source = join(bucket, set.name, path);
    const copy = join(partner, set.name, path);
    for (const folder of [dirname(source), dirname(copy)]) {
      if (!made.has(folder)) mkdirSync(folder, { recursive: true });
      made.add(folder);
    }
    if (set.name === "list") writeFileSync(copy, "");
    else {
      writeFileSync(source, "");
      // Each file begins differently, so that one that was taken for another is found out.
      for (let at = 0; at < size; at += block.length) {
        block.writeUInt32BE((made.size * 7_919 + at + path.length) >>> 0, 0);
        block.write(path, 4);
        writeFileSync(source, block.subarray(0, Math.min(block.length, size - at)), { flag: "a" });
      }
      linkSync(source, copy);
    }
    utimesSync(copy, old, old);
  }
};
