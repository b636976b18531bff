import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

const form = /^(\d+)\.(\d+)\.(\d+)$/;

/** Is version `a` before `b`? Both x.y.z. */
const isBefore = (a, b) => {
  const [left, right] = [a, b].map((text) => form.exec(text).slice(1).map(Number));
  const at = left.findIndex((number, index) => number !== right[index]);
  return at >= 0 && left[at] < right[at];
};

/** Throws, with what to give instead, where `version` is none, or comes before the one that package.json has. */
export function assertVersion(version, current) {
  if (!form.test(version ?? "")) throw new Error(`Give the version as x.y.z: npm run release -- ${current}`);
  if (isBefore(version, current)) throw new Error(`${version} comes before ${current}, which package.json has`);
}

/** Writes `version` wherever the repository at `root` says it: package.json, its lock file, and release.tf, which alarms link by. */
export function writeVersion(root, version) {
  for (const [file, pattern, times] of [
    ["package.json", /("version": ")[^"]+(")/, 1],
    ["package-lock.json", /("version": ")[^"]+(")/, 2],
    ["release.tf", /(release_version\s*= ")[^"]+(")/, 1],
  ]) {
    let text = readFileSync(join(root, file), "utf8");
    let from = 0;
    // The first ones are the project's own: those of packages come behind them.
    for (let time = 0; time < times; time++) {
      const found = pattern.exec(text.slice(from));
      if (found === null) throw new Error(`${file} has no version where one was expected`);
      const written = `${found[1]}${version}${found[2]}`;
      const at = from + found.index;
      text = text.slice(0, at) + written + text.slice(at + found[0].length);
      from = at + written.length;
    }
    writeFileSync(join(root, file), text);
  }
}

/** What stands where nobody has published the module yet: the account at GitHub, which is the registry's namespace as well. */
const placeholder = "<namespace>";

/** What is said of the placeholder until then. */
const notice = /<!-- unpublished -->[\s\S]*?<!-- published -->\n*/g;

/** Writes `namespace` wherever users read of it, in `files` of `root`, and takes out what is said until then. */
export function writeNamespace(root, files, namespace) {
  for (const file of files.filter(
    (name) => /\.(?:md|tf)$/.test(name) && !/^(?:CHANGELOG|CONTRIBUTING)\.md$/.test(name),
  )) {
    const text = readFileSync(join(root, file), "utf8");
    const written = text.replace(notice, "").replaceAll(placeholder, namespace);
    if (written !== text) writeFileSync(join(root, file), written);
  }
}

/** Throws, with what to give, where a release would link to nobody's repository: `namespace` has to be given once, for the first. */
export function assertNamespace(root, namespace) {
  if (namespace !== undefined && !/^[A-Za-z0-9](?:[A-Za-z0-9-]{0,37}[A-Za-z0-9])?$/.test(namespace))
    throw new Error(`${namespace} can't be an account at GitHub: letters, digits and hyphens, 39 at most`);
  if (namespace === undefined && readFileSync(join(root, "release.tf"), "utf8").includes(placeholder))
    throw new Error("Nobody has published the module yet: say where it will be, as in --namespace=acme");
}
