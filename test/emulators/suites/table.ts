/** The journal's table over DynamoDB: what `Table` promises (lambda/src/journal/table.ts), by both ways of asking. */
import type { Item, Table, Value } from "../../../lambda/src/journal/table.ts";
import { freshName, openFreshTable, ways } from "../clients.ts";
import type { Suite } from "../suite.ts";

const item = (changes: Readonly<Record<string, Value>> = {}): Item => ({
  pk: "push#acme",
  sk: "a",
  rev: freshName("rev"),
  ...changes,
});

const collect = async (pages: AsyncIterable<readonly Item[]>): Promise<Item[]> => {
  const all: Item[] = [];
  for await (const page of pages) all.push(...page);
  return all;
};

const fill = (table: Table, count: number, make: (index: number) => Item): Promise<unknown> =>
  Promise.all(Array.from({ length: count }, (_, index) => table.put(make(index), "absent")));

/** An entry, which goes out together with others: a statement of a batch. */
const entry = (index: number, changes: Readonly<Record<string, Value>> = {}): Item =>
  item({ kind: "entry", sk: `file ${String(index).padStart(4, "0")}`, state: "pending", ...changes });

export function tableSuite({ test, testOf }: Suite): void {
  for (const way of ways) {
    test(`an item is written on its condition alone (${way})`, async (t) => {
      const table = await openFreshTable(way);
      const first = item({ holder: "one" });
      t.deepEqual(await table.put(first, "absent"), { ok: true });
      t.deepEqual(await table.put(first, "absent"), { ok: true }, "repeated, behind an answer that was lost");
      t.deepEqual(await table.put(item({ holder: "two" }), "absent"), { ok: false, found: first });
      const second = item({ holder: "two" });
      t.deepEqual(await table.put(second, { rev: "another" }), { ok: false, found: first });
      t.deepEqual(await table.put(second, { rev: first.rev, holder: "one" }), { ok: true });
      t.deepEqual(await table.get(first), second, "the whole item is another");
      t.deepEqual(await table.put(item({ sk: "nobody" }), { rev: "x" }), { ok: false, found: undefined });
    });

    test(`an item that lacks an attribute is replaced on that condition (${way})`, async (t) => {
      const table = await openFreshTable(way);
      await table.put(item({ state: "x" }), "absent");
      const next = item();
      t.true((await table.put(next, { holder: null, state: "x" })).ok);
      t.false((await table.put(item(), { rev: null })).ok, "it has a rev");
      t.false((await table.put(item({ sk: "absent" }), { holder: null })).ok, "what isn't there lacks nothing");
      t.deepEqual(await table.get(next), next);
    });

    test(`an item is removed on its condition, and what is gone is gone (${way})`, async (t) => {
      const table = await openFreshTable(way);
      const one = item();
      await table.put(one, "absent");
      t.deepEqual(await table.remove(one, { rev: "another" }), { ok: false, found: one });
      t.deepEqual(await table.remove(one, { rev: one.rev }), { ok: true });
      t.deepEqual(await table.remove(one, { rev: one.rev }), { ok: true });
      t.is(await table.get(one), undefined);
    });

    test(`a number is added to where the item exists, and its rev stays (${way})`, async (t) => {
      const table = await openFreshTable(way);
      const lease = item({ rings: 1 });
      t.false(await table.add(lease, "rings", 1));
      t.is(await table.get(lease), undefined, "nothing was made");
      await table.put(lease, "absent");
      await Promise.all(Array.from({ length: 20 }, () => table.add(lease, "rings", 1)));
      t.deepEqual(await table.get(lease), { ...lease, rings: 21 });
    });

    test(`of many who write at one time, one does (${way})`, async (t) => {
      const table = await openFreshTable(way);
      const first = item();
      await table.put(first, "absent");
      const outcomes = await Promise.all(
        Array.from({ length: 20 }, (_, writer) => table.put(item({ writer }), { rev: first.rev })),
      );
      t.is(outcomes.filter(({ ok }) => ok).length, 1);
    });

    test(`names of any kind are kept as they are (${way})`, async (t) => {
      const table = await openFreshTable(way);
      for (const sk of ["ümläut/☃", "a'b\"c", "tab\tnew\nline", "percent%20", `long ${"x".repeat(900)}`]) {
        const one = item({ sk, kind: "entry", path: sk });
        await Promise.all([table.put(one, "absent"), table.put(entry(0, { pk: freshName("beside") }), "absent")]);
        t.deepEqual(await table.get({ pk: one.pk, sk }), one);
      }
    });
  }

  test("entries that are written together have each an outcome of its own", async (t) => {
    const table = await openFreshTable();
    const before = Array.from({ length: 60 }, (_, index) => entry(index));
    await fill(table, 60, (index) => before[index] ?? entry(index));
    const outcomes = await Promise.all(
      before.map((one, index) =>
        table.put(entry(index, { state: "active" }), { rev: index % 3 === 0 ? "another" : one.rev }),
      ),
    );
    t.deepEqual(
      outcomes.map(({ ok }) => ok),
      before.map((_, index) => index % 3 !== 0),
    );
    for (const [index, outcome] of outcomes.entries())
      if (!outcome.ok) t.deepEqual(outcome.found, before[index], "what is there is told");
    const all = await collect(table.query("push#acme"));
    t.deepEqual(
      all.map(({ state }) => state),
      before.map((_, index) => (index % 3 === 0 ? "pending" : "active")),
    );
  });

  testOf("tells items in batches", "a batch of writes is one request, also where conditions fail", async (t) => {
    const requests: string[] = [];
    const table = await openFreshTable("light requests", (operation) => void requests.push(operation));
    const before = Array.from({ length: 10 }, (_, index) => entry(index));
    await fill(table, 10, (index) => before[index] ?? entry(index));
    requests.length = 0;
    await Promise.all(before.map((_, index) => table.put(entry(index), { rev: "another" })));
    t.deepEqual(requests, ["BatchExecuteStatement"]);
  });

  test("more than a page is listed, in order", async (t) => {
    const table = await openFreshTable();
    // DynamoDB's page is 1 MB; docs.aws.amazon.com/amazondynamodb/latest/developerguide/Query.Pagination.html
    const note = "x".repeat(9_000);
    await fill(table, 150, (index) => entry(index, { note }));
    const all = await collect(table.query("push#acme"));
    t.deepEqual(
      all.map(({ sk }) => sk),
      Array.from({ length: 150 }, (_, index) => entry(index).sk),
    );
    t.deepEqual(await collect(table.query("nobody")), []);
  });

  test("more than a hundred items are read at one time; those that aren't there are left out", async (t) => {
    const table = await openFreshTable();
    await fill(table, 130, (index) => entry(index));
    const keys = Array.from({ length: 260 }, (_, index) => ({ pk: "push#acme", sk: entry(index).sk }));
    const found = await table.getMany(keys);
    t.deepEqual(
      found.map(({ sk }) => sk).sort(),
      keys.slice(0, 130).map(({ sk }) => sk),
    );
  });

  test("the index holds what is open, oldest first, with what is projected alone", async (t) => {
    const table = await openFreshTable();
    const open = { open_stream: "push#acme", checkpoint: "not projected", path: "p" };
    await fill(table, 30, (index) => entry(index, { ...open, open_since: new Date(1e12 - index * 1e6).toISOString() }));
    await fill(table, 5, (index) => entry(100 + index));
    await table.put(entry(200, { open_stream: "pull#acme", open_since: "2026" }), "absent");
    const listed = await collect(table.queryOpen("push#acme"));
    t.deepEqual(
      listed.map(({ sk }) => sk),
      Array.from({ length: 30 }, (_, index) => entry(29 - index).sk),
    );
    t.true(listed.every((one) => one["path"] === "p" && !("checkpoint" in one)));
    t.is((await collect(table.scanOpen())).length, 31);
  });

  test("a reading of all since a moment has what is open and what was delivered since, with what is asked for alone", async (t) => {
    const table = await openFreshTable();
    const delivered = (...days: number[]) => ({
      deliveries: days.map((day) => ({ at: `2026-11-${day}T12:00:00.000Z`, sha256: "x" })),
      path: "p",
    });
    await fill(table, 20, (index) => entry(index, delivered(10, 11)));
    await table.put(entry(30, delivered(10, 28, 11)), "absent");
    await table.put(entry(31, delivered(...Array.from({ length: 20 }, () => 10), 28)), "absent");
    await table.put(entry(32, { open_stream: "push#acme", open_since: "2026", path: "p" }), "absent");
    await table.put(entry(33, { deliveries: "damaged" }), "absent");
    await table.put(entry(34), "absent");
    const found: Readonly<Record<string, unknown>>[] = [];
    for await (const page of table.scanSince("2026-11-28T00:00:00.000Z", ["sk", "path", "deliveries", "state"]))
      found.push(...page);
    t.deepEqual(found.map(({ sk }) => sk).sort(), [30, 31, 32].map((index) => entry(index).sk).sort());
    t.true(found.every((one) => one["path"] === "p" && !("pk" in one) && !("rev" in one)));
  });

  test("the index tells what is due, and counts what is open in parts", async (t) => {
    const table = await openFreshTable();
    const open = { open_stream: "push#acme", open_since: "2026" };
    await fill(table, 30, (index) => entry(index, { ...open, next_attempt: 1_000 * (30 - index) }));
    await fill(table, 5, (index) => entry(100 + index, { next_attempt: 1 }));
    await table.put(entry(200, { ...open, open_stream: "pull#acme", next_attempt: 2 }), "absent");
    t.is(await table.dueSince("push#acme", 999), undefined);
    t.is(await table.dueSince("push#acme", 1_000), 1_000);
    t.is(await table.dueSince("push#acme", 50_000), 1_000);
    t.is(await table.dueSince("pull#nobody", 50_000), undefined);
    const due: unknown[] = [];
    for await (const page of table.queryDue("push#acme", 3_000)) due.push(...page.map((item) => item["next_attempt"]));
    t.deepEqual(due, [1_000, 2_000, 3_000]);
    let counted = 0;
    let after: string | undefined;
    do {
      const { count, next } = await table.countOpen("push#acme", { after, limit: 12 });
      t.true(count <= 12);
      counted += count;
      after = next;
    } while (after !== undefined);
    t.is(counted, 30);
  });

  test("the table's own clock is heard with its answers", async (t) => {
    const table = await openFreshTable();
    for (let turn = 0; turn < 3; turn++) await table.get({ pk: "x", sk: "y" });
    const now = table.now();
    t.true(now !== undefined && now.least <= Date.now() + 2_000 && now.most >= Date.now() - 2_000, JSON.stringify(now));
  });
}
