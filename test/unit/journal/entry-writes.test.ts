/** Of an entry only what has changed is sent, where it is known what there is. */
import test from "ava";
import { openJournal } from "../../../lambda/src/journal/journal.ts";
import type { Item, Table } from "../../../lambda/src/journal/table.ts";
import { pulledFile as file } from "../../helpers/journal-file.ts";
import { memoryTable } from "../../helpers/memory-table.ts";

test("what this process wrote last needn't be sent again; what was read, or is a copy of an entry, is written whole", async (t) => {
  const items = new Map<string, Item>();
  const table = memoryTable(items);
  const bases: (string | undefined)[] = [];
  const put: Table["put"] = (item, expect, base) => {
    bases.push(base?.rev);
    return table.put(item, expect, base);
  };
  let count = 0;
  const nonce = () => `r${++count}`;
  const journal = openJournal({ table: { ...table, put }, now: () => 1_000, nonce, deliveredTtlDays: 400 });
  const known = await journal.know(file, () => true);
  if (known === undefined) return t.fail();
  const active = await journal.update(known, { state: "active", attempts: 1 });
  const again = await journal.update({ ...active }, { attempts: 2 });
  const read = await journal.read(again);
  if (read === undefined) return t.fail();
  await journal.update(read, { attempts: 3 });
  t.deepEqual(bases, [undefined, "r1", undefined, undefined]);
  const [item] = items.values();
  t.like(item, { rev: "r4", attempts: 3, state: "active", path: "a", source: file.source });
  await t.throwsAsync(journal.update(active, { attempts: 9 }), { message: /changed by another run/ });
});
