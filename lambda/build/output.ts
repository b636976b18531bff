import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { archive } from "./archive.ts";
import { bundle } from "./bundle.ts";
import { packagesOf, thirdPartyLicences } from "./licences.ts";
import { sbomOf } from "./sbom.ts";

/** What the function may weigh: Lambda fetches and unpacks it at each cold start. */
const largestZip = 500_000;

export interface Output {
  /** Everything in lambda/dist, by file name. */
  readonly files: ReadonlyMap<string, Uint8Array>;
  /** What each package, or the source, adds to the bundle, in bytes before compression, largest first. */
  readonly weights: readonly (readonly [name: string, bytes: number])[];
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

  const packages = packagesOf(inputs.map(([input]) => join(root, input)));
  const contents = new Map(files).set("THIRD_PARTY_LICENSES", utf8(thirdPartyLicences(packages)));
  const zip = archive(contents);
  if (zip.length > largestZip) {
    const heaviest = weights.slice(0, 10).map(([name, bytes]) => `\n  ${bytes} ${name}`);
    throw new Error(
      `The zip has ${zip.length} bytes; ${largestZip} are allowed. Before compression:${heaviest.join("")}`,
    );
  }
  const { version: release } = JSON.parse(readFileSync(join(root, "package.json"), "utf8"));
  const manifest = {
    "bridge.zip": describe(zip),
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
  };
};
