import { type Clock, mark } from "../../lambda/src/clock.ts";
import { changedNames } from "../../lambda/src/journal/statements.ts";
import type { Expectation, Item, Key, Table, Value, WriteResult } from "../../lambda/src/journal/table.ts";
import { createTableClock } from "../../lambda/src/journal/table-clock.ts";
import { type Effects, noFaults } from "./effects.ts";

export type Items = Map<string, Item>;

/** Items whose index lags: what it shows is the table as it was `lag` writes ago. */
export interface LaggingItems extends Items {
  lag: number;
  index(): Item[];
}

export const laggingItems = (): LaggingItems => {
  const items: Items = new Map();
  const index: Items = new Map();
  const pending: (() => void)[] = [];
  const later = (change: () => void) => void pending.push(change);
  const write = items.set.bind(items);
  const erase = items.delete.bind(items);
  const lagging = Object.assign(items, {
    lag: 0,
    index: () => {
      for (const change of pending.splice(0, Math.max(pending.length - lagging.lag, 0))) change();
      return [...index.values()];
    },
  });
  items.set = (id, item) => {
    later(() => index.set(id, item));
    return write(id, item);
  };
  items.delete = (id) => {
    later(() => index.delete(id));
    return erase(id);
  };
  return lagging;
};

const pageSize = 250;

const idOf = ({ pk, sk }: Key): string => `${pk}\n${sk}`;

const holds = (found: Item | undefined, expect: Expectation): boolean =>
  expect === "absent"
    ? found === undefined
    : found !== undefined && Object.entries(expect).every(([name, value]) => (found[name] ?? null) === value);

/** As JSON would have it, in a fraction of the time: crashes at every effect copy items by the hundred thousand. */
const copied = (value: unknown): unknown => {
  if (typeof value !== "object" || value === null) return value;
  if (Array.isArray(value)) return value.map(copied);
  const copy: Record<string, unknown> = {};
  for (const [name, part] of Object.entries(value)) if (part !== undefined) copy[name] = copied(part);
  return copy;
};

const copy = (item: Item): Item => copied(item) as Item;

/** What is there once an item was written: with a `base`, what differs from that over what is there. */
const written = (item: Item, there: Item | undefined, base: Item | undefined): Item => {
  if (base === undefined || there === undefined) return copy(item);
  return copy({ ...there, ...Object.fromEntries(changedNames(item, base).map((name) => [name, item[name]])) });
};

/** By how much the clocks of the table's servers differ; requests go to any of them. Milliseconds. */
const serversApart = [0, 2_000, -2_000];

/** `now` is the table's own time, and `clock` this actor's. */
export interface MemoryTime {
  readonly now: () => number;
  readonly clock: Clock;
}

/** The journal's table in memory; several actors may share `items`, each with effects of its own. */
export const memoryTable = (items: Items, given: Effects = noFaults, time?: MemoryTime): Table => {
  const told = time && createTableClock(time.clock);
  let answers = 0;
  const effects: Effects = async (name, effect) => {
    const sent = time && mark(time.clock);
    let date = 0;
    const result = await given(name, () => {
      date = (time?.now() ?? 0) + (serversApart[answers++ % serversApart.length] ?? 0);
      return effect();
    });
    if (sent) told?.heard(new Date(date).toUTCString(), sent);
    return result;
  };

  const write = (name: string, key: Key, expect: Expectation, change: () => void, rev?: string) =>
    effects(name, (): WriteResult => {
      const found = items.get(idOf(key));
      if (!holds(found, expect)) {
        if (rev !== undefined && found?.rev === rev) return { ok: true };
        return found ? { ok: false, found: copy(found) } : { ok: false, found: undefined };
      }
      change();
      return { ok: true };
    });

  const all = () => [...items.values()];
  const index = () => ("index" in items ? (items as LaggingItems).index() : all());
  const select = async function* (
    name: string,
    pick: (item: Item) => boolean,
    order: "sk" | "open_since" | "next_attempt",
    from: () => Item[],
    size = pageSize,
  ) {
    const found = await effects(name, () =>
      from()
        .filter(pick)
        .sort((a, b) => Number(a[order]) - Number(b[order]) || (String(a[order]) < String(b[order]) ? -1 : 1)),
    );
    // In pages, as DynamoDB gives them, and copied when they are asked for.
    for (let at = 0; at < found.length; at += size) yield found.slice(at, at + size).map(copy);
  };

  const selectSince = async function* (since: string, attributes: readonly string[]) {
    const isRecent = ({ deliveries }: Item) =>
      Array.isArray(deliveries) && deliveries.some((one) => String((one as { at?: Value } | null)?.at) >= since);
    const isWanted = (item: Item) => item["open_stream"] !== undefined || isRecent(item);
    for await (const page of select("table.scanSince", isWanted, "sk", all))
      yield page.map((item) => Object.fromEntries(attributes.map((name) => [name, item[name]])));
  };

  return {
    now: () => told?.now(),
    get: (key) =>
      effects("table.get", () => {
        const found = items.get(idOf(key));
        return found && copy(found);
      }),
    getMany: (keys) => effects("table.getMany", () => keys.flatMap((key) => items.get(idOf(key)) ?? []).map(copy)),
    put: (item, expect, base) =>
      write(
        "table.put",
        item,
        expect,
        () => items.set(idOf(item), written(item, base && items.get(idOf(item)), base)),
        item.rev,
      ),
    remove: async (key, expect) => {
      const outcome = await write("table.remove", key, expect, () => items.delete(idOf(key)));
      return !outcome.ok && outcome.found === undefined ? { ok: true } : outcome;
    },
    add: (key, attribute, amount) =>
      effects("table.add", () => {
        const found = items.get(idOf(key));
        if (!found) return false;
        items.set(idOf(key), { ...found, [attribute]: Number(found[attribute] ?? 0) + amount });
        return true;
      }),
    query: (pk) => select("table.query", (item) => item.pk === pk, "sk", all),
    queryOpen: (stream, limit) =>
      select("table.queryOpen", (item) => item["open_stream"] === stream, "open_since", index, limit),
    dueSince: (stream, now) =>
      effects("table.dueSince", () =>
        index()
          .filter((item) => item["open_stream"] === stream && Number(item["next_attempt"]) <= now)
          .map((item) => Number(item["next_attempt"]))
          .sort((a, b) => a - b)
          .at(0),
      ),
    queryDue: (stream, until) =>
      select(
        "table.queryDue",
        (item) => item["open_stream"] === stream && Number(item["next_attempt"]) <= until,
        "next_attempt",
        index,
      ),
    countOpen: (stream, { after, limit }) =>
      effects("table.countOpen", () => {
        const start = Number(after ?? 0);
        const { length } = index().filter((item) => item["open_stream"] === stream);
        const count = Math.max(Math.min(length - start, limit), 0);
        return { count, next: start + count < length ? String(start + count) : undefined };
      }),
    scanSince: (since, attributes) => selectSince(since, attributes),
    scanDueEvents: () => select("table.scanDueEvents", (item) => item["event_due"] !== undefined, "sk", index),
    scanOpen: () => select("table.scanOpen", (item) => item["open_stream"] !== undefined, "open_since", index),
  };
};
