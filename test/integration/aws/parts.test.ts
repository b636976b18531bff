/** How parts of uploads are sent: what is in their signature, and what S3 holds their bytes against. */
import { createHash, randomBytes } from "node:crypto";
import { readFileSync, rmSync } from "node:fs";
import type { IncomingMessage } from "node:http";
import { getCACertificates, setDefaultCACertificates } from "node:tls";
import { S3Client } from "@aws-sdk/client-s3";
import test, { type ExecutionContext } from "ava";
import { crc64Sum, type Sum, sha256Sum } from "../../../lambda/src/aws/checksum.ts";
import { quickS3 } from "../../../lambda/src/aws/s3.ts";
import { bucketTarget } from "../../../lambda/src/aws/sdk/s3.ts";
import { openObjectStore } from "../../../lambda/src/s3/open.ts";
import { answering, credentials } from "../../helpers/aws-answers.ts";
import { makeCertificates } from "../../stack/certificates.ts";
import { temporaryFolder } from "../../stack/temporary.ts";

const folder = temporaryFolder("parts");
const certificates = makeCertificates(folder);
const certificate = {
  cert: readFileSync(certificates.certificate, "utf8"),
  key: readFileSync(certificates.key, "utf8"),
};
setDefaultCACertificates([...getCACertificates("default"), certificates.authorityPem]);
test.after.always(() => rmSync(folder, { recursive: true, force: true }));

const { signal } = new AbortController();
const hex = (bytes: Buffer): string => createHash("sha256").update(bytes).digest("hex");
const signedAs = ({ headers }: IncomingMessage) => headers["x-amz-content-sha256"];
const denied = "<Error><Code>AccessDenied</Code><Message>Access Denied</Message></Error>";

/** S3 that answers with a status; a body is whole before it does, unless `early`. */
const storeWith = async (
  t: ExecutionContext,
  statusOf: (request: IncomingMessage) => number,
  { tls = true, light = true } = {},
) => {
  const { endpoint, send, requests } = await answering(
    t,
    (request, _body, response) => {
      const status = statusOf(request);
      if (status === 0) response.destroy();
      else response.writeHead(status, { etag: '"e"' }).end(status === 403 ? denied : "");
    },
    tls ? certificate : undefined,
  );
  const client = new S3Client({ endpoint, region: "eu-central-1", forcePathStyle: true, credentials, maxAttempts: 1 });
  const store = openObjectStore(client, light ? quickS3(bucketTarget(client), send) : undefined);
  const put = (body: Buffer, bucket = "our-bucket", sum: Sum = crc64Sum(body)) =>
    store.uploadPart({ bucket, key: "in/large.bin" }, "u", 1, body, sum, signal);
  return { put, requests };
};

const unsigned = "UNSIGNED-PAYLOAD";
const large = randomBytes(300_000);
const small = randomBytes(1_000);

for (const [size, body] of [
  ["large", large],
  ["small", small],
] as const) {
  test(`a ${size} part goes over TLS with its CRC, and without a second hash of it`, async (t) => {
    const { put, requests } = await storeWith(t, () => 200);
    const sum = crc64Sum(body);
    t.deepEqual(await put(body), { number: 1, etag: '"e"', size: body.byteLength, sum });
    t.is(requests.length, 1);
    t.like(requests[0]?.headers, { "x-amz-content-sha256": unsigned, "x-amz-checksum-sha256": undefined });
    t.deepEqual({ crc64nvme: requests[0]?.headers["x-amz-checksum-crc64nvme"] }, sum);
  });

  test(`a ${size} part that nothing hides on its way is signed`, async (t) => {
    const { put, requests } = await storeWith(t, () => 200, { tls: false });
    await put(body);
    t.deepEqual(requests.map(signedAs), [hex(body)]);
    t.deepEqual({ crc64nvme: requests[0]?.headers["x-amz-checksum-crc64nvme"] }, crc64Sum(body));
  });

  test(`a ${size} part of a bucket that refuses unsigned payloads is signed, and so are those behind it`, async (t) => {
    const refuses = (request: IncomingMessage) =>
      signedAs(request) === unsigned && request.url?.startsWith("/strict/") ? 403 : 200;
    const { put, requests } = await storeWith(t, refuses);
    await put(body, "strict");
    await put(body, "strict");
    await put(body, "lenient");
    t.deepEqual(requests.map(signedAs), [unsigned, hex(body), hex(body), unsigned]);
  });
}

test("a refusal that ends the connection before the body is through is one as well", async (t) => {
  const { put, requests } = await storeWith(t, (request) => (signedAs(request) === unsigned ? 0 : 200));
  await put(large);
  await put(large);
  t.deepEqual(requests.map(signedAs), [unsigned, hex(large), hex(large)]);
});

test("… but not where unsigned payloads were taken before: then a connection has ended by chance", async (t) => {
  let status = 200;
  const { put, requests } = await storeWith(t, (request) => (signedAs(request) === unsigned ? status : 200));
  await put(large);
  status = 0;
  await put(large);
  status = 200;
  await put(large);
  const [first, second, bySdk, last] = requests.map(signedAs);
  t.deepEqual([first, second, last], [unsigned, unsigned, unsigned]);
  t.is(bySdk, hex(large));
});

test("who may put nothing is told what S3 says, and the next part is tried unsigned again", async (t) => {
  let status = 403;
  const { put, requests } = await storeWith(t, () => status);
  await t.throwsAsync(put(large), { name: "AccessDenied" });
  t.deepEqual(requests.map(signedAs), [unsigned, hex(large), hex(large)], "the last one is the SDK's");
  status = 200;
  requests.length = 0;
  await put(large);
  t.deepEqual(requests.map(signedAs), [unsigned]);
});

test("a part of an upload that an earlier version began has its SHA-256, as that one sent it", async (t) => {
  const { put, requests } = await storeWith(t, () => 200);
  await put(large, "our-bucket", sha256Sum(large));
  t.deepEqual(requests.map(signedAs), [hex(large)]);
  t.like(requests[0]?.headers, { "x-amz-checksum-crc64nvme": undefined });
  t.deepEqual({ sha256: requests[0]?.headers["x-amz-checksum-sha256"] }, sha256Sum(large));
});

test("the SDK sends the same checksums", async (t) => {
  const { put, requests } = await storeWith(t, () => 200, { light: false });
  await put(small);
  await put(small, "our-bucket", sha256Sum(small));
  t.deepEqual({ crc64nvme: requests[0]?.headers["x-amz-checksum-crc64nvme"] }, crc64Sum(small));
  t.deepEqual({ sha256: requests[1]?.headers["x-amz-checksum-sha256"] }, sha256Sum(small));
  t.is(requests[0]?.headers["x-amz-checksum-crc32"], undefined);
});

const uploadsOf = async (t: ExecutionContext, refusal?: string) => {
  const { endpoint, requests } = await answering(t, (request, _body, response) => {
    if (request.method === "DELETE") return response.writeHead(204).end();
    if (request.url?.includes("uploadId") && refusal !== undefined)
      return response.writeHead(400).end(`<Error><Code>${refusal}</Code></Error>`);
    return response.end("<InitiateMultipartUploadResult><UploadId>u</UploadId></InitiateMultipartUploadResult>");
  });
  const client = new S3Client({ endpoint, region: "eu-central-1", forcePathStyle: true, credentials, maxAttempts: 1 });
  return { store: openObjectStore(client), requests };
};
const place = { bucket: "our-bucket", key: "in/large.bin" };
const partsOf = (...bodies: readonly Buffer[]) =>
  bodies.map((body, index) => ({ number: index + 1, etag: "e", size: body.byteLength, sum: crc64Sum(body) as Sum }));

test("an object in parts is made only with the checksum of all its bytes", async (t) => {
  const { store, requests } = await uploadsOf(t);
  await store.createUpload(place, {});
  t.like(requests[0]?.headers, { "x-amz-checksum-algorithm": "CRC64NVME", "x-amz-checksum-type": "FULL_OBJECT" });
  await store.completeUpload(place, "u", partsOf(large, small));
  const whole = crc64Sum(Buffer.concat([large, small]));
  t.deepEqual({ crc64nvme: requests[1]?.headers["x-amz-checksum-crc64nvme"] }, whole);
  t.like(requests[1]?.headers, { "x-amz-checksum-type": "FULL_OBJECT", "x-amz-mp-object-size": "301000" });
});

test("… which isn't told where a part's isn't known, or is a SHA-256", async (t) => {
  const { store, requests } = await uploadsOf(t);
  const [one, other] = partsOf(large, small);
  if (!one || !other) return t.fail();
  for (const sum of [undefined, sha256Sum(small)]) {
    await store.completeUpload(place, "u", [one, { ...other, sum }]);
    const { headers } = requests.at(-1) ?? {};
    t.is(headers?.["x-amz-checksum-crc64nvme"], undefined);
    t.is(headers?.["x-amz-checksum-type"], undefined);
  }
});

test("an upload whose bytes are others goes on nowhere", async (t) => {
  const { store, requests } = await uploadsOf(t, "BadDigest");
  await t.throwsAsync(store.completeUpload(place, "u", partsOf(large)), { message: /the upload starts again/ });
  t.is(requests.at(-1)?.method, "DELETE");
  const other = await uploadsOf(t, "InvalidPart");
  await t.throwsAsync(other.store.completeUpload(place, "u", partsOf(large)), { name: "InvalidPart" });
  t.is(other.requests.at(-1)?.method, "POST");
});
