import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import test from "ava";
import { packagesOf, thirdPartyLicences } from "../../../lambda/build/licences.ts";

/** A node_modules folder with these files, and the path of each. */
const modulesWith = (files: Readonly<Record<string, string>>, t: { teardown(run: () => void): void }) => {
  const root = mkdtempSync(join(tmpdir(), "licences-"));
  t.teardown(() => rmSync(root, { recursive: true }));
  for (const [name, content] of Object.entries(files)) {
    const path = join(root, "node_modules", name);
    mkdirSync(join(path, ".."), { recursive: true });
    writeFileSync(path, content);
  }
  return (name: string) => join(root, "node_modules", name);
};

const manifest = (name: string, license?: string) => JSON.stringify({ name, version: "1.0.0", license });

test("each package once, by name, with its licence and notice, whichever of its files is bundled", (t) => {
  const path = modulesWith(
    {
      "b/package.json": manifest("b", "MIT"),
      "b/LICENSE.md": "Text of b\r\n",
      "b/NOTICE": "Notice of b",
      "b/README.md": "not this",
      "b/dist/package.json": '{"type":"module"}',
      "@a/a/package.json": manifest("@a/a", "ISC"),
      "@a/a/LICENCE": "Text of a",
    },
    t,
  );
  const found = packagesOf([path("b/dist/x.js"), path("b/y.js"), path("@a/a/z.js"), "lambda/src/handler.ts"]);
  t.deepEqual(found, [
    { name: "@a/a", version: "1.0.0", licence: "ISC", text: "Text of a" },
    { name: "b", version: "1.0.0", licence: "MIT", text: "Text of b\n\n\nNotice of b" },
  ]);
});

test("a package that only names its licence gets the common text, if there is one", (t) => {
  const path = modulesWith({ "a/package.json": manifest("a", "MIT-0") }, t);
  t.regex(packagesOf([path("a/x.js")])[0]?.text ?? "", /^MIT No Attribution/);
});

for (const [name, licence] of [
  ["names a licence without its text", "Beerware"],
  ["has no licence", undefined],
] as const) {
  test(`a package that ${name} can't be bundled`, (t) => {
    const path = modulesWith({ "a/package.json": manifest("a", licence) }, t);
    t.throws(() => packagesOf([path("a/x.js")]), { message: /^a@1\.0\.0 \(.*\) is bundled without a licence text/ });
  });
}

test("packages with the same text share it", (t) => {
  const one = { version: "1.0.0", licence: "MIT", text: "Text" };
  const text = thirdPartyLicences([
    { ...one, name: "a" },
    { ...one, name: "b", text: "Other" },
    { ...one, name: "c" },
  ]);
  t.is(text.match(/^Text$/gm)?.length, 1);
  t.regex(text, /a 1\.0\.0 \(MIT\)\nc 1\.0\.0 \(MIT\)\n\nText\n/);
  t.regex(text, /b 1\.0\.0 \(MIT\)\n\nOther\n/);
});
