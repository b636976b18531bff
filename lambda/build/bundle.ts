import { join } from "node:path";
import { type BuildOptions, build, type Metafile, type Plugin } from "esbuild";
import { withOneStart } from "./one-start.ts";
import { atPartner } from "./optional.ts";
import { withOwnModules } from "./own-modules.ts";
import { withPlainFunctions } from "./plain-functions.ts";
import { withReplaceable } from "./replaceable.ts";
import { withoutUnusedShapes } from "./unused-shapes.ts";

export interface Bundle {
  /** What the function runs, by file name: `index.mjs` and the parts that it loads when an event needs them. */
  readonly files: ReadonlyMap<string, Uint8Array>;
  readonly metafile: Metafile;
}

/**
 * Ways to credentials that Lambda doesn't know: it puts the role's into the environment. The SDK's chain asks for each of
 * these only after the environment had none, and is told so.
 */
const unusedProviders = /^@aws-sdk\/credential-provider-(ini|login|process|sso|web-identity)$/;

const withoutUnusedProviders: Plugin = {
  name: "without-unused-providers",
  setup: ({ onResolve, onLoad }) => {
    onResolve({ filter: unusedProviders }, ({ path }) => ({ path, namespace: "unused-provider", sideEffects: false }));
    onLoad({ filter: /.*/, namespace: "unused-provider" }, ({ path }) => {
      const reason = JSON.stringify(
        `${path} is not part of this bundle; set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY`,
      );
      const provider = `() => async () => { throw Object.assign(new Error(${reason}), { tryNextLink: true }); }`;
      const names = ["fromIni", "fromLoginCredentials", "fromProcess", "fromSSO", "fromTokenFile", "fromWebToken"];
      return { contents: names.map((name) => `export const ${name} = ${provider};`).join("\n") };
    });
  },
};

/** zlib's, which are those of its C library (zlib.h) and of Node's documentation. */
const zlibConstants = {
  DEFLATE: 1,
  INFLATE: 2,
  Z_DEFAULT_CHUNK: 16_384,
  Z_DEFAULT_COMPRESSION: -1,
  Z_DEFAULT_MEMLEVEL: 8,
  Z_DEFAULT_STRATEGY: 0,
  Z_DEFAULT_WINDOWBITS: 15,
  Z_PARTIAL_FLUSH: 1,
};

/**
 * Parts of packages that the function has no use for, and what stands for them: what tells browsers apart; streams of the web's; ssh2's server, its
 * key generator, its HTTP agents and its agents of keys; a whole cryptographic library of which bcrypt-pbkdf takes SHA-512, which Node has. And
 * what is hardly ever asked for, and has Node load a tenth of all that it loads at the start: file streams and with them readline, assertions, compression.
 */
const replacements: readonly (readonly [filter: RegExp, from: RegExp, contents: string])[] = [
  [/^bowser$/, /\/util-user-agent-browser\//, "module.exports = {};"],
  [
    /^\.\/createChecksumStream\.browser$/,
    /\/createChecksumStream\.js$/,
    'export const createChecksumStream = () => { throw new Error("streams of the web aren\'t part of this bundle"); };',
  ],
  [/^\.\/(server|keygen|http-agents)\.js$/, /\/ssh2\/lib\/index\.js$/, "module.exports = {};"],
  [/^\.\/agent\.js$/, /\/ssh2\/lib\/(index|client)\.js$/, "module.exports = { isAgent: () => false };"],
  [
    /^tweetnacl$/,
    /\/bcrypt-pbkdf\/index\.js$/,
    'const hash = (out, bytes, length) => { out.set(require("crypto").createHash("sha512").update(bytes.subarray(0, length)).digest()); };\nmodule.exports = { lowlevel: { crypto_hash: hash } };',
  ],
  [
    /^node:fs$/,
    /\/calculateBodyLength\.js$/,
    'const own = process.getBuiltinModule("node:fs");\nexport const { fstatSync, lstatSync } = own;\nexport const ReadStream = { [Symbol.hasInstance]: (body) => body instanceof own.ReadStream };',
  ],
  [
    /^node:fs\/promises$/,
    /\/shared-ini-file-loader\/readFile\.js$/,
    'const own = process.getBuiltinModule("node:fs");\nexport const readFile = (path, encoding) => new Promise((resolve, reject) => own.readFile(path, encoding, (error, text) => (error ? reject(error) : resolve(text))));',
  ],
  [
    /^zlib$/,
    /\/ssh2\/lib\/protocol\/zlib\.js$/,
    `const own = () => process.getBuiltinModule("node:zlib");\nconst Handle = function (mode) { return new (own().createInflate()._handle.constructor)(mode); };\nmodule.exports = { createInflate: () => ({ _handle: { constructor: Handle } }), constants: ${JSON.stringify(zlibConstants)} };`,
  ],
  [
    /^assert$/,
    /\/(asn1|ssh2)\/lib\//,
    'const own = () => process.getBuiltinModule("node:assert");\nmodule.exports = Object.assign((...given) => own()(...given), { ok: (...given) => own().ok(...given), equal: (...given) => own().equal(...given) });',
  ],
];

const withoutUnusedParts: Plugin = {
  name: "without-unused-parts",
  setup: ({ onResolve, onLoad }) => {
    for (const [filter, from] of replacements)
      onResolve({ filter }, ({ path, importer }) =>
        from.test(importer) ? { path, namespace: "unused-part" } : undefined,
      );
    onLoad({ filter: /.*/, namespace: "unused-part" }, ({ path }) => {
      const contents = replacements.find(([filter]) => filter.test(path))?.[2];
      return contents === undefined ? undefined : { contents };
    });
  },
};

// ssh2 has native parts, compiled or not as the machine that installs it can. It does without: what is bundled may not
// depend on that machine, and these would be for its processor only.
const natives = ["cpu-features", "*.node"];

const banner = 'import{createRequire}from"node:module";const require=createRequire(import.meta.url);';

/** How the files are written. */
const output = {
  format: "esm",
  outExtension: { ".js": ".mjs" },
  platform: "node",
  target: "node24",
  minifySyntax: true,
  minifyWhitespace: true,
  legalComments: "none",
  // One character beyond Latin-1, and V8 holds and reads the whole text with two bytes for each.
  charset: "ascii",
  tsconfigRaw: {},
  logLevel: "silent",
} satisfies BuildOptions;

/**
 * Bundles the function at `root`. The identifiers keep their names, so that a stack trace says something; code that only
 * some events need (clients of SSM, KMS, …) becomes files of its own. `more`: plugins of a test that bundles an `entry` of its own.
 */
export const bundle = async (
  root: string,
  entry = "lambda/src/handler.ts",
  more: readonly Plugin[] = [],
): Promise<Bundle> => {
  const result = await build({
    ...output,
    absWorkingDir: root,
    entryPoints: { index: join(root, entry) },
    outdir: "lambda/dist",
    write: false,
    bundle: true,
    splitting: true,
    // Names of parts are hashes over paths from here: node_modules may be a link to elsewhere.
    preserveSymlinks: true,
    // The packages' ES modules, which can be shaken, before their CommonJS.
    mainFields: ["module", "main"],
    external: natives,
    plugins: [
      ...more,
      withoutUnusedParts,
      withOwnModules,
      withReplaceable,
      withoutUnusedProviders,
      withoutUnusedShapes,
    ],
    // CommonJS packages ask for Node's own modules with `require`. ssh2 looks for a Windows program beside itself.
    banner: { js: banner },
    define: { __dirname: '"/var/task"', __filename: '"/var/task/index.mjs"' },
    metafile: true,
  });
  const [warning] = result.warnings;
  if (warning) throw new Error(`esbuild warns: ${warning.text} (${warning.location?.file}:${warning.location?.line})`);
  const utf8 = new TextEncoder();
  const files = result.outputFiles.map(
    ({ path, text }) => [path.split("/").at(-1) ?? path, utf8.encode(withPlainFunctions(text))] as const,
  );
  return withOneStart({ files: new Map(files), metafile: result.metafile }, atPartner, output, banner);
};
