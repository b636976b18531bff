/** What streams can't share, as the module's plan would say it too, and what differs where they meet. */
import { overlap } from "./places.ts";
import type { Migrated } from "./stream.ts";

const pairs = (streams: readonly Migrated[]): readonly (readonly [Migrated, Migrated])[] =>
  streams.flatMap((one, i) => streams.slice(i + 1).map((other) => [one, other] as const));

const remoteRoot = ({ sftp }: Migrated): string => (sftp.startsWith("/") ? sftp : `/~/${sftp}`);

/** Streams of which one's place lies in the other's: files would replace each other, go twice or come back. */
export const overlapsOf = (streams: readonly Migrated[]): readonly string[] =>
  pairs(streams).flatMap(([a, b]) => {
    const names = `streams ${JSON.stringify(a.original)} and ${JSON.stringify(b.original)} overlap`;
    const found: string[] = [];
    if (a.side === "pull" && b.side === "pull" && overlap(a.s3, b.s3))
      found.push(
        `${names}: both are polled into ${JSON.stringify(a.s3)} and ${JSON.stringify(b.s3)}, so files of one name would replace each other. Give each an s3Location that is not inside the other's.`,
      );
    if (a.partner === b.partner && overlap(remoteRoot(a), remoteRoot(b)))
      found.push(
        `${names}: sftpLocation ${JSON.stringify(a.sftp)} (${a.side}) and ${JSON.stringify(b.sftp)} (${b.side}) at ${a.partner}, so files would replace each other, be pulled twice or come back. Give each a directory that is not inside the other's.`,
      );
    return found;
  });

/** Where one stream sends what another fetches: the original never did, since a mark kept objects from being sent. */
export const relaysOf = (streams: readonly Migrated[]): readonly string[] =>
  pairs(streams)
    .flatMap(([a, b]) => [[a, b] as const, [b, a] as const])
    .filter(
      ([from, to]) =>
        from.side === "pull" && to.side === "push" && from.partner !== to.partner && overlap(from.s3, to.s3),
    )
    .map(
      ([from, to]) =>
        `${JSON.stringify(to.original)} sends from where ${JSON.stringify(from.original)} fetches to (${from.s3}). The original didn't send what it had fetched; the bridge does, from partner to partner. If that isn't meant, give one of them another s3Location.`,
    );
