/** The bucket's side over S3: what `ObjectStore` promises (lambda/src/s3/objects.ts), by both ways of asking. */
import { createHash, randomBytes } from "node:crypto";
import {
  CompleteMultipartUploadCommand,
  CreateMultipartUploadCommand,
  DeleteObjectCommand,
  HeadObjectCommand,
  PutObjectCommand,
  S3ServiceException,
} from "@aws-sdk/client-s3";
import { crc64Sum, sha256Sum } from "../../../lambda/src/aws/checksum.ts";
import type { OpenObject } from "../../../lambda/src/s3/objects.ts";
import { openFreshBucket, ways } from "../clients.ts";
import type { Suite } from "../suite.ts";

const sha256 = (bytes: Uint8Array | string) => createHash("sha256").update(bytes).digest("base64");
const { signal } = new AbortController();
/** S3's least for every part but the last; docs.aws.amazon.com/AmazonS3/latest/userguide/qfacts.html */
const leastPart = 5 * 1024 * 1024;

const read = async (object: OpenObject | undefined): Promise<Buffer | undefined> => {
  if (object === undefined) return undefined;
  const chunks: Buffer[] = [];
  for await (const chunk of object.body) chunks.push(Buffer.from(chunk));
  return Buffer.concat(chunks);
};

const collect = async <T>(pages: AsyncIterable<readonly T[]>): Promise<T[]> => {
  const all: T[] = [];
  for await (const page of pages) all.push(...page);
  return all;
};

const isRefused = { instanceOf: S3ServiceException };

export function objectsSuite({ test, testOf }: Suite): void {
  for (const way of ways) {
    test(`an object is read as it was put, from any offset, with its version, time and metadata (${way})`, async (t, emulator) => {
      const { name: bucket, store, s3 } = await openFreshBucket(emulator, way);
      for (const key of ["plain.txt", "out/ümläut ☃+&=%20.txt", "a//b", "quote'\"<>.txt"]) {
        const body = randomBytes(200_000);
        const place = { bucket, key };
        await store.put(place, body, { metadata: { origin: "us@partner" }, sha256: sha256(body), signal });
        const { VersionId } = await s3.send(new HeadObjectCommand({ Bucket: bucket, Key: key }));
        const whole = await store.get(place, { signal });
        t.is(whole?.size, body.byteLength, key);
        t.is(whole?.versionId, VersionId, key);
        t.is(whole?.identity, VersionId);
        t.is(whole?.etag, createHash("md5").update(body).digest("hex"));
        t.deepEqual({ ...whole?.metadata }, { origin: "us@partner" });
        t.true(Math.abs((whole?.lastModified ?? 0) - Date.now()) < 60_000);
        t.true((await read(whole))?.equals(body), key);
        const rest = await store.get(place, { signal, offset: 150_001 });
        t.is(rest?.size, body.byteLength, "the size is the object's, not the rest's");
        t.true((await read(rest))?.equals(body.subarray(150_001)));
        t.deepEqual((await store.head(place))?.identity, VersionId);
      }
    });

    test(`a version is removed so that nothing of it stays, and one that is gone is no error (${way})`, async (t, emulator) => {
      const { name: bucket, store, s3 } = await openFreshBucket(emulator, way);
      const place = { bucket, key: "staging/x" };
      const { VersionId } = await s3.send(new PutObjectCommand({ Bucket: bucket, Key: place.key, Body: "first" }));
      await store.remove(place, VersionId);
      t.is(await store.get(place, { signal, versionId: VersionId }), undefined);
      await store.remove(place, VersionId);
      await store.remove(place);
      t.is(await store.head(place), undefined);
    });

    test(`a version is read although a newer one is there, and after the object is deleted (${way})`, async (t, emulator) => {
      const { name: bucket, store, s3 } = await openFreshBucket(emulator, way);
      const place = { bucket, key: "a.txt" };
      const put = async (Body: string) =>
        (await s3.send(new PutObjectCommand({ Bucket: bucket, Key: "a.txt", Body }))).VersionId;
      const one = await put("first");
      await put("second");
      t.is((await read(await store.get(place, { signal, versionId: one })))?.toString(), "first");
      t.is((await read(await store.get(place, { signal })))?.toString(), "second");
      await s3.send(new DeleteObjectCommand({ Bucket: bucket, Key: "a.txt" }));
      t.is(await store.get(place, { signal }), undefined, "deleted");
      t.is(await store.head(place), undefined);
      t.is((await read(await store.get(place, { signal, versionId: one })))?.toString(), "first");
      t.is((await store.head(place, one))?.size, 5);
    });

    test(`what isn't there is missing, and a bucket that isn't there is an error (${way})`, async (t, emulator) => {
      const { name: bucket, store } = await openFreshBucket(emulator, way);
      t.is(await store.get({ bucket, key: "nothing" }, { signal }), undefined);
      t.is(await store.head({ bucket, key: "nothing" }), undefined);
      await t.throwsAsync(store.get({ bucket: `${bucket}-gone`, key: "a" }, { signal }), isRefused);
    });

    test(`an object that was replaced isn't read on (${way})`, async (t, emulator) => {
      const { name: bucket, store, s3 } = await openFreshBucket(emulator, way, { versioned: false });
      const place = { bucket, key: "a.txt" };
      await s3.send(new PutObjectCommand({ Bucket: bucket, Key: "a.txt", Body: "first" }));
      const { etag = "" } = (await store.head(place)) ?? {};
      await s3.send(new PutObjectCommand({ Bucket: bucket, Key: "a.txt", Body: "other" }));
      await t.throwsAsync(store.get(place, { signal, etag, offset: 2 }), isRefused);
      const now = await store.head(place);
      t.regex(now?.identity ?? "", /^[0-9a-f]{32}@/, "without versions the ETag and the time name it");
    });

    test(`an upload in parts is resumed and shows nothing before it is complete (${way})`, async (t, emulator) => {
      const { name: bucket, store } = await openFreshBucket(emulator, way);
      const place = { bucket, key: "in/large ☃.bin" };
      const body = randomBytes(leastPart + 1_000);
      const { uploadId, repeated } = await store.createUpload(place, { origin: "us" });
      t.false(repeated);
      const put = (number: number, bytes: Buffer) =>
        store.uploadPart(place, uploadId, number, bytes, crc64Sum(bytes), signal);
      const first = await put(1, body.subarray(0, leastPart));
      t.is(await store.head(place), undefined);
      const listed = await store.listParts(place, uploadId);
      t.deepEqual(
        listed?.map(({ number, size, etag }) => ({ number, size, etag })),
        [{ number: 1, size: leastPart, etag: first.etag }],
      );
      const second = await put(2, body.subarray(leastPart));
      t.truthy(await store.completeUpload(place, uploadId, [first, second]));
      const object = await store.get(place, { signal });
      t.true((await read(object))?.equals(body));
      t.deepEqual({ ...object?.metadata }, { origin: "us" });
    });
  }

  test("an upload that an earlier version began, with SHA-256s, goes on with these", async (t, emulator) => {
    for (const way of ways) {
      const { name: bucket, store, s3 } = await openFreshBucket(emulator, way);
      const place = { bucket, key: "in/a.bin" };
      const { UploadId = "" } = await s3.send(
        new CreateMultipartUploadCommand({ Bucket: bucket, Key: place.key, ChecksumAlgorithm: "SHA256" }),
      );
      const bytes = randomBytes(leastPart + 10);
      const put = (number: number, body: Buffer) =>
        store.uploadPart(place, UploadId, number, body, sha256Sum(body), signal);
      await put(1, bytes.subarray(0, leastPart));
      const [first] = (await store.listParts(place, UploadId)) ?? [];
      if (!first) return t.fail();
      // moto doesn't tell it; AWS wants it.
      const known = { ...first, sum: sha256Sum(bytes.subarray(0, leastPart)) };
      t.truthy(await store.completeUpload(place, UploadId, [known, await put(2, bytes.subarray(leastPart))]));
      t.true((await read(await store.get(place, { signal })))?.equals(bytes));
    }
  });

  test("uploads are found and aborted; one that is gone is told as gone", async (t, emulator) => {
    const { name: bucket, store } = await openFreshBucket(emulator);
    const place = { bucket, key: "in/a.bin" };
    const { uploadId } = await store.createUpload(place, {});
    const beside = await store.createUpload({ bucket, key: "other/a.bin" }, {});
    const [found, ...more] = await collect(store.listUploads(bucket, "in/"));
    t.deepEqual(more, []);
    t.is(found?.uploadId, uploadId);
    t.is(found?.key, "in/a.bin");
    await store.abortUpload(place, uploadId);
    await store.abortUpload(place, uploadId);
    t.is(await store.listParts(place, uploadId), undefined);
    t.deepEqual(
      (await collect(store.listUploads(bucket, ""))).map((one) => one.uploadId),
      [beside.uploadId],
    );
  });

  testOf("tells when uploads were begun", "the time at which an upload was begun is told", async (t, emulator) => {
    const { name: bucket, store } = await openFreshBucket(emulator);
    await store.createUpload({ bucket, key: "a" }, {});
    const [found] = await collect(store.listUploads(bucket, ""));
    t.true(Math.abs((found?.begun ?? 0) - Date.now()) < 60_000);
  });

  testOf("knows that an upload is gone", "an upload that is gone isn't completed", async (t, emulator) => {
    const { name: bucket, store } = await openFreshBucket(emulator);
    const place = { bucket, key: "in/a.bin" };
    const { uploadId } = await store.createUpload(place, {});
    const part = await store.uploadPart(place, uploadId, 1, Buffer.from("abc"), crc64Sum(Buffer.from("abc")), signal);
    await store.abortUpload(place, uploadId);
    t.is(await store.completeUpload(place, uploadId, [part]), undefined);
  });

  testOf(
    "refuses small parts",
    "an upload whose parts are smaller than S3 wants them isn't completed",
    async (t, emulator) => {
      const { name: bucket, store } = await openFreshBucket(emulator);
      const place = { bucket, key: "in/a.bin" };
      const { uploadId } = await store.createUpload(place, {});
      const put = (number: number, bytes: Buffer) =>
        store.uploadPart(place, uploadId, number, bytes, crc64Sum(bytes), signal);
      const parts = [await put(1, Buffer.alloc(leastPart - 1)), await put(2, Buffer.from("rest"))];
      await t.throwsAsync(store.completeUpload(place, uploadId, parts), { name: "EntityTooSmall" });
    },
  );

  testOf("lists checksums of parts", "a part's checksum is there for whoever goes on", async (t, emulator) => {
    const { name: bucket, store } = await openFreshBucket(emulator);
    const place = { bucket, key: "in/a.bin" };
    const { uploadId } = await store.createUpload(place, {});
    const part = await store.uploadPart(place, uploadId, 1, Buffer.from("abc"), crc64Sum(Buffer.from("abc")), signal);
    t.deepEqual(await store.listParts(place, uploadId), [part]);
  });

  testOf(
    "holds uploads to their checksums",
    "a part with another kind of checksum than its upload's, or with a wrong one, is refused, and so is an object with another than its bytes'",
    async (t, emulator) => {
      const { name: bucket, store, s3 } = await openFreshBucket(emulator);
      const place = { bucket, key: "in/a.bin" };
      const { uploadId } = await store.createUpload(place, {});
      const bytes = Buffer.from("abc");
      for (const sum of [sha256Sum(bytes), crc64Sum(Buffer.from("abd"))])
        await t.throwsAsync(store.uploadPart(place, uploadId, 1, bytes, sum, signal), isRefused);
      const { etag, sum } = await store.uploadPart(place, uploadId, 1, bytes, crc64Sum(bytes), signal);
      const named = { Bucket: bucket, Key: place.key, UploadId: uploadId };
      const MultipartUpload = { Parts: [{ PartNumber: 1, ETag: etag }] };
      const wrong = { ...named, MultipartUpload, ChecksumCRC64NVME: "rosUhgp5mIg=" };
      await t.throwsAsync(s3.send(new CompleteMultipartUploadCommand(wrong)), { name: "BadDigest" });
      t.truthy(await store.completeUpload(place, uploadId, [{ number: 1, etag, size: 3, sum }]));
      const { ChecksumCRC64NVME, ChecksumType } = await s3.send(
        new HeadObjectCommand({ Bucket: bucket, Key: place.key, ChecksumMode: "ENABLED" }),
      );
      t.deepEqual({ crc64nvme: ChecksumCRC64NVME, ChecksumType }, { ...sum, ChecksumType: "FULL_OBJECT" });
    },
  );

  testOf("refuses wrong checksums", "a body that isn't what its checksum says is refused", async (t, emulator) => {
    for (const way of ways) {
      const { name: bucket, store } = await openFreshBucket(emulator, way);
      const options = { metadata: {}, sha256: sha256("another"), signal };
      await t.throwsAsync(store.put({ bucket, key: "a" }, Buffer.from("one"), options), isRefused);
      t.is(await store.head({ bucket, key: "a" }), undefined);
    }
  });

  test("more than a page is listed, in order, from behind a key, and below the prefix alone", async (t, emulator) => {
    const { name: bucket, store, s3 } = await openFreshBucket(emulator);
    const keys = Array.from({ length: 45 }, (_, index) => `out/${String(index).padStart(3, "0")} ü.txt`);
    await Promise.all(
      [...keys, "output/x", "a"].map((Key) => s3.send(new PutObjectCommand({ Bucket: bucket, Key, Body: "x" }))),
    );
    const names = async (options?: { after?: string; pageSize?: number }) =>
      (await collect(store.list(bucket, "out/", options))).map(({ key }) => key);
    t.deepEqual(await names({ pageSize: 10 }), keys);
    t.deepEqual(await names({ pageSize: 10, after: keys[11] ?? "" }), keys.slice(12));
    t.deepEqual(await names(), keys);
    t.deepEqual(await collect(store.list(bucket, "nothing/")), []);
  });

  // docs.aws.amazon.com/AmazonS3/latest/API/API_ListObjectsV2.html, max-keys
  test("a page has 1,000 names at most, whatever is asked for, and none is left out", async (t, emulator) => {
    const { name: bucket, store, s3 } = await openFreshBucket(emulator);
    const put = (index: number) => s3.send(new PutObjectCommand({ Bucket: bucket, Key: `out/${index}`, Body: "x" }));
    for (let from = 0; from < 1_050; from += 50)
      await Promise.all(Array.from({ length: 50 }, (_, index) => put(from + index)));
    const sizes: number[] = [];
    const keys = new Set<string>();
    for await (const page of store.list(bucket, "out/", { pageSize: 5_000 })) {
      sizes.push(page.length);
      for (const { key } of page) keys.add(key);
    }
    t.deepEqual(sizes, [1_000, 50]);
    t.is(keys.size, 1_050);
  });
}
