// Addresses of the form `s3://bucket/prefix/`, as outputs and people write them.

export type Place = { readonly bucket: string; readonly prefix: string };

/** Parts of an `s3://` address; throws for anything else. */
export function placeOf(address: unknown): Place {
  const match = typeof address === "string" ? /^s3:\/\/([^/]+)\/?(.*)$/.exec(address) : null;
  if (match === null) throw new Error(`not an s3:// address: ${String(address)}`);
  return { bucket: match[1] ?? "", prefix: match[2] ?? "" };
}
