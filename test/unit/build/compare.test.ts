import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import test from "ava";
import { differences } from "../../../lambda/build/compare.ts";

const utf8 = (text: string) => new TextEncoder().encode(text);

const output = (contents: Readonly<Record<string, string>>, packages: readonly string[]) => {
  const files = Object.fromEntries(Object.entries(contents).map(([name, sha256]) => [name, { sha256 }]));
  return {
    files: new Map([
      ["bridge.zip", utf8(JSON.stringify(contents))],
      ["manifest.json", utf8(JSON.stringify({ contents: files, packages }))],
    ]),
    weights: [],
    core: 0,
  };
};

const built = output({ "index.mjs": "1", "ssm.mjs": "1" }, ["ssh2@1.17.0", "valibot@1.5.0"]);

const committed = (files: ReadonlyMap<string, Uint8Array>, t: { teardown(run: () => void): void }): string => {
  const directory = mkdtempSync(join(tmpdir(), "dist-"));
  t.teardown(() => rmSync(directory, { recursive: true }));
  for (const [name, content] of files) writeFileSync(join(directory, name), content);
  return directory;
};

test("nothing differs where the committed files are what is built", (t) => {
  t.deepEqual(differences(committed(built.files, t), built), []);
});

test("says which files and packages are others", (t) => {
  const old = output({ "index.mjs": "0", "kms.mjs": "1" }, ["ssh2@1.16.0", "valibot@1.5.0"]);
  t.deepEqual(differences(committed(old.files, t), built), [
    "bridge.zip is another one",
    "manifest.json is another one",
    "  index.mjs is another one",
    "  kms.mjs is gone",
    "  ssm.mjs is new",
    "  ssh2@1.16.0 was bundled",
    "  ssh2@1.17.0 is bundled now",
  ]);
});

test("says what is missing or can't be read", (t) => {
  t.deepEqual(differences(committed(new Map(), t), built), ["bridge.zip is missing", "manifest.json is missing"]);
  const broken = new Map([
    ["bridge.zip", utf8("")],
    ["manifest.json", utf8("{")],
  ]);
  t.deepEqual(differences(committed(broken, t), built).slice(0, 2), [
    "bridge.zip is another one",
    "manifest.json is another one",
  ]);
});
