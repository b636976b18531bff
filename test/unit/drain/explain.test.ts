import test from "ava";
import { S3ServiceException } from "../../../lambda/src/aws/sdk/s3.ts";
import { explain, failureKind } from "../../../lambda/src/drain/explain.ts";
import { RemoteError } from "../../../lambda/src/sftp/errors.ts";

const entry = { stream: "acme", direction: "push", source_location: "bucket/out/a.csv", path: "a.csv" } as const;

test("stream and file are named once, whatever the error says by itself", (t) => {
  t.is(explain(new Error("It broke."), entry), "Stream acme: bucket/out/a.csv: It broke");
  t.is(
    explain(new Error("Stream acme: the secret is gone."), entry),
    "Stream acme: bucket/out/a.csv: the secret is gone",
  );
  t.is(explain(new Error("Stream acme: a.csv is a directory"), entry), "Stream acme: a.csv is a directory");
  t.is(explain("odd", entry), "Stream acme: bucket/out/a.csv: odd");
});

test("S3's own words come with what to do", (t) => {
  const error = new S3ServiceException({
    name: "NoSuchBucket",
    message: "It isn't there",
    $fault: "client",
    $metadata: {},
  });
  t.regex(explain(error, entry), /S3 says NoSuchBucket \(It isn't there\)\. Make the bucket, or correct push\.s3/);
  t.regex(explain(error, { ...entry, direction: "pull" }), /correct pull\.s3; the file stays at the partner/);
});

test("a message is bounded, and a kind is one word", (t) => {
  t.is(explain(new Error("x".repeat(5_000)), entry).length, 1_000);
  t.is(failureKind(new RemoteError("full", "x")), "full");
  t.is(failureKind(new TypeError("x")), "TypeError");
  t.is(failureKind(1), "unknown");
});

test("a key that denies: the permission, the field and what its owner adds are named", (t) => {
  const denied = new S3ServiceException({
    name: "AccessDenied",
    $fault: "client",
    $metadata: {},
    // As S3 words it: docs.aws.amazon.com/AmazonS3/latest/userguide/troubleshoot-403-errors.html
    message:
      "User: arn:aws:sts::123456789012:assumed-role/bridge/x is not authorized to perform: kms:GenerateDataKey on resource: arn:aws:kms:eu-west-1:210987654321:key/k because no resource-based policy allows the kms:GenerateDataKey action",
  });
  const text = explain(denied, { stream: "acme", direction: "pull", source_location: "sftp://x/a.csv", path: "a.csv" });
  t.regex(text, /^Stream acme: .*a\.csv/);
  t.regex(text, /key\/k/);
  t.regex(text, /pull\.kms_key_arn, which lets the role have kms:GenerateDataKey/);
  t.regex(text, /stream_key_statements/);
});
