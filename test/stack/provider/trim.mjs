// Copies the source of the AWS provider, cut down to a few services: a build of all 250 takes 20 minutes and
// 9 GB of memory, one of these about a minute. Only two generated lists name every service; the rest is untouched.
import { chmodSync, cpSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join, relative } from "node:path";

/** The services whose resources the module, its examples and its tests use, by the name of their folder. */
export const services = [
  "cloudwatch",
  "dynamodb",
  "ec2",
  "events",
  "guardduty",
  "iam",
  "kms",
  "lambda",
  "logs",
  "meta",
  "s3",
  "scheduler",
  "secretsmanager",
  "sns",
  "sqs",
  "ssm",
  "sts",
];

const serviceList = "internal/provider/sdkv2/service_packages_gen.go";
const clientList = "internal/conns/awsclient_gen.go";
const serviceImport = /"github\.com\/hashicorp\/terraform-provider-aws\/internal\/service\/([a-z0-9]+)"/g;

/**
 * Writes to `target` a copy of the provider source at `source` that holds only `seeds` and what they import.
 * Returns the kept services, sorted. Throws where the source does not have the expected form.
 */
export function trimProvider(source, target, seeds = services) {
  const kept = closure(source, seeds);
  const roots = ["go.mod", "go.sum", "main.go", "LICENSE", "internal", "names", "version"];
  const wanted = (path) => {
    const name = relative(source, path);
    const service = /^internal\/service\/([^/.]+)$/.exec(name)?.[1];
    return !name.endsWith("_test.go") && !name.endsWith("/testdata") && (service === undefined || kept.has(service));
  };
  for (const root of roots) cpSync(join(source, root), join(target, root), { recursive: true, filter: wanted });
  makeWritable(target);
  rewrite(target, serviceList, (text) => keepServices(text, kept));
  const used = usedClients(target);
  rewrite(target, clientList, (text) => keepClients(text, used));
  return [...kept].sort();
}

/** The services that `seeds` need: services import each other's finders and flatteners. */
function closure(source, seeds) {
  const kept = new Set();
  const queue = [...seeds];
  for (let name = queue.pop(); name !== undefined; name = queue.pop()) {
    if (kept.has(name)) continue;
    kept.add(name);
    for (const file of goFiles(join(source, "internal/service", name)))
      for (const [, other] of readFileSync(file, "utf8").matchAll(serviceImport)) queue.push(other);
  }
  return kept;
}

function keepServices(text, kept) {
  return text
    .split("\n")
    .filter((line) => {
      const name =
        /internal\/service\/([a-z0-9]+)"$/.exec(line)?.[1] ??
        /^\t\t([a-z0-9]+)\.ServicePackage\(ctx\),$/.exec(line)?.[1];
      return name === undefined || kept.has(name);
    })
    .join("\n");
}

/** Names of the client accessors that anything in the copy calls, other than the list that defines them. */
function usedClients(target) {
  const used = new Set();
  for (const file of goFiles(target)) {
    if (file.endsWith(clientList)) continue;
    for (const [, name] of readFileSync(file, "utf8").matchAll(/\.([A-Za-z0-9]+Client)\b/g)) used.add(name);
  }
  return used;
}

function keepClients(text, used) {
  const functions = text.split(/\n(?=func )/);
  const head = functions.shift();
  const body = functions.filter((code) => used.has(/^func \(c \*AWSClient\) (\w+)\(/.exec(code)?.[1]));
  const packages = new Set(
    body.flatMap((code) => [...code.matchAll(/\*([a-z0-9]+)\.Client\b/g)].map((match) => match[1])),
  );
  const imports = head.split("\n").filter((line) => {
    const match = /^\t(?:(\w+) )?"github\.com\/aws\/aws-sdk-go-v2\/service\/([^"]+)"$/.exec(line);
    return match === null || packages.has(match[1] ?? match[2]);
  });
  return [imports.join("\n"), ...body].join("\n");
}

/** Fails loudly when nothing was cut: the generated file would then have changed its form. */
function rewrite(target, name, change) {
  const path = join(target, name);
  const before = readFileSync(path, "utf8");
  const after = change(before);
  if (after.length > before.length / 2)
    throw new Error(
      `${name} of the AWS provider does not have the form this script cuts; adapt test/stack/provider/trim.mjs to the new version`,
    );
  writeFileSync(path, after);
}

function* goFiles(folder) {
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) yield* goFiles(path);
    else if (entry.name.endsWith(".go") && !entry.name.endsWith("_test.go")) yield path;
  }
}

/** The module cache is read-only, and so would be its copy. */
function makeWritable(folder) {
  for (const entry of [".", ...readdirSync(folder, { recursive: true })]) {
    const path = join(folder, entry);
    chmodSync(path, statSync(path).mode | 0o200);
  }
}
