import test from "ava";

const { faults, checkImports } = (await import(new URL("../../../scripts/imports.mjs", import.meta.url).href)) as {
  faults: (imports: ReadonlyMap<string, readonly string[]>, order: readonly (readonly string[])[]) => string[];
  checkImports: (root: string) => void;
};

const order = [["low"], ["high"]];
const graph = (imports: Record<string, string[]>) => new Map(Object.entries(imports));

test("the function's own imports keep to their layers", (t) => {
  t.notThrows(() => checkImports(new URL("../../../", import.meta.url).pathname));
});

test("an import of a higher layer is an error that names both files", (t) => {
  t.deepEqual(faults(graph({ "low/a.ts": ["high/b.ts"], "high/b.ts": [] }), order), [
    "low/a.ts imports high/b.ts, a layer above it",
  ]);
  t.deepEqual(faults(graph({ "low/a.ts": [], "high/b.ts": ["low/a.ts"] }), order), []);
});

test("a circle is an error that shows the way around, inside a folder too", (t) => {
  t.deepEqual(faults(graph({ "low/a.ts": ["low/b.ts"], "low/b.ts": ["low/c.ts"], "low/c.ts": ["low/b.ts"] }), order), [
    "a circle: low/b.ts → low/c.ts → low/b.ts",
  ]);
});

test("a file outside of all layers is an error", (t) => {
  t.deepEqual(faults(graph({ "attic/a.ts": [] }), order), ["attic/a.ts is in no layer"]);
});
