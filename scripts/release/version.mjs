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
