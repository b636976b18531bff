/** The provider's source, cut down: against a small tree of the same form. */
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import test, { type ExecutionContext } from "ava";

const { trimProvider } = (await import(new URL("../../stack/provider/trim.mjs", import.meta.url).href)) as {
  trimProvider: (source: string, target: string, seeds: readonly string[]) => string[];
};

const own = "github.com/hashicorp/terraform-provider-aws/internal";
const sdk = "github.com/aws/aws-sdk-go-v2/service";
const others = Array.from({ length: 20 }, (_, index) => `other${index}`);
const all = ["alpha", "beta", "gamma", ...others];

const tree = (): Record<string, string> => ({
  "go.mod": "module x",
  "go.sum": "",
  "main.go": "package main",
  LICENSE: "terms",
  "names/names.go": "package names",
  "version/VERSION": "1.0.0",
  "website/page.md": "much text",
  "internal/service/smarterr.hcl": "shared",
  // alpha needs beta's finders, and beta's client under a name of its own; gamma and the others are needed by nobody.
  "internal/service/alpha/alpha.go": `import "${own}/service/beta"\nfunc f() { c.AlphaClient(ctx); c.BetaV2Client(ctx) }`,
  "internal/service/alpha/alpha_test.go": `import "${own}/service/gamma"`,
  "internal/service/beta/beta.go": "package beta",
  ...Object.fromEntries(["gamma", ...others].map((name) => [`internal/service/${name}/it.go`, "package x"])),
  "internal/provider/sdkv2/service_packages_gen.go": [
    "import (",
    ...all.map((name) => `\t"${own}/service/${name}"`),
    ")",
    "func servicePackages() {",
    ...all.map((name) => `\t\t${name}.ServicePackage(ctx),`),
    "}",
  ].join("\n"),
  "internal/conns/awsclient_gen.go": [
    "import (",
    ...all.map((name) => (name === "beta" ? `\tbetav2 "${sdk}/beta"` : `\t"${sdk}/${name}"`)),
    ")",
    "",
    ...all.map((name) => {
      const [method, type] =
        name === "beta" ? ["BetaV2Client", "betav2"] : [`${name[0]?.toUpperCase()}${name.slice(1)}Client`, name];
      return `func (c *AWSClient) ${method}(ctx) *${type}.Client {\n}\n`;
    }),
  ].join("\n"),
});

const build = (t: ExecutionContext, files: Record<string, string>) => {
  const folder = mkdtempSync(join(tmpdir(), "bridge-trim-"));
  t.teardown(() => rmSync(folder, { recursive: true, force: true }));
  for (const [name, text] of Object.entries(files)) {
    const path = join(folder, "source", name);
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, text);
  }
  return { source: join(folder, "source"), target: join(folder, "target") };
};

test("a service, what it imports, and the clients that they call are kept, and nothing else", (t) => {
  const { source, target } = build(t, tree());
  t.deepEqual(trimProvider(source, target, ["alpha"]), ["alpha", "beta"]);
  const at = (name: string) => join(target, name);
  t.true(existsSync(at("internal/service/beta/beta.go")));
  t.true(existsSync(at("internal/service/smarterr.hcl")));
  for (const gone of ["internal/service/gamma", "internal/service/alpha/alpha_test.go", "website"])
    t.false(existsSync(at(gone)), gone);
  const list = readFileSync(at("internal/provider/sdkv2/service_packages_gen.go"), "utf8");
  t.regex(list, /service\/alpha"[\s\S]*service\/beta"[\s\S]*alpha\.ServicePackage[\s\S]*beta\.ServicePackage/);
  t.notRegex(list, /gamma|other/);
  const clients = readFileSync(at("internal/conns/awsclient_gen.go"), "utf8");
  t.regex(clients, /betav2 ".*\/beta"[\s\S]*AlphaClient[\s\S]*BetaV2Client/);
  t.notRegex(clients, /gamma|Gamma|other|Other/);
});

test("a list of another form is an error that says what to adapt", (t) => {
  const files = { ...tree(), "internal/conns/awsclient_gen.go": `var clients = map[string]any{ ${"x".repeat(500)} }` };
  const { source, target } = build(t, files);
  t.throws(() => trimProvider(source, target, ["alpha"]), {
    message: /awsclient_gen\.go .* adapt test\/stack\/provider\/trim\.mjs/,
  });
});
