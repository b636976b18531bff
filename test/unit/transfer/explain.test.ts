import { S3ServiceException } from "@aws-sdk/client-s3";
import test from "ava";
import { RemoteError } from "../../../lambda/src/sftp/errors.ts";
import { explain, kindOf } from "../../../lambda/src/transfer/explain.ts";

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
  t.is(kindOf(new RemoteError("full", "x")), "full");
  t.is(kindOf(new TypeError("x")), "TypeError");
  t.is(kindOf(1), "unknown");
});
