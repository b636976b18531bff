/** Builds the command as one file, and the console's page beside it, that any Node from 20 up runs: `npm run build:bridge`, and by npm itself before it packs or installs from git. */
import { chmodSync, copyFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

const root = fileURLToPath(new URL("..", import.meta.url));
const outfile = `${root}bridge/dist/bridge.mjs`;

await build({
  absWorkingDir: root,
  entryPoints: ["bridge/src/bridge.ts"],
  outfile,
  bundle: true,
  format: "esm",
  platform: "node",
  target: "node20",
  mainFields: ["module", "main"],
  minifySyntax: true,
  legalComments: "eof",
  banner: {
    js: '#!/usr/bin/env node\nimport{createRequire}from"node:module";const require=createRequire(import.meta.url);',
  },
  logLevel: "warning",
});
chmodSync(outfile, 0o755);

const page = "bridge/src/console/page";
const pageTo = `${root}bridge/dist/console`;
await build({
  absWorkingDir: root,
  entryPoints: [`${page}/main.ts`],
  outfile: `${pageTo}/main.js`,
  bundle: true,
  format: "esm",
  platform: "browser",
  target: "es2022",
  charset: "utf8",
  logLevel: "warning",
});
for (const name of ["index.html", "style.css", "icon.svg"]) copyFileSync(`${root}${page}/${name}`, `${pageTo}/${name}`);
