// The import graph of lambda/src: no circle of files, and no import from a lower layer to a higher one.
import { readdirSync, readFileSync } from "node:fs";
import { dirname, join, normalize } from "node:path";

/** Folders (and single files) of lambda/src from the bottom up: each may import from itself and from those before it. */
export const layers = [
  ["aliases.ts", "aws", "calendar", "clock.ts", "config", "concurrency", "kept-by.ts", "memory"],
  ["telemetry"],
  ["traits"],
  ["secrets"],
  ["journal", "s3", "sftp", "expected", "report"],
  ["gate"],
  ["events", "staging", "transfer"],
  ["pull", "push"],
  ["drain"],
  ["invocation.ts"],
  ["operator", "runs"],
  ["widget"],
  ["dispatch.ts"],
  ["handler.ts"],
];

/** Throws with every circle and every import that points up, or into a folder that has no layer. */
export function checkImports(root) {
  const found = faults(readImports(join(root, "lambda/src")), layers);
  if (found.length > 0)
    throw new Error(`scripts/imports.mjs has the layers; these imports break them:\n${found.join("\n")}`);
}

/** What is wrong in `imports`, a map of each file to the files that it imports, all relative to one folder. */
export function faults(imports, order) {
  const level = new Map(order.flatMap((names, at) => names.map((name) => [name, at])));
  const upward = [...imports].flatMap(([file, targets]) =>
    targets
      .filter((target) => !allowed(level, file, target))
      .map((target) => `${file} imports ${target}, a layer above it`),
  );
  const homeless = [...imports.keys()]
    .filter((file) => !level.has(layerOf(file)))
    .map((file) => `${file} is in no layer`);
  return [...homeless, ...upward, ...circles(imports).map((circle) => `a circle: ${circle.join(" → ")}`)];
}

/** Two folders of one layer may import each other's files as long as no circle of files comes of it; single files stand alone. */
function allowed(level, file, target) {
  return (level.get(layerOf(target)) ?? -1) <= (level.get(layerOf(file)) ?? -1);
}

const layerOf = (file) => file.split("/")[0];

function readImports(folder) {
  const files = readdirSync(folder, { recursive: true }).filter((name) => name.endsWith(".ts"));
  return new Map(
    files.map((file) => [
      file,
      [...readFileSync(join(folder, file), "utf8").matchAll(/(?:from|import\(?)\s*"(\.{1,2}\/[^"]+\.ts)"/g)].map(
        ([, path]) => normalize(join(dirname(file), path)),
      ),
    ]),
  );
}

/** Each circle once, as the files along it. */
function circles(imports) {
  const done = new Set();
  const found = [];
  const visit = (file, path) => {
    const at = path.indexOf(file);
    if (at >= 0) {
      found.push([...path.slice(at), file]);
      return;
    }
    if (done.has(file)) return;
    for (const target of imports.get(file) ?? []) visit(target, [...path, file]);
    done.add(file);
  };
  for (const file of imports.keys()) visit(file, []);
  return found;
}
