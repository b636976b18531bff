import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import test from "ava";
import { sbomOf } from "../../../lambda/build/sbom.ts";

const zip = new TextEncoder().encode("zip");
const packages = [
  { name: "@scope/one", version: "1.2.3", licence: "MIT", text: "…" },
  { name: "two", version: "0.1.0", licence: "(MIT OR Apache-2.0)", text: "…" },
];

test("each package with its licence and package URL, and the zip by its hash; the same each time", (t) => {
  const text = sbomOf(packages, "0.1.0", zip);
  t.is(sbomOf(packages, "0.1.0", zip), text);
  const bom = JSON.parse(text);
  t.like(bom, { bomFormat: "CycloneDX", specVersion: "1.6" });
  t.is(bom.metadata.component.hashes[0].content, createHash("sha256").update(zip).digest("hex"));
  t.deepEqual(
    bom.components.map(({ purl, licenses }: { purl: string; licenses: { expression: string }[] }) => [
      purl,
      licenses[0]?.expression,
    ]),
    [
      ["pkg:npm/%40scope/one@1.2.3", "MIT"],
      ["pkg:npm/two@0.1.0", "(MIT OR Apache-2.0)"],
    ],
  );
});

test("the committed one names what the bundle contains, and that bundle", (t) => {
  const dist = (file: string) => readFileSync(new URL(`../../../lambda/dist/${file}`, import.meta.url));
  const bom = JSON.parse(dist("sbom.cdx.json").toString());
  const { packages: bundled } = JSON.parse(dist("manifest.json").toString());
  t.deepEqual(
    bom.components.map(({ name, version }: { name: string; version: string }) => `${name}@${version}`),
    bundled,
  );
  t.is(bom.metadata.component.hashes[0].content, createHash("sha256").update(dist("bridge.zip")).digest("hex"));
});
