/** The look-up of policies finds what it is there for. */
import test from "ava";
import { mistakesIn } from "../../policies/look-up.ts";

const bucket = "arn:aws:s3:::a-bucket";
const allow = (name: string, statement: object) => ({
  name,
  policy: { Version: "2012-10-17", Statement: [{ Sid: "One", Effect: "Allow", ...statement }] },
});

const wrong = [
  {
    ...allow("misspelt action", { Action: ["s3:GetObject", "s3:GetObjekt"], Resource: `${bucket}/*` }),
    says: /there is no action s3:GetObjekt/,
  },
  {
    ...allow("wrong service", { Action: "sqss:SendMessage", Resource: "arn:aws:sqs:eu-central-1:123456789012:queue" }),
    says: /there is no action sqss:SendMessage/,
  },
  {
    ...allow("bucket for object", { Action: "s3:PutObject", Resource: bucket }),
    says: /s3:PutObject has no such resource as arn:aws:s3:::a-bucket/,
  },
  {
    ...allow("object for bucket", { Action: "s3:ListBucket", Resource: `${bucket}/*` }),
    says: /s3:ListBucket has no such resource/,
  },
  {
    ...allow("alias for key", { Action: "kms:Decrypt", Resource: "arn:aws:kms:eu-central-1:123456789012:alias/x" }),
    says: /kms:Decrypt has no such resource/,
  },
  {
    ...allow("a resource that nothing is done to", {
      Action: ["s3:GetObject"],
      Resource: [`${bucket}/*`, "arn:aws:sqs:eu-central-1:123456789012:queue"],
    }),
    says: /arn:aws:sqs:\S+ is a resource of none of the statement's actions/,
  },
  {
    ...allow("everything", { Action: "sqs:SendMessage", Resource: "*" }),
    says: /sqs:SendMessage is allowed on \*/,
  },
  {
    ...allow("condition key of another action", {
      Action: "s3:GetObject",
      Resource: `${bucket}/*`,
      Condition: { StringLike: { "s3:prefix": "out/*" } },
    }),
    says: /s3:GetObject knows no condition key s3:prefix/,
  },
  {
    ...allow("misspelt condition key", {
      Principal: { Service: "events.amazonaws.com" },
      Action: "sqs:SendMessage",
      Resource: "arn:aws:sqs:eu-central-1:123456789012:queue",
      Condition: { ArnLike: { "aws:SourceARNs": "arn:aws:events:eu-central-1:123456789012:rule/x" } },
    }),
    says: /sqs:SendMessage knows no condition key aws:SourceARNs/,
  },
  {
    ...allow("value of another type", {
      Action: "s3:GetObject",
      Resource: `${bucket}/*`,
      Condition: { Bool: { "aws:SecureTransport": "yes" } },
    }),
    says: /MISMATCHED_TYPE/,
  },
  {
    ...allow("unknown operator", {
      Action: "s3:ListBucket",
      Resource: bucket,
      Condition: { StringLikes: { "s3:prefix": "out/*" } },
    }),
    says: /UNKNOWN_OPERATOR/,
  },
];

test("an unknown action, a wrong resource type and a wrong condition key are found, and what is right is not", async (t) => {
  const right = [
    allow("list", { Action: "s3:ListBucket", Resource: bucket, Condition: { StringLike: { "s3:prefix": "out/*" } } }),
    allow("trust", { Principal: { Service: "lambda.amazonaws.com" }, Action: "sts:AssumeRole" }),
    allow("key", { Principal: { AWS: "arn:aws:iam::123456789012:root" }, Action: "kms:*", Resource: "*" }),
  ];
  const mistakes = await mistakesIn([...wrong, ...right]);
  for (const { name, says } of wrong) {
    const its = mistakes.filter((line) => line.startsWith(`${name}: `));
    t.true(
      its.some((line) => says.test(line)),
      `${name}: ${its.join("\n") || "nothing was found"}`,
    );
  }
  for (const { name } of right)
    t.deepEqual(
      mistakes.filter((line) => line.startsWith(`${name}: `)),
      [],
    );
});
