/**
 * Several files of unit tests in one worker: a worker of its own for each costs as much as its tests. `npm run test:unit` runs
 * these parts; `npx ava test/unit/x.test.ts` runs one file as ever.
 */
import { globSync, readFileSync, statSync } from "node:fs";
import { registerHooks } from "node:module";
import { relative } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";

const root = fileURLToPath(new URL("../../", import.meta.url));
const folder = `${root}test/unit/`;

/** How many parts there are: a file `part-1.test.ts` and so on for each. */
export const parts = 4;

/** What one file must not do to the others of its worker: those that do any of it have one of their own. */
const alone =
  /process\.(env|argv|exit|chdir|stdout|stderr|on\b|once\b|emit)|globalThis|test\.(before|after)|\bgc\(|t\.timeout|registerHooks|workerData|heapUsed|memoryUsage|Date\.now = /;

/** All files of unit tests: those that share a worker, and those that don't. */
export const unitTests = (): { readonly shared: readonly string[]; readonly alone: readonly string[] } => {
  const files = globSync("**/*.test.ts", { cwd: folder }).sort();
  const { yes = [], no = [] } = Object.groupBy(files, (file) =>
    alone.test(readFileSync(folder + file, "utf8")) ? "yes" : "no",
  );
  return { shared: no, alone: yes.map((file) => `test/unit/${file}`) };
};

/** The files of one part, below `test/unit`, dealt out by size so that all take about as long. */
export const filesOf = (part: number): readonly string[] =>
  unitTests()
    .shared.map((file) => ({ file, size: statSync(folder + file).size }))
    .sort((a, b) => b.size - a.size)
    .filter((_, index) => {
      const [round, place] = [Math.floor(index / parts), index % parts];
      return (round % 2 === 0 ? place : parts - 1 - place) === part - 1;
    })
    .map(({ file }) => file);

/**
 * Ava's `test` for one file: its titles tell which, and may be those of another file's tests. One at a time: of hundreds that are under way
 * together the collector copies all that they hold, again and again (a quarter of the processor's time).
 */
const titled = (test: object, name: string): unknown =>
  new Proxy(() => {}, {
    apply: (_, __, [title, ...rest]) =>
      ((Reflect.get(test, "serial") ?? test) as CallableFunction)(
        typeof title === "string" ? `${name} › ${title}` : title,
        ...rest,
      ),
    get(_, key) {
      const value = Reflect.get(test, key);
      return typeof value === "function" && key !== "macro" ? titled(value, name) : value;
    },
  });

/** Makes known the tests of one part's files. */
export const runPart = async (part: number): Promise<void> => {
  const ava = import.meta.resolve("ava");
  const { default: test } = await import(ava);
  const tests = new Map<string, unknown>();
  Object.assign(globalThis, { testsOfParts: tests });
  registerHooks({
    resolve(specifier, context, next) {
      if (specifier !== "ava" || !context.parentURL?.startsWith("file:")) return next(specifier, context);
      const file = relative(folder, fileURLToPath(context.parentURL));
      if (!file.endsWith(".test.ts") || file.startsWith("..")) return next(specifier, context);
      const name = file.slice(0, -".test.ts".length).replaceAll("/", " › ");
      tests.set(name, titled(test, name));
      return { url: `titled:${encodeURIComponent(name)}`, format: "module", shortCircuit: true };
    },
    load(url, context, next) {
      if (!url.startsWith("titled:")) return next(url, context);
      const name = JSON.stringify(decodeURIComponent(url.slice("titled:".length)));
      return { format: "module", shortCircuit: true, source: `export default globalThis.testsOfParts.get(${name});` };
    },
  });
  for (const file of filesOf(part)) await import(pathToFileURL(folder + file).href);
};
