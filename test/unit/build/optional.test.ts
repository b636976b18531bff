import test from "ava";
import type { Metafile } from "esbuild";
import { bytesAtStart, loadedLater, optionalFiles } from "../../../lambda/build/optional.ts";

type Import = { readonly path: string; readonly kind: "import-statement" | "dynamic-import" };
const output = (imports: readonly Import[], entryPoint?: string): Metafile["outputs"][string] => ({
  bytes: 1,
  inputs: {},
  exports: [],
  imports: [...imports],
  ...(entryPoint === undefined ? {} : { entryPoint }),
});
const plain = (path: string): Import => ({ path, kind: "import-statement" });
const lazy = (path: string): Import => ({ path, kind: "dynamic-import" });

const built = (indexImports: readonly Import[]): Pick<Metafile, "outputs"> => ({
  outputs: {
    "d/index.mjs": output(indexImports, "lambda/src/handler.ts"),
    "d/feature.mjs": output(
      [plain("d/own.mjs"), plain("d/shared.mjs"), lazy("d/pgp.mjs")],
      "lambda/src/feature/run.ts",
    ),
    "d/own.mjs": output([]),
    "d/pgp.mjs": output([], "node_modules/pgp/index.mjs"),
    "d/shared.mjs": output([]),
    "d/ssm.mjs": output([], "lambda/src/aws/sdk/ssm.ts"),
    "d/store.mjs": output([], "lambda/src/s3/open.ts"),
    "d/provider.mjs": output([], "node_modules/@aws-sdk/x/index.js"),
    "d/nobody.mjs": output([]),
  },
});

test("what only a feature loads is optional, with all that it loads by itself", (t) => {
  const { outputs } = built([
    plain("d/shared.mjs"),
    lazy("d/feature.mjs"),
    lazy("d/ssm.mjs"),
    lazy("d/store.mjs"),
    lazy("d/provider.mjs"),
  ]);
  t.deepEqual([...optionalFiles({ outputs })].sort(), ["feature.mjs", "own.mjs", "pgp.mjs"]);
});

test("a feature that something imports at the start isn't optional", (t) => {
  const { outputs } = built([lazy("d/feature.mjs"), plain("d/feature.mjs")]);
  t.deepEqual([...optionalFiles({ outputs })], []);
});

test("at the start is loaded what is imported, and nothing that waits for its use", (t) => {
  const { outputs } = built([plain("d/shared.mjs"), lazy("d/feature.mjs"), lazy("d/ssm.mjs")]);
  t.is(bytesAtStart({ outputs }), 2);
});

test("what waits for its use is told with all that it loads, but for what is there", (t) => {
  const { outputs } = built([lazy("d/feature.mjs")]);
  const source = "lambda/src/feature/run.ts";
  t.deepEqual(loadedLater(outputs, source, new Set(["index.mjs", "shared.mjs"])), {
    root: "feature.mjs",
    paths: new Set(["d/feature.mjs", "d/own.mjs"]),
  });
  t.is(loadedLater(outputs, source, new Set(["feature.mjs"])), undefined);
  t.is(loadedLater(outputs, "lambda/src/handler.ts", new Set(["index.mjs"])), undefined);
  t.is(loadedLater(outputs, "lambda/src/none.ts", new Set()), undefined);
});
