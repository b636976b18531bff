/** `s3Location` and `sftpLocation` as the module writes places. */

export interface Places {
  /** `bucket` or `bucket/prefix`. */
  readonly s3: string;
  /** Remote directory; empty is the log-in directory. */
  readonly sftp: string;
}

const bucketName = /^[a-z0-9]([a-z0-9-]|\.[a-z0-9]){1,61}[a-z0-9]$/;

/** Both places, or what is wrong with them, which only a person can decide. */
export const placesOf = (s3Location: string, sftpLocation: string): Places | { readonly wrong: string } => {
  const [bucket = "", ...folders] = s3Location.replace(/\/+$/, "").split("/");
  if (!bucketName.test(bucket))
    return { wrong: `s3Location does not begin with a bucket's name. Write "bucket" or "bucket/directory".` };
  if (folders.some((folder) => ["", ".", ".."].includes(folder)))
    return {
      wrong: `s3Location has an empty, "." or ".." directory in it. Name each directory, with one slash between.`,
    };
  const segments = sftpLocation.split("/").filter((segment) => !["", "."].includes(segment));
  if (segments.includes("..")) return { wrong: `sftpLocation has ".." in it. Name the directory itself.` };
  const absolute = sftpLocation.startsWith("/");
  return { s3: [bucket, ...folders].join("/"), sftp: (absolute ? "/" : "") + segments.join("/") };
};

/** Is one of two places, written with slashes between, inside the other, or are they the same? */
export const overlap = (one: string, other: string): boolean => {
  const [a, b] = [one, other].map((place) => `${place.replace(/\/$/, "")}/`) as [string, string];
  return a.startsWith(b) || b.startsWith(a);
};
