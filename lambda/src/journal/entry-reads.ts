import type { Direction } from "../config/types.ts";
import type { Log } from "../telemetry/types.ts";
import { asEntry, type Entry, failedStreamOf, openStreamOf } from "./entry.ts";
import type { Item, Key, Table } from "./table.ts";

/** The journal's looks at its entries. `log` is told of items that are no entries of ours where one should be. */
export const createReads = (table: Table, log: Log | undefined) => {
  /** The item as an entry; one that is none is told of, and otherwise as good as absent. */
  const entryOf = (item: Item | undefined): Entry | undefined => {
    const entry = asEntry(item);
    if (item && !entry) {
      log?.warn(
        "An item of the journal is damaged or foreign; it is ignored, and replaced when its file is known again",
        {
          pk: item.pk,
          sk: item.sk,
        },
      );
    }
    return entry;
  };

  const looks = {
    /** The entry as it is now. */
    async read(key: Key): Promise<Entry | undefined> {
      return entryOf(await table.get(key));
    },

    async readMany(keys: readonly Key[]): Promise<Entry[]> {
      return (await table.getMany(keys)).map(entryOf).filter((entry) => entry !== undefined);
    },

    /** Entries of a directory by these names: of many thousands that it may have had, those that are there now. */
    async named(pk: string, names: readonly string[]): Promise<Map<string, Entry>> {
      const entries = new Map<string, Entry>();
      const keys = [...new Set(names)].map((sk) => ({ pk, sk }));
      for (const entry of (await table.getMany(keys)).map(entryOf)) if (entry) entries.set(entry.sk, entry);
      return entries;
    },

    /** All entries of a directory, by name. */
    async directory(pk: string): Promise<Map<string, Entry>> {
      const entries = new Map<string, Entry>();
      for await (const page of table.query(pk)) {
        for (const entry of page.map(entryOf)) if (entry) entries.set(entry.sk, entry);
      }
      return entries;
    },

    /** Open entries of a stream, oldest first, as far as the index knows: only what the index projects, `limit` a page. */
    open: (direction: Direction, stream: string, limit?: number): AsyncIterable<readonly Item[]> =>
      table.queryOpen(openStreamOf(direction, stream), limit),
    /** Open entries of a stream that fall due until then, in that order, as far as the index knows: keys and times only. */
    due: (direction: Direction, stream: string, until: number): AsyncIterable<readonly Item[]> =>
      table.queryDue(openStreamOf(direction, stream), until),
    failed: (direction: Direction, stream: string, limit?: number): AsyncIterable<readonly Item[]> =>
      table.queryOpen(failedStreamOf(direction, stream), limit),
    everythingOpen: (): AsyncIterable<readonly Item[]> => table.scanOpen(),
  };
  return { entryOf, looks };
};
