// The files that the demo moves, and how each is put in place and seen to arrive.
import { createHash } from "node:crypto";
import { GetObjectCommand, NoSuchKey, PutObjectCommand, type S3Client } from "@aws-sdk/client-s3";
import type { Partners } from "../../test/stack/complete.ts";
import { placeOf } from "../../test/stack/places.ts";

/** A file on its way: `put` lays it down at the source, `arrived` gives its content at the destination, if it is there. */
export type Journey = {
  readonly stream: string;
  readonly direction: "S3 → SFTP" | "SFTP → S3";
  readonly name: string;
  readonly content: Buffer;
  readonly put: () => Promise<void>;
  readonly arrived: () => Promise<Buffer | undefined>;
};

/** By stream, the addresses that the example puts out. */
export type Places = Readonly<Record<string, { readonly push: string; readonly pull: string }>>;

/** An order for `stream`, larger than what is left of a disk that is full. */
export function order(s3: S3Client, places: Places, partners: Partners, stream: "acme" | "globex"): Journey {
  const folder = stream === "acme" ? "inbox" : "incoming/orders";
  const content = randomBytes("order", 184_320);
  return push(s3, places, stream, partners[stream].files, folder, "order-at-night.csv", content);
}

function push(
  s3: S3Client,
  places: Places,
  stream: string,
  files: Partners["acme"]["files"],
  folder: string,
  name: string,
  content: Buffer,
): Journey {
  const { bucket, prefix } = placeOf(places[stream]?.push);
  const path = `${folder}/${name}`;
  return {
    stream,
    direction: "S3 → SFTP",
    name,
    content,
    put: async () => {
      await s3.send(new PutObjectCommand({ Bucket: bucket, Key: prefix + name, Body: content }));
    },
    arrived: async () => (files.exists(path) ? files.read(path) : undefined),
  };
}

/** A handful of files for each partner and direction, with names as partners really have them. */
export function journeys(s3: S3Client, places: Places, { acme, globex }: Partners): Journey[] {
  const pull = (
    stream: string,
    files: Partners["acme"]["files"],
    folder: string,
    name: string,
    content: Buffer,
  ): Journey => {
    const { bucket, prefix } = placeOf(places[stream]?.pull);
    return {
      stream,
      direction: "SFTP → S3",
      name,
      content,
      put: async () => files.write(`${folder}/${name}`, content),
      arrived: () => objectAt(s3, bucket, prefix + name),
    };
  };
  return [
    push(s3, places, "acme", acme.files, "inbox", "invoice-4711.pdf", randomBytes("invoice", 184_320)),
    push(
      s3,
      places,
      "acme",
      acme.files,
      "inbox",
      "2026/Prüfbericht Nr. 7 (100 %) + Anhang.txt",
      Buffer.from("Names keep their spaces, umlauts, + and %.\n"),
    ),
    push(s3, places, "acme", acme.files, "inbox", "2026/catalogue.bin", randomBytes("catalogue", 20 * 1024 * 1024)),
    push(
      s3,
      places,
      "globex",
      globex.files,
      "incoming/orders",
      "orders-0815.csv",
      Buffer.from("article,pieces\nA-1,12\nB-7,3\n"),
    ),
    pull("acme", acme.files, "outbox", "delivery-note-17.xml", Buffer.from("<note>17</note>\n")),
    pull("acme", acme.files, "outbox", "archive/2026/prices.bin", randomBytes("prices", 5 * 1024 * 1024)),
    pull("globex", globex.files, "outgoing", "report #3.csv", Buffer.from("day,turnover\n2026-01-02,1200\n")),
  ];
}

async function objectAt(s3: S3Client, bucket: string, key: string): Promise<Buffer | undefined> {
  try {
    const { Body } = await s3.send(new GetObjectCommand({ Bucket: bucket, Key: key }));
    return Buffer.from((await Body?.transformToByteArray()) ?? []);
  } catch (error) {
    if (error instanceof NoSuchKey) return undefined;
    throw error;
  }
}

/** Bytes that are the same in every run, so that a run can be compared with the one before. */
function randomBytes(seed: string, length: number): Buffer {
  const block = 1024 * 1024;
  const chunk = Buffer.concat(
    Array.from({ length: block / 32 }, (_, index) => createHash("sha256").update(`${seed}${index}`).digest()),
  );
  return Buffer.concat(Array.from({ length: Math.ceil(length / block) }, () => chunk)).subarray(0, length);
}
