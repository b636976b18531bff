import test from "ava";
import { type FileRow, pageOf, readJournal, rowOf } from "../../../../bridge/src/console/journal.ts";
import { readerOf } from "../../../helpers/console.ts";

const entry = (n: number, more: object = {}) => ({
  kind: "entry",
  stream: "acme",
  direction: "push",
  path: `reports/${String(n).padStart(6, "0")}.csv`,
  state: "delivered",
  known_at: "2026-01-01T00:00:00.000Z",
  attempts: 1,
  deliveries: [{ at: new Date(Date.UTC(2026, 0, 1) + n * 1_000).toISOString(), bytes: n }],
  ...more,
});

const all = { stream: "", state: "", name: "", since: "", until: "", sort: "time", page: 1 } as const;

test("by stream, state, time and part of the name", async (t) => {
  const items = [
    entry(1),
    entry(2, { stream: "globex", path: "ÄRGER.csv" }),
    entry(3, {
      state: "failed",
      open_since: "2026-02-01T00:00:00.000Z",
      last_error: { at: "2026-02-02", message: "full" },
    }),
  ];
  const { rows } = await readJournal(readerOf(items), "all", [], () => {});
  const names = (wanted: Partial<Parameters<typeof pageOf>[1]>) =>
    pageOf(rows, { ...all, ...wanted }).rows.map(({ path }) => path);
  t.deepEqual(names({ stream: "globex" }), ["ÄRGER.csv"]);
  t.deepEqual(names({ state: "failed" }), ["reports/000003.csv"]);
  t.deepEqual(names({ name: "ärg" }), ["ÄRGER.csv"]);
  t.deepEqual(names({ since: "2026-01-15" }), ["reports/000003.csv"]);
  t.deepEqual(names({ until: "2026-01-01T00:00:02" }), ["reports/000001.csv"]);
  t.is(rows.find(({ state }) => state === "failed")?.error, "2026-02-02: full");
});

test("what isn't an entry, or is damaged, ends nothing", (t) => {
  for (const item of [
    {},
    { kind: "lease" },
    { stream: 1, path: "a", state: "pending" },
    { stream: "a", path: "b", state: "failed", direction: "up" },
  ])
    t.is(rowOf(item), undefined);
  t.deepEqual(
    rowOf({ stream: "a", path: "b", state: "pending", direction: "pull", deliveries: "x", last_error: 7, size: "y" }),
    {
      stream: "a",
      path: "b",
      state: "pending",
      direction: "pull",
      time: "",
      size: null,
      attempts: 0,
      error: null,
    } satisfies FileRow,
  );
});

test("what waits is read by stream, direction and failure from the index", async (t) => {
  const asked: string[] = [];
  const reader = {
    scan: readerOf([]).scan,
    query: (index: string, key: string) => {
      asked.push(`${index} ${key}`);
      return readerOf([]).scan();
    },
  };
  await readJournal(reader, "open", ["acme"], () => {});
  t.deepEqual(asked, ["open push#acme", "open failed#push#acme", "open pull#acme", "open failed#pull#acme"]);
});
