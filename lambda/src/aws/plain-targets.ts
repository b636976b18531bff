/**
 * What nearly every function finds in its environment, without the SDK, whose load and first request are a tenth of a start: credentials of
 * its role, and where S3 and DynamoDB are. Whatever isn't as plain is undefined here, and the SDK's to say.
 */
import type { Target } from "./send.ts";
import type { SigningCredentials } from "./sign.ts";

type Environment = Readonly<Record<string, string | undefined>>;

/** Regions whose names end in amazonaws.com; @aws-sdk/core, util-endpoints/lib/aws/partitions. */
const plainRegion = /^(us|eu|ap|sa|ca|me|af|il|mx)-[a-z]+-\d+$/;
/** Without a period, which TLS doesn't take in a name, and without the double hyphen of directory buckets and the like. */
const plainBucket = /^(?!.*--)[a-z0-9][a-z0-9-]{1,61}[a-z0-9]$/;

/** What makes endpoints others, or names files that may. https://docs.aws.amazon.com/sdkref/latest/guide/settings-reference.html */
const changing = [
  "AWS_ACCOUNT_ID",
  "AWS_ACCOUNT_ID_ENDPOINT_MODE",
  "AWS_CONFIG_FILE",
  "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS",
  "AWS_PROFILE",
  "AWS_SHARED_CREDENTIALS_FILE",
  "AWS_USE_DUALSTACK_ENDPOINT",
  "AWS_USE_FIPS_ENDPOINT",
];

/** The server that stands for AWS, where there is one; undefined: as AWS names it. */
const standIn = (environment: Environment, service: "S3" | "DYNAMODB"): string | undefined =>
  environment[`AWS_ENDPOINT_URL_${service}`] ?? environment["AWS_ENDPOINT_URL"];

const plainUrl = (text: string): URL | undefined => {
  const url = URL.parse(text);
  return url !== null && /^https?:$/.test(url.protocol) && url.pathname === "/" && url.search === "" ? url : undefined;
};

const isPlain = (region: string | undefined): region is string => region !== undefined && plainRegion.test(region);

const regionOf = (environment: Environment, asked: string | undefined): string | undefined => {
  const { AWS_REGION: own } = environment;
  const region = asked ?? own;
  // A function's region may want what goes to others to be asked for in a way of its own, too (FIPS).
  if (!isPlain(own) || !isPlain(region)) return undefined;
  return changing.every((name) => environment[name] === undefined) ? region : undefined;
};

/** Where a bucket of the function's region, or of this one, is; by its path at a stand-in, as the clients ask there. */
export const plainBucketTarget = (
  bucket: string,
  asked: string | undefined,
  environment: Environment,
): Target | undefined => {
  const region = regionOf(environment, asked);
  if (region === undefined || !plainBucket.test(bucket)) return undefined;
  const other = standIn(environment, "S3");
  const url =
    other === undefined
      ? plainUrl(`https://${bucket}.s3.${region}.amazonaws.com`)
      : plainUrl(other) && URL.parse(bucket, other);
  return url ? { url, scope: { region, service: "s3" } } : undefined;
};

/** Where DynamoDB is. */
export const plainTableTarget = (environment: Environment): Target | undefined => {
  const region = regionOf(environment, undefined);
  if (region === undefined) return undefined;
  const url = plainUrl(standIn(environment, "DYNAMODB") ?? `https://dynamodb.${region}.amazonaws.com`);
  return url && { url, scope: { region, service: "dynamodb" } };
};

/** The role's, as Lambda tells them for the life of an environment. */
export const plainCredentials = (environment: Environment): SigningCredentials | undefined => {
  const { AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY, AWS_SESSION_TOKEN } = environment;
  const areFixed = environment["AWS_PROFILE"] === undefined && environment["AWS_CREDENTIAL_EXPIRATION"] === undefined;
  return areFixed && AWS_ACCESS_KEY_ID && AWS_SECRET_ACCESS_KEY
    ? { accessKeyId: AWS_ACCESS_KEY_ID, secretAccessKey: AWS_SECRET_ACCESS_KEY, sessionToken: AWS_SESSION_TOKEN }
    : undefined;
};
