import test from "ava";
import { pageOf, pageSize, readJournal } from "../../../bridge/src/console/journal.ts";
import { readerOf } from "../../helpers/console.ts";

const all = { stream: "", state: "", name: "", since: "", until: "", sort: "time", page: 1 } as const;

test("100,000 entries are read in pages, and each page of a hundred is another", async (t) => {
  const items = Array.from({ length: 100_000 }, (_, n) => ({
    kind: "entry",
    stream: "acme",
    direction: "push",
    path: `reports/${String(n).padStart(6, "0")}.csv`,
    state: "delivered",
    known_at: "2026-01-01T00:00:00.000Z",
    attempts: 1,
    deliveries: [{ at: new Date(Date.UTC(2026, 0, 1) + n * 1_000).toISOString(), bytes: n }],
  }));
  const heard: number[] = [];
  const { rows, truncated } = await readJournal(readerOf(items), "all", [], (entries) => heard.push(entries));
  t.false(truncated);
  t.is(heard.length, 100);
  const seen = new Set<string>();
  const { pages, total } = pageOf(rows, all);
  t.deepEqual([pages, total], [1_000, 100_000]);
  for (const page of [1, 2, 500, 1_000]) for (const { path } of pageOf(rows, { ...all, page }).rows) seen.add(path);
  t.is(seen.size, 4 * pageSize);
  t.is(pageOf(rows, all).rows[0]?.path, "reports/099999.csv", "the newest first");
  t.is(pageOf(rows, { ...all, sort: "name" }).rows[0]?.path, "reports/000000.csv");
  t.is(pageOf(rows, { ...all, page: 5_000 }).page, 1_000);
});
