import { execFileSync, spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import test from "ava";
import { unzipSync } from "fflate";

const root = join(import.meta.dirname, "../../..");

/** All files below a folder. */
const filesOf = (folder: string): string[] =>
  readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name));

/** A checkout of what the build reads, in another place; node_modules is linked. */
const checkout = (place: string, from: string, reversed = false): string => {
  mkdirSync(place, { recursive: true });
  const files = ["lambda/src", "lambda/build"].flatMap((folder) => filesOf(join(from, folder)));
  files.push(join(from, "lambda/build.ts"), join(from, "package.json"));
  // Which order a directory lists its files in depends, on some file systems, on the order they were made in.
  for (const file of reversed ? files.toReversed() : files) cpSync(file, join(place, file.slice(from.length)));
  symlinkSync(join(root, "node_modules"), join(place, "node_modules"));
  return place;
};

const build = (
  place: string,
  environment: Readonly<Record<string, string>> = {},
  umask = "022",
  ...options: string[]
) =>
  spawnSync("sh", ["-c", `umask ${umask}; exec "$@"`, "sh", process.execPath, "lambda/build.ts", ...options], {
    cwd: place,
    env: { PATH: process.env["PATH"], ...environment },
    encoding: "utf8",
  });

const hashOf = (place: string): string =>
  createHash("sha256")
    .update(readFileSync(join(place, "lambda/dist/bridge.zip")))
    .digest("hex");

const temporary = mkdtempSync(join(tmpdir(), "build-"));
test.after.always(() => rmSync(temporary, { recursive: true, force: true }));

// One state of the source for all tests, and one build of it.
const place = checkout(join(temporary, "here"), root);
test.before((t) => {
  const { status, stderr } = build(place);
  t.is(status, 0, stderr);
});

const unzipped = () => unzipSync(readFileSync(join(place, "lambda/dist/bridge.zip")));

test("the same bytes from another path, under another umask, time zone, language and order of files", (t) => {
  const other = checkout(join(temporary, "some where", "else", "ü"), place, true);
  const { status, stderr } = build(
    other,
    { TZ: "Pacific/Kiritimati", LANG: "tr_TR.UTF-8", LC_ALL: "tr_TR.UTF-8" },
    "077",
  );
  t.is(status, 0, stderr);
  t.is(hashOf(other), hashOf(place));
});

test("check passes for what was built, and fails with what to do after a change of the source", (t) => {
  const changed = checkout(join(temporary, "changed"), place);
  cpSync(join(place, "lambda/dist"), join(changed, "lambda/dist"), { recursive: true });
  t.is(build(changed, {}, "022", "--check").status, 0);
  const entry = join(changed, "lambda/src/handler.ts");
  writeFileSync(entry, `${readFileSync(entry, "utf8")}\nexport const changed = 1;\n`);
  const before = hashOf(changed);
  const { status, stderr } = build(changed, {}, "022", "--check");
  t.is(status, 1);
  t.regex(stderr, /lambda\/dist isn't what the source builds:\n {2}bridge\.zip is another one/);
  t.regex(stderr, /index\.mjs is another one/);
  t.regex(stderr, /npm ci && npm run build/);
  t.is(hashOf(changed), before, "a check writes nothing");
});

test("nothing in it is native, and nothing depends on what was compiled here", (t) => {
  const contents = unzipped();
  for (const name of Object.keys(contents))
    t.regex(name, /^([\w.-]+\.mjs|THIRD_PARTY_LICENSES|openpgp\.LICENSE\.txt)$/);
  const { packages } = JSON.parse(readFileSync(join(place, "lambda/dist/manifest.json"), "utf8"));
  t.false(packages.some((name: string) => /^(cpu-features|nan|bindings)@/.test(name)));
});

test("of the ways to credentials, only those that Lambda knows are in it", (t) => {
  const { packages } = JSON.parse(readFileSync(join(place, "lambda/dist/manifest.json"), "utf8"));
  const providers = packages.flatMap((name: string) => /^@aws-sdk\/credential-provider-(\w+)/.exec(name)?.[1] ?? []);
  t.deepEqual(providers, ["env", "http", "node"]);
});

test("every bundled package is there with its licence", (t) => {
  const licences = new TextDecoder().decode(unzipped()["THIRD_PARTY_LICENSES"]);
  const { packages } = JSON.parse(readFileSync(join(place, "lambda/dist/manifest.json"), "utf8"));
  t.true(packages.length > 20);
  for (const name of packages) {
    const at = name.lastIndexOf("@");
    t.true(licences.includes(`\n${name.slice(0, at)} ${name.slice(at + 1)} (`), name);
  }
  for (const words of ["Apache License", "Permission is hereby granted", "ssh2 1.17.0 (MIT)", "Brian White"])
    t.true(licences.includes(words), words);
});

test("the manifest tells size and hash of the zip and of each file in it", (t) => {
  const manifest = JSON.parse(readFileSync(join(place, "lambda/dist/manifest.json"), "utf8"));
  const zip = readFileSync(join(place, "lambda/dist/bridge.zip"));
  t.deepEqual(manifest["bridge.zip"], { bytes: zip.length, sha256: hashOf(place) });
  const contents = Object.entries(unzipped()).map(([name, content]) => [
    name,
    { bytes: content.length, sha256: createHash("sha256").update(content).digest("hex") },
  ]);
  t.deepEqual(manifest.contents, Object.fromEntries(contents));
});

/** Loads `parts` of these files in a folder of that name that has nothing else, and tells of what type the handler is. */
const loads = (folder: string, files: readonly (readonly [string, Uint8Array])[], parts: readonly string[]): string => {
  const run = join(temporary, folder);
  mkdirSync(run);
  for (const [name, content] of files) writeFileSync(join(run, name), content);
  // A file, since `node -e` defines __dirname and require, which a module doesn't have.
  const script = join(run, "load-all.mjs");
  writeFileSync(
    script,
    `for (const part of ${JSON.stringify(parts)}) await import("./" + part);
     console.log(typeof (await import("./index.mjs")).handler);`,
  );
  return execFileSync(process.execPath, [script], { cwd: run, env: {}, encoding: "utf8" }).trim();
};

test("what the function loads of Node at its start are no HTTP and no compression, and no undici, which an import of node:http would load", (t) => {
  const run = join(temporary, "start");
  mkdirSync(run);
  for (const [name, content] of Object.entries(unzipped())) writeFileSync(join(run, name), content);
  const script = join(run, "start.mjs");
  writeFileSync(
    script,
    `const { handler } = await import("./index.mjs");
     console.log(typeof handler, ["tls", "http", "https", "zlib", "undici"].map((name) => process.moduleLoadList.some((one) => one.endsWith(" " + name) || one.endsWith("/" + name))).join());`,
  );
  t.is(
    execFileSync(process.execPath, [script], { cwd: run, env: {}, encoding: "utf8" }).trim(),
    "function true,false,false,false,false",
  );
});

test("all that is loaded at the start is one file, and each other file takes from it what they share", (t) => {
  const texts = Object.entries(unzipped()).map(([name, content]) => [name, Buffer.from(content).toString()] as const);
  const imports = (text: string) => [...text.matchAll(/\bfrom"\.\/([\w.-]+)"/g)].map(([, name]) => name ?? "");
  const start = texts.find(([name]) => name === "index.mjs")?.[1] ?? "";
  t.deepEqual(imports(start), []);
  t.true(texts.filter(([name, text]) => name !== "index.mjs" && imports(text).includes("index.mjs")).length > 20);
});

test("what connects and what moves files are one file each, which wait for their use", (t) => {
  const texts = new Map(Object.entries(unzipped()).map(([name, content]) => [name, Buffer.from(content).toString()]));
  const holding = (text: RegExp) => [...texts].filter(([, content]) => text.test(content)).map(([name]) => name);
  const imports = (name = "") => [
    ...new Set([...(texts.get(name) ?? "").matchAll(/\b(?:from|import)"\.\/([\w.-]+)"/g)].map(([, one]) => one)),
  ];
  const [connecting, ...others] = holding(/ssh2\/lib\/client\.js/);
  t.regex(connecting ?? "", /^open-/);
  t.deepEqual(others, []);
  t.deepEqual(imports(connecting), ["index.mjs"]);
  const [moving, ...more] = [...texts.keys()].filter((name) => name.startsWith("loop-"));
  t.deepEqual(more, []);
  t.deepEqual(imports(moving).sort(), ["index.mjs", connecting]);
});

test("the SDK's clients aren't loaded at the start: an ordinary run makes its requests without them", (t) => {
  const texts = Object.entries(unzipped()).map(([name, content]) => [name, Buffer.from(content).toString()] as const);
  const holding = (text: RegExp) => texts.filter(([, content]) => text.test(content)).map(([name]) => name);
  for (const client of [/\bS3Client=class/, /\bDynamoDBClient=class/, /\bNodeHttpHandler=class/]) {
    const files = holding(client);
    t.is(files.length, 1, String(client));
    t.not(files[0], "index.mjs", String(client));
  }
});

test("OpenPGP.js is a file of its own, as its authors built it, with its licence, and loaded by that name", (t) => {
  const files = unzipped();
  const own = readFileSync(join(place, "node_modules/openpgp/dist/node/openpgp.min.mjs"));
  t.true(Buffer.from(files["openpgp.min.mjs"] ?? []).equals(own));
  const licence = Buffer.from(files["openpgp.LICENSE.txt"] ?? []).toString();
  t.regex(licence, /GNU LESSER GENERAL PUBLIC LICENSE.*GNU GENERAL PUBLIC LICENSE/s);
  const loading = Object.entries(files).filter(([, content]) => Buffer.from(content).includes('"./openpgp.min.mjs"'));
  t.true(loading.length > 0 && loading.every(([name]) => /^(encrypt|decrypt|chunk|keys|check)-/.test(name)));
});

test("what every stream needs stays under 500 KB, and without the optional files it still loads", (t) => {
  const { core } = JSON.parse(readFileSync(join(place, "lambda/dist/manifest.json"), "utf8"));
  t.true(core.bytes < 500_000);
  t.true(core.withoutOptional.some((name: string) => name.startsWith("commands-")));
  const files = Object.entries(unzipped()).filter(([name]) => !core.withoutOptional.includes(name));
  t.is(loads("core", files, ["index.mjs"]), "function");
});

test("what is in the zip runs by itself: the entry exports the handler, and every part loads", (t) => {
  const files = Object.entries(unzipped());
  const parts = files.map(([name]) => name).filter((name) => name.endsWith(".mjs"));
  t.is(loads("task", files, parts), "function");
});

test("of the AWS clients, the operations that the function asks for are in it, and no others", (t) => {
  const operations = Object.values(unzipped())
    .flatMap((content) => [
      ...Buffer.from(content)
        .toString()
        .matchAll(/\b([A-Z]\w+)\$ ?= ?\[9,/g),
    ])
    .map(([, name]) => name)
    .sort();
  t.true(operations.includes("GetObject") && operations.includes("Invoke"), operations.join());
  t.true(operations.length <= 36, `a package's operations can't be shaken any more: ${operations.join()}`);
});

test("an error of a service whose classes of errors are left out has the name, the words and the answer's id", (t) => {
  const files = Object.entries(unzipped());
  const client = (name: string) => files.map(([file]) => file).find((file) => file.startsWith(`${name}-`));
  const run = join(temporary, "errors");
  mkdirSync(run);
  for (const [name, content] of files) writeFileSync(join(run, name), content);
  writeFileSync(
    join(run, "ask.mjs"),
    `import { createServer } from "node:http";
     const server = createServer((request, response) => {
       request.resume();
       const type = request.headers["x-amz-target"] ? "com.amazonaws.some#AccessDeniedException" : undefined;
       response.writeHead(400, { "x-amzn-requestid": "r-1", ...(!type && { "x-amzn-errortype": "TooManyRequestsException:" }) });
       response.end(JSON.stringify({ ...(type && { __type: type }), Message: "not you" }));
     }).listen(0, "127.0.0.1", async () => {
       const settings = { endpoint: "http://127.0.0.1:" + server.address().port, region: "us-east-1", maxAttempts: 1,
         credentials: { accessKeyId: "a", secretAccessKey: "b" } };
       const ask = async (file, client, command, input) => {
         const sdk = await import("./" + file);
         try { await new sdk[client](settings).send(new sdk[command](input)); }
         catch ({ name, message, $fault, $metadata }) { return [name, message, $fault, $metadata.httpStatusCode, $metadata.requestId]; }
       };
       console.log(JSON.stringify([
         await ask("${client("ssm")}", "SSMClient", "GetParameterCommand", { Name: "/a" }),
         await ask("${client("kms")}", "KMSClient", "DecryptCommand", { CiphertextBlob: new Uint8Array(1) }),
         await ask("${client("lambda")}", "LambdaClient", "InvokeCommand", { FunctionName: "a", Payload: new Uint8Array(1) }),
       ]));
       process.exit(0);
     });`,
  );
  const answers = JSON.parse(execFileSync(process.execPath, [join(run, "ask.mjs")], { encoding: "utf8", env: {} }));
  const denied = ["AccessDeniedException", "not you", "client", 400, "r-1"];
  t.deepEqual(answers, [denied, denied, ["TooManyRequestsException", "not you", "client", 400, "r-1"]]);
});

test("an unknown argument is refused", (t) => {
  const { status, stderr } = build(place, {}, "022", "--chek");
  t.is(status, 1);
  t.regex(stderr, /Unknown argument --chek/);
});
