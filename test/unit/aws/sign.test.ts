import { createHash } from "node:crypto";
import { Hash } from "@smithy/core/serde";
import { SignatureV4 } from "@smithy/signature-v4";
import test from "ava";
import fc from "fast-check";
import { percentEncode, sign } from "../../../lambda/src/aws/sign.ts";

const emptyHash = createHash("sha256").digest("hex");
// Example of https://docs.aws.amazon.com/AmazonS3/latest/API/sig-v4-header-based-auth.html
const example = { accessKeyId: "AKIAIOSFODNN7EXAMPLE", secretAccessKey: "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY" };

test("S3's own example of a signed GET", (t) => {
  const headers = sign(
    {
      method: "GET",
      path: "/test.txt",
      query: "",
      headers: { host: "examplebucket.s3.amazonaws.com", range: "bytes=0-9" },
      payloadHash: emptyHash,
    },
    example,
    { region: "us-east-1", service: "s3" },
    Date.UTC(2013, 4, 24),
  );
  t.is(
    headers["authorization"],
    "AWS4-HMAC-SHA256 Credential=AKIAIOSFODNN7EXAMPLE/20130524/us-east-1/s3/aws4_request, SignedHeaders=host;range;x-amz-content-sha256;x-amz-date, Signature=f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41",
  );
});

test("the SDK's signer comes to the same, whatever the key, the query, the metadata and the day", async (t) => {
  const word = fc.string({ minLength: 1, maxLength: 12, unit: fc.constantFrom(..."aZ09-_.~!*'() +&=%ä漢🙂") });
  await fc.assert(
    fc.asyncProperty(
      fc.array(word, { minLength: 1, maxLength: 4 }),
      fc.option(word),
      fc.stringMatching(/^[!-~]([ -~]{0,20}[!-~])?$/),
      fc.option(fc.stringMatching(/^[A-Za-z0-9+/=]{10,20}$/)),
      fc.integer({ min: 0, max: 4_000_000_000_000 }),
      async (segments, versionId, meta, sessionToken, now) => {
        const path = `/${segments.map(percentEncode).join("/")}`;
        const credentials = { ...example, ...(sessionToken !== null && { sessionToken }) };
        const headers = { host: "bucket.s3.eu-central-1.amazonaws.com", "x-amz-meta-x": meta };
        const signer = new SignatureV4({
          credentials,
          region: "eu-central-1",
          service: "s3",
          sha256: Hash.bind(null, "sha256"),
          uriEscapePath: false,
        });
        const expected = await signer.sign(
          {
            method: "GET",
            protocol: "https:",
            hostname: headers.host,
            path,
            query: versionId === null ? {} : { versionId },
            headers: { ...headers, "x-amz-content-sha256": emptyHash },
          },
          { signingDate: new Date(now) },
        );
        const query = versionId === null ? "" : `versionId=${percentEncode(versionId)}`;
        const signed = sign(
          { method: "GET", path, query, headers, payloadHash: emptyHash },
          credentials,
          { region: "eu-central-1", service: "s3" },
          now,
        );
        t.is(signed["authorization"], expected.headers["authorization"]);
      },
    ),
  );
});
