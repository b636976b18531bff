import { createHash } from "node:crypto";
import type { BundledPackage } from "./licences.ts";

/** https://github.com/package-url/purl-spec, type npm: the @ of a scope is encoded. */
const purlOf = ({ name, version }: BundledPackage): string => `pkg:npm/${name.replace(/^@/, "%40")}@${version}`;

/**
 * What the bundle is made of, as CycloneDX 1.6 (https://cyclonedx.org/docs/1.6/json/). Without a time or a number of its own: the same
 * source gives the same bytes.
 */
export const sbomOf = (packages: readonly BundledPackage[], release: string, zip: Uint8Array): string => {
  const components = packages.map((one) => ({
    type: "library",
    "bom-ref": purlOf(one),
    name: one.name,
    version: one.version,
    // Some packages write an expression, most an identifier of SPDX; an expression is either.
    licenses: [{ expression: one.licence }],
    purl: purlOf(one),
  }));
  const bom = {
    bomFormat: "CycloneDX",
    specVersion: "1.6",
    version: 1,
    metadata: {
      component: {
        type: "application",
        "bom-ref": "bridge.zip",
        name: "bridge.zip",
        version: release,
        hashes: [{ alg: "SHA-256", content: createHash("sha256").update(zip).digest("hex") }],
      },
    },
    components,
    dependencies: [{ ref: "bridge.zip", dependsOn: components.map((component) => component["bom-ref"]) }],
  };
  return `${JSON.stringify(bom, undefined, 2)}\n`;
};
