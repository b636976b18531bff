/**
 * Archives of a stream whose files could lie in each other's places: one of them puts its files at a time, so that the other one finds
 * them and is given up with words. Who is about to put files says so in its entry, then asks for its directory by an item of its own,
 * and only then looks at the others': so of two that do so in the same moment at least one sees the other.
 */
import { createLimiter } from "../concurrency/limiter.ts";
import { type Entry, isOpen } from "../journal/entry.ts";
import { claimName, isOwn, otherOwner } from "../journal/name-claims.ts";
import type { PullContext } from "./context.ts";
import { above } from "./opened-path.ts";

/** Requests at one time. */
const inFlight = 16;

const wishFor = (entry: Entry, path: string) => ({
  entry,
  path,
  destination: "",
  room: "unpacked" as const,
  isHeldBy: (owner: Entry) => isOpen(owner) && owner.progress?.claims === true,
});

/** Was the directory asked for by this entry, and by no other since? */
export const isSole = (entry: Entry, directory: string, { table }: Pick<PullContext, "table">): Promise<boolean> =>
  isOwn(table, wishFor(entry, directory));

/** An archive that is being unpacked around, into, or inside of a directory; `isAround` unless it is this very one or inside. */
export interface Rival {
  readonly entry: Entry;
  readonly isAround: boolean;
}

/**
 * Asks for a directory, for an entry that says so already (`claims`). Returns an entry of another archive whose files could meet
 * those of these paths; undefined where there is none.
 */
export const rivalOf = async (
  entry: Entry,
  directory: string,
  paths: readonly string[],
  { table, journal, clock, nonce }: Pick<PullContext, "table" | "journal" | "clock" | "nonce">,
): Promise<Rival | undefined> => {
  const deps = { table, journal, now: clock.wall, nonce };
  const owner = await claimName(wishFor(entry, directory), deps);
  if (owner) return { entry: owner, isAround: false };
  const inside = new Set(paths.flatMap(above));
  const looks = createLimiter(inFlight);
  let found: Rival | undefined;
  const ask = (path: string, isAround: boolean) =>
    looks.add(async () => {
      if (found !== undefined) return;
      const other = await otherOwner(wishFor(entry, path), deps);
      if (other) found = { entry: other, isAround };
    });
  for (const path of above(directory.replace(/\/$/, ""))) await ask(`${path}/`, true);
  for (const path of inside) await ask(`${directory}${path}/`, false);
  await looks.all();
  return found;
};
