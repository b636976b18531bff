/** Rules that are kept in lambda/src/config. */
import type { Rule } from "./rule.ts";

const partners = "config/partners.test.ts";
const load = "config/load.test.ts";
const parts = "aws/parts.test.ts";

export const configRules: readonly Rule[] = [
  {
    rule: "K1 a configuration is used under the name of its content only",
    file: "config/load.ts",
    find: "if (key === configKeyOf(json)) return;",
    replace: "if (key !== undefined) return;",
    test: load,
  },
  {
    rule: "K2 streams of one partner agree in all settings of its connections",
    file: "config/partners.ts",
    find: "if (fields.length > 0)",
    replace: "if (fields.length > 100)",
    test: partners,
  },
  {
    rule: "K2b … also in one that only some of them have",
    file: "config/partners.ts",
    find: "[...Object.keys(one), ...Object.keys(other)]",
    replace: "[...Object.keys(other)]",
    test: partners,
  },
  {
    rule: "K2c … however the host is spelled",
    file: "config/host.ts",
    find: ".toLowerCase()",
    replace: "",
    test: partners,
  },
  {
    rule: "K2d … or the function doesn't start",
    file: "config/parse.ts",
    find: "  partnersOf(config);\n",
    replace: "",
    test: partners,
  },
  {
    rule: "Z5 a remote directory begins with no shell's word",
    file: "config/side.ts",
    find: "(directory) => !isShellWord(directory),",
    replace: "() => true,",
    test: "config/host.test.ts",
  },
  {
    rule: "Z6 a remote directory is no path of Windows",
    file: "config/side.ts",
    find: "(directory) => !isWindowsPath(directory),",
    replace: "() => true,",
    test: "config/host.test.ts",
  },
  {
    rule: "K5 a request to S3 says which account has to own the bucket",
    file: "aws/regions.ts",
    find: "    command.input.ExpectedBucketOwner = owner;\n",
    replace: "",
    test: "aws/regions.test.ts",
  },
  {
    rule: "K5b … a direct one as well",
    file: "aws/bucket-requests.ts",
    find: 'owner !== undefined && { "x-amz-expected-bucket-owner": owner }',
    replace: "owner === undefined && { range: owner }",
    test: "aws/regions.test.ts",
  },
  {
    rule: "K7 a large object that ends early is no shorter object",
    file: "aws/large-body.ts",
    find: "failure ??= error;",
    replace: "missing = 0;",
    test: "aws/large-get.test.ts",
  },
  {
    rule: "K7b … and comes no faster than it is taken",
    file: "aws/large-body.ts",
    find: "paused = missing > 0 && ready.length > 0 &&",
    replace: "paused = missing < 0 &&",
    test: "aws/large-get.test.ts",
  },
  {
    rule: "K8 what nothing hides on its way is signed",
    file: "aws/payloads.ts",
    find: " || !(await isPrivate(bucket))",
    replace: "",
    test: parts,
  },
  {
    rule: "K8b … and what goes to a bucket that refuses unsigned payloads, in the same attempt",
    file: "aws/payloads.ts",
    find: "answer?.status !== 403",
    replace: "answer?.status !== 0",
    test: parts,
  },
  {
    rule: "K8c … from the first refusal on",
    file: "aws/payloads.ts",
    find: 'if (second?.status === 200) seen.set(bucket, "wants signed");',
    replace: "",
    test: parts,
  },
  {
    rule: "K8d … which is no refusal to put anything at all",
    file: "aws/payloads.ts",
    find: "if (second?.status === 200) seen",
    replace: "seen",
    test: parts,
  },
  {
    rule: "K10 an object in parts is made only of the very bytes that were sent",
    file: "s3/uploads.ts",
    find: "ChecksumCRC64NVME: combineCrc64(sums),",
    replace: "",
    test: parts,
  },
  {
    rule: "K10b … or its upload is given up",
    file: "s3/uploads.ts",
    find: "if (isDamaged(error)) {",
    replace: 'if (isDamaged(error) && uploadId === "") {',
    test: parts,
  },
  {
    rule: "K6 the configuration's bucket has to be this account's",
    file: "handler.ts",
    find: "if (environment.accountId !== undefined) clients",
    replace: "if (environment.accountId === undefined) clients",
    test: "handler.test.ts",
  },
  {
    rule: "K6b … and the streams' buckets those that the configuration says",
    file: "handler.ts",
    find: "config.bucketOwners ?? []",
    replace: "[] as [string, string][]",
    test: "handler.test.ts",
  },
];
