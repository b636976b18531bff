/** Which connection of a drain a file moves over: each carries about the same where there are several. */
import type { Entry } from "../journal/entry.ts";
import type { Remote } from "../sftp/remote.ts";
import type { Work } from "./work.ts";

/** A file's requests take the place of so many bytes. */
const perFile = 64 * 1024;

interface Place {
  readonly remote: Remote;
  /** The file is done. */
  leave(): void;
}

/**
 * Shares files out among a drain's connections, and has further ones made when there is enough under way for them. Files that
 * are written under their final names stay on the drain's own: there is no name by which a late WRITE could be kept away
 * from them.
 */
export const shareOut = ({
  remote: own,
  extra,
  far,
  partner: { streams, maxConnections },
}: Pick<Work, "remote" | "extra" | "far" | "partner">) => {
  const direct = new Set(streams.filter(({ push }) => push?.upload === "direct").map(({ name }) => name));
  const loads = new Map<Remote, number>();
  let underWay = 0;
  const loadOf = (remote: Remote) => loads.get(remote) ?? 0;

  return {
    place({ stream, direction, source }: Pick<Entry, "stream" | "direction" | "source">): Place {
      const bytes = perFile + (source.size ?? 0);
      underWay += bytes;
      let remote = own;
      const mayMove = far && maxConnections > 1 && !(direction === "push" && direct.has(stream));
      if (mayMove) {
        extra.recruit(underWay, () => {});
        for (const other of extra.remotes) if (loadOf(other) < loadOf(remote)) remote = other;
      }
      loads.set(remote, loadOf(remote) + bytes);
      return {
        remote,
        leave() {
          underWay -= bytes;
          loads.set(remote, loadOf(remote) - bytes);
        },
      };
    },
  };
};
