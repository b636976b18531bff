/** S3 answers 403 for what isn't there to whoever may not list the whole bucket: only a listing can tell. */
import { S3Client, S3ServiceException } from "@aws-sdk/client-s3";
import test, { type ExecutionContext } from "ava";
import { isUnreadable } from "../../../lambda/src/s3/missing.ts";
import { openObjectStore } from "../../../lambda/src/s3/open.ts";
import { answering, credentials } from "../../helpers/aws-answers.ts";

const place = { bucket: "our-bucket", key: "out/a.csv" };
const { signal } = new AbortController();

/** Objects are refused; `listing` is the XML of the answer to a listing, or the status that refuses it too. */
const store = async (t: ExecutionContext, listing: string | number) => {
  const { endpoint, requests } = await answering(t, (request, _body, response) => {
    const isListing = request.url?.includes("prefix=") === true;
    if (isListing && typeof listing === "string") return response.writeHead(200).end(listing);
    const body = "<Error><Code>AccessDenied</Code><Message>no</Message></Error>";
    return response.writeHead(isListing ? Number(listing) : 403).end(request.method === "HEAD" ? "" : body);
  });
  const client = new S3Client({ endpoint, region: "eu-central-1", forcePathStyle: true, credentials, maxAttempts: 1 });
  return { objects: openObjectStore(client), requests };
};

const contents = (...keys: string[]) =>
  `<ListBucketResult>${keys.map((key) => `<Contents><Key>${key}</Key><Size>1</Size></Contents>`).join("")}</ListBucketResult>`;
const versions = (...all: [key: string, versionId: string][]) =>
  `<ListVersionsResult>${all.map(([key, id]) => `<Version><Key>${key}</Key><VersionId>${id}</VersionId></Version>`).join("")}</ListVersionsResult>`;

for (const [title, listing] of [
  ["nothing", contents()],
  ["only longer names", contents("out/a.csv.old")],
] as const)
  test(`a refused object of which a listing shows ${title} is gone`, async (t) => {
    const { objects, requests } = await store(t, listing);
    t.is(await objects.get(place, { signal }), undefined);
    t.is(await objects.head(place), undefined);
    t.true(
      requests.some(({ url }) => url?.includes("prefix=out%2Fa.csv") === true),
      "of the key, and no more",
    );
  });

for (const [title, listing] of [
  ["that a listing shows", contents("out/a.csv")],
  ["whose listing is refused as well", 403],
  ["whose listing fails", 500],
] as const)
  test(`a refused object ${title} is a refusal`, async (t) => {
    const { objects } = await store(t, listing);
    await t.throwsAsync(objects.get(place, { signal }), { name: "AccessDenied" });
    await t.throwsAsync(objects.head(place));
  });

test("of versions, those of the key itself count", async (t) => {
  const versioned = { signal, versionId: "v1" };
  const gone = await store(t, versions(["out/a.csv", "v2"], ["out/a.csv.old", "v1"]));
  t.is(await gone.objects.get(place, versioned), undefined);
  const there = await store(t, versions(["out/a.csv", "v2"], ["out/a.csv", "v1"]));
  await t.throwsAsync(there.objects.get(place, versioned), { name: "AccessDenied" });
});

test("what is gone, refused, archived or another object can't be read; what may be answered later can", (t) => {
  const answer = (httpStatusCode: number, name = "Error") =>
    new S3ServiceException({ name, $fault: "client", $metadata: { httpStatusCode } });
  for (const status of [403, 404, 405, 412, 416]) t.true(isUnreadable(answer(status)), String(status));
  for (const status of [400, 409, 429, 500, 503]) t.false(isUnreadable(answer(status)), String(status));
  t.false(isUnreadable(answer(404, "NoSuchBucket")), "a bucket that is gone is to be told of");
  t.false(isUnreadable(new Error("socket hang up")));
});
