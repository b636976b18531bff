import test from "ava";
import { dueEntries, type Soonest } from "../../../lambda/src/drain/due.ts";
import { dueAt, isDue } from "../../../lambda/src/journal/entry.ts";
import { openJournal } from "../../../lambda/src/journal/journal.ts";
import type { Item, Key } from "../../../lambda/src/journal/table.ts";
import { intake } from "../../../lambda/src/push/intake.ts";
import { memoryBuckets, memoryObjects } from "../../helpers/memory-objects.ts";
import { type Items, memoryTable } from "../../helpers/memory-table.ts";
import { configOf, push, stream } from "../../helpers/streams.ts";

test("an item is due from the moment of its next attempt on", (t) => {
  const item = { next_attempt: 1_000 };
  t.deepEqual(
    [999, 1_000, 1_001].map((now) => isDue(item, now)),
    [false, true, true],
  );
  t.is(dueAt(item), 1_000);
});

test("one without a time, or with something else in its place, never is", (t) => {
  for (const attributes of [{}, { next_attempt: undefined }, { next_attempt: null }, { next_attempt: "0" }]) {
    const item = { pk: "p", sk: "s", rev: "r", ...attributes };
    t.false(isDue(item, Number.MAX_SAFE_INTEGER));
    t.is(dueAt(item), undefined);
  }
});

/** Many entries that wait for another attempt for an hour, and some that don't, by how old they are among them. */
const backlog = async (waiting: number, places: Readonly<Record<number, number>>) => {
  const now = 1_700_000_000_000;
  const items: Items = new Map();
  const one = stream({ name: "acme", push });
  const pages = { open: 0 };
  const inner = memoryTable(items);
  const table = {
    ...inner,
    async *queryOpen(name: string, limit?: number) {
      for await (const page of inner.queryOpen(name, limit)) {
        pages.open++;
        yield page;
      }
    },
  };
  let nonces = 0;
  const nonce = () => `n${nonces++}`;
  const journal = openJournal({ table, now: () => now, nonce, deliveredTtlDays: 400 });
  const known = { bucket: push.bucket, size: 1, versionId: "v", sequencer: "01", time: now };
  const deps = { config: configOf(one), journal, objects: memoryObjects(memoryBuckets()) };
  const [entry] = await intake(deps, { ...known, key: `${push.prefix}file` });
  if (!entry) throw new Error("the entry isn't known");
  const template = items.get(`${entry.pk}\n${entry.sk}`) as Item;
  items.clear();
  for (let n = 0; n < waiting; n++) {
    const sk = `${entry.sk}-${n}`;
    const open_since = new Date(now - 10_000_000 + n).toISOString();
    items.set(`${entry.pk}\n${sk}`, { ...template, sk, open_since, next_attempt: places[n] ?? now + 3_600_000 });
  }
  const soonest: Soonest = { at: Number.POSITIVE_INFINITY };
  const found: string[] = [];
  const begun = new Set<string>();
  const source = {
    journal,
    streams: [one],
    ordered: new Map(),
    now: () => now,
    isBusy: ({ sk }: Key) => begun.has(sk),
    holder: "me",
    liveHolders: async () => new Set<string>(),
  };
  for await (const { sk } of dueEntries(source, soonest)) {
    begun.add(sk);
    found.push(sk.replace(/.*-/, ""));
  }
  return { now, found, pages: pages.open, soonest: soonest.at };
};

test("of a long backlog a drain reads what is due, and when the next will soon be", async (t) => {
  const now = 1_700_000_000_000;
  const { found, pages, soonest } = await backlog(2_000, {
    7: now - 1,
    1500: now - 60_000,
    1600: now - 120_000,
    1900: now + 4_000,
  });
  t.deepEqual(found, ["7", "1600", "1500"]);
  t.is(pages, 3);
  t.is(soonest, now + 4_000);
});

test("a short one is read whole, oldest first", async (t) => {
  const now = 1_700_000_000_000;
  const { found, soonest } = await backlog(500, { 7: now - 1, 400: now - 60_000, 490: now - 120_000 });
  t.deepEqual(found, ["7", "400", "490"]);
  t.is(soonest, now + 3_600_000);
});
