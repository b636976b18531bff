import { existsSync, readdirSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";

export interface BundledPackage {
  readonly name: string;
  readonly version: string;
  /** SPDX expression from its package.json. */
  readonly licence: string;
  /** Its licence and notice files, one after the other. */
  readonly text: string;
}

// `LICENSE`, `LICENCE.md`, `COPYING`, `NOTICE.txt`, …
const isLicence = (file: string): boolean => /^(licen[cs]e|copying|notice)([.-].*)?$/i.test(file);

/** The folder of the package that a file belongs to: packages have inner package.json files without name and version. */
const packageFolder = (file: string): string => {
  let folder = dirname(file);
  while (dirname(folder) !== folder) {
    const manifest = join(folder, "package.json");
    if (existsSync(manifest)) {
      const { name, version } = JSON.parse(readFileSync(manifest, "utf8"));
      if (name && version) return folder;
    }
    folder = dirname(folder);
  }
  throw new Error(`${file} belongs to no package`);
};

/** The common text of a licence, for packages that only name theirs. */
const commonText = (licence: string): string => {
  const file = join(import.meta.dirname, "licence-texts", `${licence}.txt`);
  return existsSync(file) ? readFileSync(file, "utf8").trim() : "";
};

const readPackage = (folder: string): BundledPackage => {
  const { name, version, license, licenses } = JSON.parse(readFileSync(join(folder, "package.json"), "utf8"));
  // `licenses` is npm's older form, which ssh2 still has.
  const licence: string = license ?? licenses?.[0]?.type ?? "no licence";
  const files = readdirSync(folder).filter(isLicence).sort();
  const own = files.map((file) => readFileSync(join(folder, file), "utf8").replaceAll("\r\n", "\n")).join("\n\n");
  const text = own || commonText(licence);
  if (text === "") {
    throw new Error(
      `${name}@${version} (${licence}) is bundled without a licence text, which has to be distributed with it. Put the common text of ${licence} into lambda/build/licence-texts/, or do without the package.`,
    );
  }
  return { name, version, licence, text };
};

const byName = (a: BundledPackage, b: BundledPackage): number => {
  const [left, right] = [`${a.name}@${a.version}`, `${b.name}@${b.version}`];
  return left < right ? -1 : left > right ? 1 : 0;
};

/** The packages from node_modules that files of a bundle come from. Throws where one has no licence text. */
export const packagesOf = (files: readonly string[]): readonly BundledPackage[] => {
  const folders = new Set(files.filter((file) => file.includes("node_modules/")).map(packageFolder));
  return [...folders].map(readPackage).sort(byName);
};

/** The end of THIRD_PARTY_LICENSES: packages that are files of their own, with their licence beside them. */
export const besides = (packages: readonly BundledPackage[]): string =>
  `\n${"=".repeat(80)}\n\nFiles of their own, each with its licence in a file beside it:\n\n${packages
    .map(({ name, version, licence }) => `${name} ${version} (${licence}): ${name}.LICENSE.txt\n`)
    .join("")}`;

/** The text of THIRD_PARTY_LICENSES: every package by name, version and licence, those with the same text together. */
export const thirdPartyLicences = (packages: readonly BundledPackage[]): string => {
  const byText = Map.groupBy(packages, ({ text }) => text);
  const groups = [...byText].map(([text, group]) => {
    const names = group.map(({ name, version, licence }) => `${name} ${version} (${licence})`);
    return `${names.join("\n")}\n\n${text}\n`;
  });
  const rule = `\n${"=".repeat(80)}\n\n`;
  return `This bundle contains the following packages, each under its own licence.\n${rule}${groups.join(rule)}`;
};
