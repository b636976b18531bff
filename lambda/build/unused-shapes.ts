/**
 * What the AWS SDK's packages carry of operations that the function never asks for. Each has one file that describes all of
 * a service's operations, shapes and errors, and is meant to be shaken; two habits of it keep a bundler from that.
 */
import { readFileSync } from "node:fs";
import type { Plugin } from "esbuild";

/**
 * Computed keys (`{ [_hE]: 404 }`) of constants of the same file. To a bundler that is code that may do something, so that the
 * object and all that it names stay; written as the strings that they are, what nobody uses goes.
 */
const withPlainKeys = (source: string): string => {
  const constants = new Map(
    [...source.matchAll(/^const (_\w*) = ("[^"\\\n]*");$/gm)].map(([, name, text]) => [name, text] as const),
  );
  return source.replaceAll(/([{,]\s*)\[(_\w*)\]:/g, (whole, before, name) => {
    const text = constants.get(name);
    return text === undefined ? whole : `${before}${text}:`;
  });
};

/**
 * Classes of errors of services that one or two operations are asked of. An error without a class of its own is the service's
 * general exception, with the name, message and metadata of the answer: that is all that the function looks at.
 */
const withoutErrorClasses = (source: string): string =>
  source.replaceAll(/^n0_registry\.registerError\(\w+\$, \w+\);$/gm, "");

/** Clients of which nothing looks at an error's class or at fields of its own. */
const byNameOnly = /client-(kms|lambda|ssm)\//;

/** Leaves operations and errors out that nothing uses, and of a client's package.json all but the version that it tells AWS. */
export const withoutUnusedShapes: Plugin = {
  name: "without-unused-shapes",
  setup: ({ onLoad }) => {
    onLoad({ filter: /@aws-sdk\/client-[\w-]+\/dist-es\/schemas\/schemas_0\.js$/ }, ({ path }) => {
      const source = withPlainKeys(readFileSync(path, "utf8"));
      return { contents: byNameOnly.test(path) ? withoutErrorClasses(source) : source };
    });
    onLoad({ filter: /@aws-sdk\/client-[\w-]+\/package\.json$/ }, ({ path }) => {
      const { version } = JSON.parse(readFileSync(path, "utf8"));
      return { contents: JSON.stringify({ version }), loader: "json" };
    });
  },
};
