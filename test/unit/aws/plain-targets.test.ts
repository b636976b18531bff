import { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import test from "ava";
import { plainBucketTarget, plainCredentials, plainTableTarget } from "../../../lambda/src/aws/plain-targets.ts";
import { tableTarget } from "../../../lambda/src/aws/sdk/dynamodb.ts";
import { bucketTarget, S3Client } from "../../../lambda/src/aws/sdk/s3.ts";
import { credentials } from "../../helpers/aws-answers.ts";

const regions = [
  ...["us-east-1", "eu-central-1", "eu-west-1", "ap-southeast-7", "il-central-1", "me-south-1", "mx-central-1"],
  ...[
    "us-gov-west-1",
    "cn-north-1",
    "us-iso-east-1",
    "eu-isoe-west-1",
    "eusc-de-east-1",
    "aws-global",
    "fips-us-east-1",
  ],
];
const buckets = [
  ...["our-bucket", "abc", "a".repeat(63), "123456789012", "1.2.3.4", "with.periods", "Upper", "ab", "a".repeat(64)],
  ...["under_score", "files--use1-az4--x-s3", "alias-x1y2-s3alias", "x--op-s3", "-begins", "ends-", "files--ol-s3"],
  ...["arn:aws:s3:eu-west-1:123456789012:accesspoint/mine", "xn--b-cher-kva", "a-b", "a--b"],
];
const endpoints = [undefined, "http://127.0.0.1:9000", "https://s3.partner.example", "http://127.0.0.1:9000/base"];

const told = (target: { url: URL; scope: object } | undefined) => target && { url: target.url.href, ...target.scope };
/** With and without the stroke at its end it is the same place. */
const same = (url: string) => url.replace(/\/$/, "");

for (const endpoint of endpoints)
  test(`a plain bucket is where the SDK's rules have it, and whatever isn't plain is theirs: ${endpoint ?? "AWS"}`, async (t) => {
    let plain = 0;
    for (const region of regions) {
      const environment = { AWS_REGION: region, ...(endpoint !== undefined && { AWS_ENDPOINT_URL_S3: endpoint }) };
      const client = new S3Client({
        region,
        credentials,
        ...(endpoint !== undefined && { endpoint, forcePathStyle: true }),
      });
      for (const bucket of buckets)
        for (const asked of [undefined, "eu-north-1"]) {
          const ours = told(plainBucketTarget(bucket, asked, environment));
          if (ours === undefined) continue;
          plain++;
          const theirs = told(await bucketTarget(client)(bucket, asked));
          t.deepEqual(
            { ...ours, url: same(ours.url) },
            theirs && { ...theirs, url: same(theirs.url) },
            `${bucket} ${region}`,
          );
        }
    }
    t.is(plain > 50, endpoint !== "http://127.0.0.1:9000/base");
  });

for (const endpoint of endpoints)
  test(`the table is where the SDK's rules have it: ${endpoint ?? "AWS"}`, async (t) => {
    let plain = 0;
    for (const region of regions) {
      const environment = {
        AWS_REGION: region,
        ...(endpoint !== undefined && { AWS_ENDPOINT_URL_DYNAMODB: endpoint }),
      };
      const ours = told(plainTableTarget(environment));
      if (ours === undefined) continue;
      plain++;
      const client = new DynamoDBClient({ region, credentials, ...(endpoint !== undefined && { endpoint }) });
      t.deepEqual(ours, told(await tableTarget(client)()), region);
    }
    t.is(plain >= 7, endpoint !== "http://127.0.0.1:9000/base");
  });

const here = { AWS_REGION: "eu-central-1" };

test("a service's own stand-in goes before the one of all services", (t) => {
  const both = { ...here, AWS_ENDPOINT_URL: "http://all.example", AWS_ENDPOINT_URL_S3: "http://s3.example" };
  t.is(plainBucketTarget("our-bucket", undefined, both)?.url.href, "http://s3.example/our-bucket");
  t.is(plainTableTarget(both)?.url.href, "http://all.example/");
});

test("nothing is plain where the environment changes endpoints, or names files that may", (t) => {
  const changing = [
    ...["AWS_ACCOUNT_ID", "AWS_CONFIG_FILE", "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS", "AWS_PROFILE"],
    ...["AWS_SHARED_CREDENTIALS_FILE", "AWS_USE_DUALSTACK_ENDPOINT", "AWS_USE_FIPS_ENDPOINT"],
  ];
  t.truthy(plainBucketTarget("our-bucket", undefined, here));
  for (const name of changing) {
    t.is(plainBucketTarget("our-bucket", undefined, { ...here, [name]: "true" }), undefined, name);
    t.is(plainTableTarget({ ...here, [name]: "true" }), undefined, name);
  }
  t.is(plainTableTarget({}), undefined);
});

test("the role's credentials are those of the environment, unless they may expire or a profile is named", (t) => {
  const role = { AWS_ACCESS_KEY_ID: "id", AWS_SECRET_ACCESS_KEY: "secret", AWS_SESSION_TOKEN: "token" };
  t.deepEqual(plainCredentials(role), { accessKeyId: "id", secretAccessKey: "secret", sessionToken: "token" });
  for (const other of [{ AWS_PROFILE: "mine" }, { AWS_CREDENTIAL_EXPIRATION: "2026-12-01" }, { AWS_ACCESS_KEY_ID: "" }])
    t.is(plainCredentials({ ...role, ...other }), undefined);
  t.is(plainCredentials({}), undefined);
});
