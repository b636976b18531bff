import test from "ava";
import type { QuickObject, QuickS3 } from "../../../lambda/src/aws/s3.ts";
import { openObjectStoreLater } from "../../../lambda/src/s3/later.ts";

const place = { bucket: "our-bucket", key: "out/a.csv" };
const { signal } = new AbortController();

async function* bytes() {
  yield Buffer.from("a;b");
}
const found: QuickObject = { head: { ETag: '"e"', ContentLength: 3 }, body: bytes(), discard: () => {} };

/** A store, and who was asked for what. */
const storeWith = (quick: { get?: Awaited<ReturnType<QuickS3["get"]>>; put?: string }) => {
  const asked: string[] = [];
  const client = {
    send: async (command: { constructor: { name: string } }) => {
      asked.push(command.constructor.name);
      return { ETag: '"sdk"', ContentLength: 1, Body: { on: () => {} }, UploadId: "u", $metadata: {} };
    },
  };
  const store = openObjectStoreLater(client as never, {
    get: async () => {
      asked.push("quick get");
      return quick.get;
    },
    put: async () => {
      asked.push("quick put");
      return quick.put;
    },
  });
  return { store, asked };
};
const content = { metadata: {}, sha256: "s", signal };

test("what is answered quickly needs no SDK: an object, none, and one that is put", async (t) => {
  const { store, asked } = storeWith({ get: found, put: '"e"' });
  t.is((await store.get(place, { signal }))?.etag, "e");
  t.is(await storeWith({ get: "missing" }).store.get(place, { signal }), undefined);
  await store.put(place, Buffer.from("a"), content);
  t.deepEqual(asked, ["quick get", "quick put"]);
});

test("what has no sure answer is asked of the SDK, and not quickly once more", async (t) => {
  const { store, asked } = storeWith({});
  t.is((await store.get(place, { signal }))?.etag, "sdk");
  await store.put(place, Buffer.from("a"), content);
  t.deepEqual(asked, ["quick get", "GetObjectCommand", "quick put", "PutObjectCommand"]);
});

test("all other requests are passed on; a part of an upload is put quickly", async (t) => {
  const { store, asked } = storeWith({ put: '"part"' });
  t.is((await store.head(place))?.etag, "sdk");
  await store.remove(place);
  for await (const page of store.list("our-bucket", "out/")) t.deepEqual(page, []);
  t.is((await store.createUpload(place, {})).uploadId, "u");
  t.is((await store.uploadPart(place, "u", 1, Buffer.from("a"), { sha256: "s" }, signal)).etag, '"part"');
  t.deepEqual(await store.listParts(place, "u"), []);
  t.is(await store.completeUpload(place, "u", []), "sdk");
  await store.abortUpload(place, "u");
  for await (const page of store.listUploads("our-bucket", "out/")) t.deepEqual(page, []);
  t.deepEqual(
    asked.map((name) => name.replace(/Command$/, "")),
    [
      ...["HeadObject", "DeleteObject", "ListObjectsV2", "CreateMultipartUpload", "quick put", "ListParts"],
      ...["CompleteMultipartUpload", "AbortMultipartUpload", "ListMultipartUploads"],
    ],
  );
});
