/** Reads a file or an object. */
import { readFile } from "node:fs/promises";
import type { KMSClient } from "@aws-sdk/client-kms";
import { GetObjectCommand, type S3Client } from "@aws-sdk/client-s3";
import { openerFor } from "../../lambda/src/secrets/envelope.ts";

/** The input can't be read. */
export class Unreadable extends Error {
  override readonly name = "Unreadable";
}

export interface Clients {
  readonly s3: () => S3Client;
  readonly kms: () => KMSClient;
}

export interface Source {
  readonly text: string;
  /** Whether it was encrypted on the client, so that no other command can read it. */
  readonly encrypted: boolean;
}

const fromS3 = async (address: string, clients: Clients): Promise<Source> => {
  const [, bucket, key] = /^s3:\/\/([^/]+)\/(.+)$/s.exec(address) ?? [];
  if (bucket === undefined || key === undefined) throw new Error("it has to be s3://bucket/key");
  const { Body, Metadata: metadata = {} } = await clients.s3().send(new GetObjectCommand({ Bucket: bucket, Key: key }));
  const body = (await Body?.transformToByteArray()) ?? new Uint8Array();
  const open = openerFor(metadata);
  if (open === undefined) return { text: new TextDecoder("utf-8", { fatal: true }).decode(body), encrypted: false };
  const text = await open({
    metadata,
    body,
    source: { s3: `${bucket}/${key}` } as never,
    clients: { kms: async () => clients.kms() },
  });
  return { text, encrypted: true };
};

/** The text at `file` or `s3://bucket/key`, decrypted where the original's library encrypted it. Throws Unreadable. */
export const readSource = async (place: string, clients: Clients): Promise<Source> => {
  try {
    if (place.startsWith("s3://")) return await fromS3(place, clients);
    const text = new TextDecoder("utf-8", { fatal: true }).decode(await readFile(place));
    return { text, encrypted: false };
  } catch (error) {
    throw new Unreadable(`${place}: can't be read: ${(error as Error).message}`, { cause: error });
  }
};
