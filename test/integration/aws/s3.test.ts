import { createHash } from "node:crypto";
import { setImmediate } from "node:timers/promises";
import { crc32 } from "node:zlib";
import { GetObjectCommand, S3Client } from "@aws-sdk/client-s3";
import test, { type ExecutionContext } from "ava";
import { SdkCrc64 } from "../../../lambda/src/aws/checksum.ts";
import { createClients } from "../../../lambda/src/aws/clients.ts";
import { quickS3 } from "../../../lambda/src/aws/s3.ts";
import { bucketTarget } from "../../../lambda/src/aws/sdk/s3.ts";
import { ObjectExists } from "../../../lambda/src/s3/objects.ts";
import { openObjectStore } from "../../../lambda/src/s3/open.ts";
import { answering, credentials, standIn } from "../../helpers/aws-answers.ts";

const place = { bucket: "our-bucket", key: "out/a b/ä+(1).csv" };
const { signal } = new AbortController();
const newest = { offset: 0, signal };

const quickly = async (t: ExecutionContext, answer: Parameters<typeof answering>[1]) => {
  const { endpoint, send, requests } = await answering(t, answer);
  const client = new S3Client({ endpoint, region: "eu-central-1", forcePathStyle: true, credentials });
  return { quick: quickS3(bucketTarget(client), send), requests };
};

const textOf = async (body: AsyncIterable<Uint8Array>): Promise<string> => {
  const chunks: Uint8Array[] = [];
  for await (const chunk of body) chunks.push(Uint8Array.from(chunk)); // valid until the next is asked for
  return Buffer.concat(chunks).toString();
};

const base64 = (bytes: ArrayLike<number>): string => Buffer.from(bytes).toString("base64");
const crc32Of = (bytes: Buffer): string => {
  const value = Buffer.alloc(4);
  value.writeUInt32BE(crc32(bytes));
  return base64(value);
};
const sha256Of = (bytes: Buffer): string => createHash("sha256").update(bytes).digest("base64");
/** Bit by bit, as the NVMe specification has it: polynomial 0xAD93D23594C93659, reflected, all ones before and after. */
const crc64nvmeOf = (bytes: Buffer): string => {
  const ones = 0xffff_ffff_ffff_ffffn;
  let crc = ones;
  for (const byte of bytes) {
    crc ^= BigInt(byte);
    for (let bit = 0; bit < 8; bit++) crc = crc & 1n ? (crc >> 1n) ^ 0x9a6c_9329_ac4b_c9b5n : crc >> 1n;
  }
  const value = Buffer.alloc(8);
  value.writeBigUInt64BE(crc ^ ones);
  return base64(value);
};

test("an object with its version, time and metadata", async (t) => {
  const { quick, requests } = await quickly(t, (_request, _body, response) =>
    response
      .writeHead(200, {
        etag: '"e"',
        "x-amz-version-id": "v1",
        "last-modified": "Wed, 21 Oct 2026 07:28:00 GMT",
        "x-amz-meta-synched": "true",
      })
      .end("content"),
  );
  const object = await quick.get(place, { ...newest, versionId: "v/1" });
  if (object === undefined || object === "missing") return t.fail();
  t.is(await textOf(object.body), "content");
  t.deepEqual(object.head.Metadata, { synched: "true" });
  t.is(object.head.VersionId, "v1");
  t.is(object.head.LastModified?.toISOString(), "2026-10-21T07:28:00.000Z");
  t.is(requests[0]?.url, "/our-bucket/out/a%20b/%C3%A4%2B%281%29.csv?versionId=v%2F1");
});

test("what isn't there is missing; a bucket that isn't there is the SDK's to explain", async (t) => {
  let code = "NoSuchKey";
  const { quick } = await quickly(t, (_request, _body, response) =>
    response.writeHead(404).end(`<Error><Code>${code}</Code></Error>`),
  );
  t.is(await quick.get(place, newest), "missing");
  code = "NoSuchBucket";
  t.is(await quick.get(place, newest), undefined);
});

test("a throttled request, an error and an answer that doesn't come are left to the SDK", async (t) => {
  let status = 503;
  const { quick } = await quickly(t, (_request, _body, response) => {
    if (status > 0) response.writeHead(status).end("<Error><Code>SlowDown</Code></Error>");
  });
  for (status of [503, 500, 403, 0]) {
    t.is(await quick.get(place, newest), undefined, `${status}`);
    t.is(await quick.put(place, Buffer.from("x"), { sha256: "x", signal }), undefined, `${status}`);
  }
});

test("a bucket of another region is left to the SDK from then on", async (t) => {
  const { quick, requests } = await quickly(t, (_request, _body, response) => response.writeHead(301).end());
  t.is(await quick.get(place, newest), undefined);
  t.is(await quick.get(place, newest), undefined);
  t.is(requests.length, 1);
});

test("the checksum of the specification's own example", (t) => {
  t.is(crc64nvmeOf(Buffer.from("123456789")), Buffer.from("ae8b14860a799888", "hex").toString("base64"));
});

test("the SDK's checksum is the same, whether its bytes come before it is made or behind", async (t) => {
  const bytes = Buffer.from("123456789 and more of it");
  const sum = new SdkCrc64();
  sum.update(bytes.subarray(0, 3));
  sum.update(bytes.subarray(3, 9));
  await setImmediate();
  await new SdkCrc64().digest();
  sum.update(new Uint8Array(bytes.subarray(9)));
  t.is(base64(await sum.digest()), crc64nvmeOf(bytes));
  t.is(base64(await sum.digest()), crc64nvmeOf(bytes));
  sum.reset();
  t.is(base64(await sum.digest()), crc64nvmeOf(Buffer.alloc(0)));
});

test.serial("what the SDK reads is held against its checksum, too", async (t) => {
  const told = crc64nvmeOf(Buffer.from("content"));
  let body = "content";
  const { endpoint } = await answering(t, (_request, _body, response) =>
    response.writeHead(200, { "x-amz-checksum-crc64nvme": told }).end(body),
  );
  standIn(t, endpoint);
  const { s3 } = createClients();
  const read = async () => {
    const { Body } = await s3.send(new GetObjectCommand({ Bucket: "b", Key: "k" }));
    return Body?.transformToString();
  };
  t.is(await read(), "content");
  body = "Content";
  await t.throwsAsync(read(), { message: /[Cc]hecksum mismatch/ });
});

for (const [algorithm, checksum] of Object.entries({ crc32: crc32Of, crc64nvme: crc64nvmeOf, sha256: sha256Of })) {
  for (const [size, what] of [
    [1_000, "small"],
    [300_000, "large"],
  ] as const)
    test(`a ${what} object whose bytes aren't those of its ${algorithm} isn't taken for it`, async (t) => {
      const bytes = Buffer.alloc(size, 7);
      let told = checksum(bytes);
      const { quick } = await quickly(t, (_request, _body, response) =>
        response.writeHead(200, { [`x-amz-checksum-${algorithm}`]: told, "content-length": size }).end(bytes),
      );
      for (let turn = 0; turn < 2; turn++) {
        const good = await quick.get(place, newest);
        if (good === undefined || good === "missing") return t.fail();
        t.is((await textOf(good.body)).length, size);
      }
      told = checksum(Buffer.from("something else"));
      const bad = await quick.get(place, newest);
      if (size < 65_536) t.is(bad, undefined, "read at once: the SDK asks again");
      else if (bad === undefined || bad === "missing") t.fail();
      else await t.throwsAsync(textOf(bad.body), { message: /another checksum/ });
    });
}

test("a body that ends too soon fails", async (t) => {
  const { quick } = await quickly(t, (_request, _body, response) => {
    response.writeHead(200, { "content-length": 200_000 });
    response.write(Buffer.alloc(100_000));
    setTimeout(() => response.destroy(), 50);
  });
  const object = await quick.get(place, newest);
  if (object === undefined || object === "missing") return t.fail();
  await t.throwsAsync(textOf(object.body));
});

test("a part is put with its checksum, which is its payload's hash as well", async (t) => {
  const bytes = Buffer.from("a part");
  const sha256 = createHash("sha256").update(bytes).digest("base64");
  let put = "";
  const { quick, requests } = await quickly(t, (_request, body, response) => {
    put = body.toString();
    response.writeHead(200, { etag: '"p"' }).end();
  });
  t.is(await quick.put(place, bytes, { part: { uploadId: "u=1", number: 3 }, sha256, signal }), '"p"');
  t.is(put, "a part");
  t.true(requests[0]?.url?.endsWith("?partNumber=3&uploadId=u%3D1"));
  t.is(requests[0]?.headers["x-amz-checksum-sha256"], sha256);
  t.is(requests[0]?.headers["x-amz-content-sha256"], Buffer.from(sha256, "base64").toString("hex"));
});

test("metadata that a header can't carry is left to the SDK", async (t) => {
  const { quick, requests } = await quickly(t, (_request, _body, response) => response.writeHead(200).end());
  const options = { sha256: "x", signal };
  t.is(await quick.put(place, Buffer.from("x"), { ...options, metadata: { stream: "ä" } }), undefined);
  t.is(requests.length, 0);
  t.is(await quick.put(place, Buffer.from("x"), { ...options, metadata: { stream: "a" } }), "");
  t.is(requests[0]?.headers["x-amz-meta-stream"], "a");
});

test("a transfer that stops doesn't ask again", async (t) => {
  const { quick } = await quickly(t, () => {});
  const stop = new AbortController();
  const asking = quick.get(place, { offset: 0, signal: stop.signal });
  stop.abort(new Error("out of time"));
  await t.throwsAsync(asking, { message: "out of time" });
});

test("an object is put with what the bucket's policy or owner asks for", async (t) => {
  const { quick, requests } = await quickly(t, (_request, _body, response) => response.end());
  const storing = { encryption: "aws:kms", kmsKeyArn: "arn:key", acl: "bucket-owner-full-control" } as const;
  await quick.put(place, Buffer.from("x"), { sha256: "x", signal, storing });
  t.like(requests[0]?.headers, {
    "x-amz-server-side-encryption": "aws:kms",
    "x-amz-server-side-encryption-aws-kms-key-id": "arn:key",
    "x-amz-acl": "bucket-owner-full-control",
  });
  await quick.put(place, Buffer.from("x"), { sha256: "x", signal });
  t.is(requests[1]?.headers["x-amz-server-side-encryption"], undefined);
  t.is(requests[1]?.headers["x-amz-acl"], undefined);
});

test("the SDK's own puts and uploads carry the same", async (t) => {
  const { endpoint, requests } = await answering(t, (_request, _body, response) =>
    response.end("<InitiateMultipartUploadResult><UploadId>u</UploadId></InitiateMultipartUploadResult>"),
  );
  const objects = openObjectStore(
    new S3Client({ endpoint, region: "eu-central-1", forcePathStyle: true, credentials }),
  );
  const storing = { encryption: "aws:kms:dsse", kmsKeyArn: "arn:key", acl: "bucket-owner-full-control" } as const;
  await objects.put(place, Buffer.from("x"), { metadata: {}, sha256: "x", signal, storing });
  await objects.createUpload(place, {}, storing);
  t.is(requests.length, 2);
  for (const { headers } of requests)
    t.like(headers, {
      "x-amz-server-side-encryption": "aws:kms:dsse",
      "x-amz-server-side-encryption-aws-kms-key-id": "arn:key",
      "x-amz-acl": "bucket-owner-full-control",
    });
});

test("what may replace nothing says so, by either way and to the end of an upload; S3's refusal is one", async (t) => {
  let status = 200;
  const { endpoint, send, requests } = await answering(t, (request, _body, response) => {
    response.statusCode = request.method === "DELETE" ? 204 : status;
    const code = status === 412 ? "PreconditionFailed" : "ConditionalRequestConflict";
    response.end(status === 200 ? "<CompleteMultipartUploadResult/>" : `<Error><Code>${code}</Code></Error>`);
  });
  const client = new S3Client({ endpoint, region: "eu-central-1", forcePathStyle: true, credentials, maxAttempts: 1 });
  const parts = [{ number: 1, etag: "e", size: 1, sum: undefined }];
  const given = { metadata: {}, sha256: "x", signal };
  for (const objects of [openObjectStore(client, quickS3(bucketTarget(client), send)), openObjectStore(client)]) {
    status = 200;
    requests.length = 0;
    await objects.put(place, Buffer.from("x"), { ...given, only: "absent" });
    await objects.put(place, Buffer.from("x"), { ...given, only: { etag: "abc" } });
    await objects.completeUpload(place, "u", parts, "absent");
    await objects.completeUpload(place, "u", parts, { etag: "abc" });
    await objects.put(place, Buffer.from("x"), given);
    const conditions = requests.map(({ headers }) => headers["if-none-match"] ?? headers["if-match"]);
    // What has no answer in time is sent once more.
    t.deepEqual(
      conditions.filter((one, at) => at === 0 || one !== conditions[at - 1]),
      ["*", "abc", "*", "abc", undefined],
    );
    status = 412;
    await t.throwsAsync(objects.put(place, Buffer.from("x"), { ...given, only: "absent" }), {
      instanceOf: ObjectExists,
    });
    await t.throwsAsync(objects.completeUpload(place, "u", parts, "absent"), { instanceOf: ObjectExists });
    await t.throwsAsync(objects.put(place, Buffer.from("x"), given), { name: "PreconditionFailed" });
    status = 409;
    requests.length = 0;
    await t.throwsAsync(objects.completeUpload(place, "u", parts, "absent"), { message: /the upload starts again/ });
    t.is(requests.at(-1)?.method, "DELETE", "nobody may go on with it");
  }
});
