/** How much of a partner's tree a poll looks at: a server can make up names for ever. Each limit has its words. */
import type { PullConfig } from "../config/types.ts";
import { entryKey } from "../journal/entry.ts";
import { bytesOf, joinRemote, maxKeyBytes } from "../transfer/paths.ts";
import { archiveAmong } from "./archive-place.ts";

export interface WalkLimits {
  /** Directories that lie in one another. */
  readonly depth: number;
  /** Directories in one poll, all of its parts together. */
  readonly directories: number;
  /** Names in one poll, whatever they are, all of its parts together. */
  readonly names: number;
  /** Characters of the paths of directories that wait to be listed. */
  readonly waiting: number;
  /** Time that the listing of one directory may take. Milliseconds. */
  readonly listingMs: number;
  /** Why a directory can't have files that can be pulled; undefined if it can. */
  readonly faultOf?: (directory: string) => string | undefined;
}

export const defaultWalkLimits: WalkLimits = {
  depth: 64,
  directories: 50_000,
  names: 1_000_000,
  waiting: 16 * 1024 * 1024,
  listingMs: 300_000,
};

/** What was listed so far, over all parts of a poll. */
export interface WalkCounts {
  directories: number;
  names: number;
  /** New files that were made known, where that is limited. */
  files?: number;
}

/** What a partner or a user can do about a limit. */
export const remedies = {
  depth: "Have the partner flatten the tree, or let another stream's pull.sftp point further down",
  directories: "Have the partner remove what is empty or old, or give parts of the tree a stream of their own",
  names: "Have the partner remove what isn't needed there, or give parts of the tree a stream of their own",
  listing: "See why the partner's server is that slow, or have it spread the files over several directories",
} as const;

/** Of a partition key of DynamoDB: https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Constraints.html */
const maxPartitionBytes = 2048;

/** For the directories of one stream: why their files can't be pulled, since none fits into a key of S3 or of the journal, or since they may be in the archive. */
export const directoryFault = (stream: string, pull: PullConfig) => {
  const { prefix, directory: root, name } = pull;
  const archive = archiveAmong(pull);
  return (directory: string): string | undefined => {
    const spelling = archive.fault(directory);
    if (spelling !== undefined) return spelling;
    // What a template makes of a path is known once it is made.
    const key = name === undefined ? bytesOf(prefix) + bytesOf(directory) + 2 : 0;
    if (key > maxKeyBytes)
      return `has files whose S3 keys would have ${key} bytes and more; S3 allows ${maxKeyBytes}. Shorten its path or the stream's prefix`;
    const partition = bytesOf(entryKey("pull", stream, joinRemote(joinRemote(root, directory), "x")).pk);
    if (partition > maxPartitionBytes)
      return `has a path of which the journal's key would have ${partition} bytes; DynamoDB allows ${maxPartitionBytes}. Shorten its path`;
    return undefined;
  };
};
