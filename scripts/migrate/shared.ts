/** Streams of one partner share its connections here, and so how these are made: the original had a connection for each. */
import { isDeepStrictEqual } from "node:util";
import type { Body } from "./hcl.ts";
import type { OriginalStream } from "./original.ts";
import type { Migrated } from "./stream.ts";

/** By field of `sftp`, the fields of sftpConfig that it is made of. */
const fields = {
  private_key: ["privateKey", "s3PrivateKey"],
  passphrase: ["passphrase"],
  password: ["password"],
} as const;

/** Later streams of a partner take the settings of its first one; what differed is told. */
export const sharePartners = (
  streams: readonly Migrated[],
  originals: readonly OriginalStream[],
): readonly Migrated[] => {
  const given = new Map(originals.map(({ name, sftpConfig }) => [name, sftpConfig]));
  const firsts = new Map<string, Migrated>();
  return streams.map((stream) => {
    const first = firsts.get(stream.partner);
    if (first === undefined) {
      firsts.set(stream.partner, stream);
      return stream;
    }
    const [own, shared] = [stream.body["sftp"] as Body, first.body["sftp"] as Body];
    const [mine, theirs] = [given.get(stream.original), given.get(first.original)];
    const differing = [
      ...Object.values(fields)
        .flat()
        .filter((field) => (mine?.[field] || undefined) !== (theirs?.[field] || undefined))
        .map((field) => `sftpConfig.${field}`),
      ...(isDeepStrictEqual(own["options"], shared["options"]) ? [] : ["further options of sftpConfig"]),
    ];
    const sftp = {
      ...own,
      ...Object.fromEntries([...Object.keys(fields), "options"].map((field) => [field, shared[field]])),
    };
    return {
      ...stream,
      body: { ...stream.body, sftp },
      stored: new Map(),
      left:
        differing.length === 0
          ? stream.left
          : [
              ...stream.left,
              `${differing.join(", ")}: other than those of ${JSON.stringify(first.original)}, which are used here, as streams of one partner share its connections. If they have to differ, ask the partner for a user of its own.`,
            ],
    };
  });
};
