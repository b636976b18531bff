import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { archive } from "./archive.ts";
import { bundle } from "./bundle.ts";
import { besides, packagesOf, thirdPartyLicences } from "./licences.ts";
import { optionalFiles } from "./optional.ts";
import { replaceableFiles } from "./replaceable.ts";
import { sbomOf } from "./sbom.ts";

/** What the function may weigh without the features that a stream has to ask for: what is read at a cold start. Zipped bytes. */
const largestCore = 500_000;
/** What it may weigh with all of them: Lambda fetches and unpacks it at each cold start. Zipped bytes. */
const largestZip = 1_000_000;

export interface Output {
  /** Everything in lambda/dist, by file name. */
  readonly files: ReadonlyMap<string, Uint8Array>;
  /** What each package, or the source, adds to the bundle, in bytes before compression, largest first. */
  readonly weights: readonly (readonly [name: string, bytes: number])[];
  /** Bytes of the zip without the features that a stream has to ask for. */
  readonly core: number;
}

const utf8 = (text: string): Uint8Array => new TextEncoder().encode(text);

const describe = (content: Uint8Array) => ({
  bytes: content.length,
  sha256: createHash("sha256").update(content).digest("hex"),
});

const ownerOf = (input: string): string =>
  /.*node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(input)?.[1] ?? (input.startsWith("lambda/src/") ? "lambda/src" : input);

/** Builds what belongs into lambda/dist from the source at `root`. Throws where the result may not be distributed. */
export const buildOutput = async (root: string): Promise<Output> => {
  const { files, metafile } = await bundle(root);
  const inputs = Object.values(metafile.outputs)
    .flatMap((output) => Object.entries(output.inputs))
    .map(([input, { bytesInOutput }]) => [input, bytesInOutput] as const)
    .filter(([, bytes]) => bytes > 0);

  const byOwner = Map.groupBy(inputs, ([input]) => ownerOf(input));
  const weights = [...byOwner]
    .map(([owner, parts]) => [owner, parts.reduce((sum, [, bytes]) => sum + bytes, 0)] as const)
    .sort(([, a], [, b]) => b - a);

  const bundled = packagesOf(inputs.map(([input]) => join(root, input)));
  const replaceable = replaceableFiles(root);
  const packages = [...bundled, ...packagesOf(replaceable.inputs)].sort((a, b) => (a.name < b.name ? -1 : 1));
  const contents = new Map([...files, ...replaceable.files]).set(
    "THIRD_PARTY_LICENSES",
    utf8(thirdPartyLicences(bundled) + besides(packages.filter((one) => !bundled.includes(one)))),
  );
  const zip = archive(contents);
  const optional = new Set([...optionalFiles(metafile), ...replaceable.files.keys()]);
  // Each file is compressed by itself, so that what the optional ones weigh is known without compressing the others again.
  const extra = archive(new Map([...contents].filter(([name]) => optional.has(name))));
  const core = zip.length - (extra.length - archive(new Map()).length);
  for (const [what, bytes, allowed] of [
    ["The zip without optional features", core, largestCore],
    ["The zip", zip.length, largestZip],
  ] as const) {
    if (bytes <= allowed) continue;
    const heaviest = weights.slice(0, 10).map(([name, bytes]) => `\n  ${bytes} ${name}`);
    throw new Error(`${what} has ${bytes} bytes; ${allowed} are allowed. Before compression:${heaviest.join("")}`);
  }
  const { version: release } = JSON.parse(readFileSync(join(root, "package.json"), "utf8"));
  const manifest = {
    "bridge.zip": describe(zip),
    core: { bytes: core, withoutOptional: [...optional].sort() },
    contents: Object.fromEntries([...contents].sort(([a], [b]) => (a < b ? -1 : 1)).map(([n, c]) => [n, describe(c)])),
    packages: packages.map(({ name, version }) => `${name}@${version}`),
  };
  return {
    files: new Map([
      ["bridge.zip", zip],
      ["manifest.json", utf8(`${JSON.stringify(manifest, undefined, 2)}\n`)],
      ["sbom.cdx.json", utf8(sbomOf(packages, release, zip))],
    ]),
    weights,
    core,
  };
};
