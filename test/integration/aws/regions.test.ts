/** Buckets in other regions, against a server that answers as S3 does to a request that is signed for the wrong one. */
import { createHash } from "node:crypto";
import type { IncomingMessage, ServerResponse } from "node:http";
import { S3Client } from "@aws-sdk/client-s3";
import test, { type ExecutionContext } from "ava";
import { crc64Sum } from "../../../lambda/src/aws/checksum.ts";
import { bucketRegions, sendByRegion } from "../../../lambda/src/aws/regions.ts";
import { quickS3 } from "../../../lambda/src/aws/s3.ts";
import { bucketTarget } from "../../../lambda/src/aws/sdk/s3.ts";
import { openObjectStore } from "../../../lambda/src/s3/open.ts";
import { answering, credentials } from "../../helpers/aws-answers.ts";

const { signal } = new AbortController();
const homes: Readonly<Record<string, string>> = { near: "eu-central-1", far: "ap-southeast-2", farther: "sa-east-1" };
const signedFor = ({ headers }: IncomingMessage): string => headers.authorization?.split("/")[2] ?? "";
const bucketOf = ({ url = "" }: IncomingMessage): string => url.split(/[/?]/)[1] ?? "";

type Refusal = (home: string, request: IncomingMessage, response: ServerResponse) => void;

/** https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html: PermanentRedirect, AuthorizationHeaderMalformed */
const refusals: Readonly<Record<string, Refusal>> = {
  "301 with the region": (home, { method }, response) =>
    response
      .writeHead(301, { "x-amz-bucket-region": home, "content-type": "application/xml" })
      .end(method === "HEAD" ? undefined : "<Error><Code>PermanentRedirect</Code></Error>"),
  "307 with the region": (home, { method }, response) =>
    response
      .writeHead(307, { "x-amz-bucket-region": home, "content-type": "application/xml" })
      .end(method === "HEAD" ? undefined : "<Error><Code>TemporaryRedirect</Code></Error>"),
  "400, the region in the body": (home, { method }, response) =>
    // A HEAD has no body, and so tells it in the header.
    response
      .writeHead(400, { "content-type": "application/xml", ...(method === "HEAD" && { "x-amz-bucket-region": home }) })
      .end(
        method === "HEAD"
          ? undefined
          : `<Error><Code>AuthorizationHeaderMalformed</Code><Region>${home}</Region></Error>`,
      ),
};

const answers = (request: IncomingMessage, response: ServerResponse): void => {
  const { method, url = "" } = request;
  const xml = (body: string) => response.writeHead(200, { "content-type": "application/xml", etag: '"e"' }).end(body);
  if (url.includes("uploads")) return void xml("<R><UploadId>u</UploadId></R>");
  if (method === "POST")
    return void xml("<CompleteMultipartUploadResult><ETag>e</ETag></CompleteMultipartUploadResult>");
  if (url.includes("list-type=2")) return void xml("<R><Contents><Key>x</Key><Size>1</Size></Contents></R>");
  if (method === "PUT") return void response.writeHead(200, { etag: '"e"' }).end();
  if (method === "DELETE") return void response.writeHead(204).end();
  const content = `in ${bucketOf(request)}`;
  response
    .writeHead(200, { etag: '"e"', "last-modified": new Date(0).toUTCString(), "content-length": content.length })
    .end(method === "GET" ? content : undefined);
};

const storeOn = async (t: ExecutionContext, refuse: Refusal, withQuick: boolean, owners?: Map<string, string>) => {
  const { endpoint, send, requests } = await answering(t, (request, _body, response) => {
    const home = homes[bucketOf(request)] ?? "";
    // Late, so that requests overlap.
    setTimeout(
      () => (signedFor(request) === home ? answers(request, response) : refuse(home, request, response)),
      Math.random() * 20,
    );
  });
  const make = (region = "eu-central-1") =>
    new S3Client({ endpoint, region, forcePathStyle: true, credentials, maxAttempts: 1 });
  const regions = bucketRegions();
  const home = make();
  const store = openObjectStore(
    sendByRegion(home, make, regions, owners),
    withQuick ? quickS3(bucketTarget(home), send, regions, owners) : undefined,
  );
  return { store, requests };
};

type Store = Awaited<ReturnType<typeof storeOn>>["store"];

const read = async (store: Store, bucket: string): Promise<string> => {
  const object = await store.get({ bucket, key: "x" }, { signal });
  const chunks: Uint8Array[] = [];
  for await (const chunk of object?.body ?? []) chunks.push(chunk);
  return Buffer.concat(chunks).toString();
};

/** Everything that the bridge asks of a bucket. */
const everything = async (t: ExecutionContext, store: Store, bucket: string) => {
  const place = { bucket, key: "x" };
  const body = Buffer.from("y");
  const sha256 = createHash("sha256").update(body).digest("base64");
  t.is(await read(store, bucket), `in ${bucket}`);
  t.is((await store.head(place))?.etag, "e");
  await store.put(place, body, { metadata: {}, sha256, signal });
  const { uploadId } = await store.createUpload(place, {});
  const part = await store.uploadPart(place, uploadId, 1, body, crc64Sum(body), signal);
  t.truthy(await store.completeUpload(place, uploadId, [part]));
  await store.abortUpload(place, uploadId);
  for await (const page of store.list(bucket, "")) t.is(page.length, 1);
};

for (const [what, refuse] of Object.entries(refusals))
  for (const withQuick of [true, false])
    test(`${what}: a bucket elsewhere is used as one at home, ${withQuick ? "by direct requests" : "by the SDK"}`, async (t) => {
      const { store } = await storeOn(t, refuse, withQuick);
      for (const bucket of Object.keys(homes)) await everything(t, store, bucket);
    });

/** https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucket-owner-condition.html */
for (const withQuick of [true, false])
  test(`each request says whose its bucket has to be, ${withQuick ? "by direct requests" : "by the SDK"}`, async (t) => {
    const owners = new Map(Object.keys(homes).map((bucket, i) => [bucket, `${i}`.repeat(12)]));
    const { store, requests } = await storeOn(t, refusals["301 with the region"] as Refusal, withQuick, owners);
    for (const bucket of Object.keys(homes)) {
      await everything(t, store, bucket);
      for await (const page of store.listUploads(bucket, "")) t.is(page.length, 0);
      // What the answer isn't, doesn't matter here.
      await store.listParts({ bucket, key: "x" }, "u").catch(() => {});
    }
    t.true(requests.length >= 27);
    for (const request of requests)
      t.is(
        request.headers["x-amz-expected-bucket-owner"],
        owners.get(bucketOf(request)),
        `${request.method} ${request.url}`,
      );
    owners.clear();
    await everything(t, store, "near");
    t.is(requests.at(-1)?.headers["x-amz-expected-bucket-owner"], undefined);
  });

for (const withQuick of [true, false])
  test(`a bucket of somebody else's is refused with whose it has to be, ${withQuick ? "by direct requests" : "by the SDK"}`, async (t) => {
    const { endpoint, send } = await answering(t, (request, _body, response) =>
      response
        .writeHead(403, { "content-type": "application/xml" })
        .end(
          request.method === "HEAD"
            ? undefined
            : "<Error><Code>AccessDenied</Code><Message>Access Denied</Message></Error>",
        ),
    );
    const make = () => new S3Client({ endpoint, region: "eu-central-1", forcePathStyle: true, credentials });
    const [regions, owners] = [bucketRegions(), new Map([["near", "123456789012"]])];
    const home = make();
    const store = openObjectStore(
      sendByRegion(home, make, regions, owners),
      withQuick ? quickS3(bucketTarget(home), send, regions, owners) : undefined,
    );
    const said = { message: "Access Denied; near has to be account 123456789012's, see bucket_owner" };
    await t.throwsAsync(store.get({ bucket: "near", key: "x" }, { signal }), said);
    await t.throwsAsync(
      store.put({ bucket: "near", key: "x" }, Buffer.from("y"), { metadata: {}, sha256: "", signal }),
      said,
    );
    // Whose another bucket is isn't compared, so nothing is said of it.
    await t.throwsAsync(store.get({ bucket: "far", key: "x" }, { signal }), { message: "Access Denied" });
  });

test("many requests to buckets of three regions at once all find their way", async (t) => {
  for (const withQuick of [true, false]) {
    const { store } = await storeOn(t, refusals["301 with the region"] as Refusal, withQuick);
    const buckets = Array.from({ length: 90 }, (_, i) => Object.keys(homes)[i % 3] ?? "");
    const got = await Promise.all(buckets.map((bucket) => read(store, bucket)));
    t.deepEqual(
      got,
      buckets.map((bucket) => `in ${bucket}`),
    );
    await Promise.all(Object.keys(homes).map((bucket) => everything(t, store, bucket)));
  }
});

test("only the first request to a bucket elsewhere is sent twice", async (t) => {
  for (const withQuick of [true, false]) {
    const { store, requests } = await storeOn(t, refusals["301 with the region"] as Refusal, withQuick);
    for (let i = 0; i < 5; i++) t.is(await read(store, "far"), "in far");
    await store.head({ bucket: "far", key: "x" });
    t.is(requests.length, 7);
  }
});

test("a bucket that is sent to and fro is an error, and not asked for ever", async (t) => {
  const { endpoint, send, requests } = await answering(t, (request, _body, response) =>
    response
      .writeHead(301, { "x-amz-bucket-region": signedFor(request) === "sa-east-1" ? "eu-west-1" : "sa-east-1" })
      .end("<Error><Code>PermanentRedirect</Code></Error>"),
  );
  const make = (region = "eu-central-1") =>
    new S3Client({ endpoint, region, forcePathStyle: true, credentials, maxAttempts: 1 });
  const regions = bucketRegions();
  const store = openObjectStore(sendByRegion(make(), make, regions), quickS3(bucketTarget(make()), send, regions));
  await t.throwsAsync(read(store, "far"), { name: "PermanentRedirect" });
  t.true(requests.length <= 4, `${requests.length}`);
});
